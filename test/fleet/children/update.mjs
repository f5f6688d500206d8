// Counts up one setting through a configuration, and tells how long each update took.
import { defineConfig, loadConfig } from 'varve';
import { etcd } from 'varve/etcd';

const { endpoints, key, count } = JSON.parse(process.argv[2]);
const store = etcd({ endpoints, key, timeout: 60_000 });
const definition = defineConfig({ name: 'fleet', store, settings: { count: { format: 'nat', default: 0 } } });
const config = await loadConfig(definition, { argv: [], env: {} });

process.on('message', async (message) => {
  if (message === 'end') process.exit();
  const took = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await config.update((draft) => {
      draft.count += 1;
    });
    took.push(performance.now() - started);
  }
  process.send(took);
});
process.send('ready');
