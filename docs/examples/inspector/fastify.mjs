import Fastify from 'fastify';
import { loadConfig } from 'varve';
import { inspector, nodeListener } from 'varve/inspector';
import definition from './varve.config.mjs';

const config = await loadConfig(definition);
const app = Fastify();
const inspect = nodeListener(inspector(config));
app.get('/config/*', (request, reply) => {
  reply.hijack();
  inspect(request.raw, reply.raw);
});
await app.listen({ port: config.values.port, host: '127.0.0.1' });
