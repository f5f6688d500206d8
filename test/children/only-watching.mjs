// Watches and has nothing else to do, so it ends by itself.
const { url, cwd } = JSON.parse(process.argv[2]);
const { defineConfig, loadConfig } = await import(url);
const definition = defineConfig({ name: 'app', file: 'app.json', dotenv: true, settings: { a: 1 } });
const config = await loadConfig(definition, { cwd, env: {}, argv: [] });
await config.watch().ready;
console.log('watching');
