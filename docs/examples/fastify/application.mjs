import { createHmac } from 'node:crypto';
import Fastify from 'fastify';

/** The application over a configuration that is given, so that a test gives its own. */
export function application(config) {
  const app = Fastify({ logger: { level: config.values.log.level } });

  app.get('/hello/:name', async ({ params: { name } }) => {
    const { greeting, signing } = config.values;
    const text = `${greeting}, ${name}!`;
    return { text, signature: createHmac('sha256', signing.key).update(text).digest('hex') };
  });
  // For an operator: each setting with its layers, secrets redacted.
  app.get('/config', async () => config.explainAll());

  // A valid edit takes effect without a restart. An invalid one is logged and changes nothing.
  const stop = config.subscribe((event) => {
    if ('rejected' in event) app.log.error(event.rejected.message);
    else app.log.level = config.values.log.level;
  });
  app.addHook('onClose', async () => stop());
  return app;
}
