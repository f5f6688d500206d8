// Writes two settings that are always the same, in one update, again and again; or reads them, and tells if they differ.
const { url, cwd, role, rounds } = JSON.parse(process.argv[2]);
const { defineConfig, loadConfig } = await import(url);
const nat = { format: 'nat', default: 0 };
const definition = defineConfig({ name: 'twins', file: 'app.json', settings: { a: nat, b: nat } });
const config = await loadConfig(definition, { cwd, env: {}, argv: [] });

if (role === 'write') {
  for (let i = 0; i < rounds; i++) {
    await config.update((draft) => {
      draft.a += 1;
      draft.b += 1;
    });
  }
} else {
  const watcher = config.watch();
  await watcher.ready;
  const stayAlive = setInterval(() => {}, 1_000);
  console.log('watching');
  let seen = 0;
  let torn = 0;
  const look = ({ a, b }) => {
    seen += 1;
    if (a !== b) torn += 1;
  };
  const { promise: finished, resolve: finish } = Promise.withResolvers?.() ?? resolvers();
  config.subscribe(() => {
    look(config.values);
    if (config.values.a === rounds) finish();
  });
  let isOver = config.values.a === rounds;
  finished.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await config.reload();
    look(config.values);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await watcher.close();
  clearInterval(stayAlive);
  console.log(JSON.stringify({ seen, torn, values: config.values }));
}

function resolvers() {
  let resolve;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
