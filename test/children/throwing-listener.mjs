// One of three subscribers throws: the others hear all the same, and it surfaces as an uncaught error.
const { url, cwd } = JSON.parse(process.argv[2]);
const { defineConfig, loadConfig } = await import(url);
const config = await loadConfig(defineConfig({ name: 'app', settings: { a: 1 } }), { cwd, env: {}, argv: [] });
const heard = [];
process.on('uncaughtException', (error) => heard.push(error.message));
config.subscribe(() => heard.push('first'));
config.subscribe(() => {
  throw new Error('mine');
});
config.subscribe(() => heard.push('last'));
config.set('a', 2);
await new Promise((resolve) => setImmediate(resolve));
config.set('a', 3);
await new Promise((resolve) => setImmediate(resolve));
console.log(JSON.stringify(heard));
