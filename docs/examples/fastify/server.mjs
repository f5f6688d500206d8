import { ConfigError, loadConfig } from 'varve';
import { application } from './application.mjs';
import definition from './varve.config.mjs';

const config = await loadConfig(definition).catch((error) => {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(78);
});
const app = application(config);
const watcher = config.watch();
app.addHook('onClose', async () => watcher.close());
process.on('SIGTERM', () => app.close());
await app.listen({ port: config.values.port });
