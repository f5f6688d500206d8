import { createServer } from 'node:http';
import { loadConfig } from 'varve';
import { inspector, nodeListener } from 'varve/inspector';
import definition from './varve.config.mjs';

const config = await loadConfig(definition);
const inspect = nodeListener(inspector(config));
createServer((request, response) => {
  if (request.url?.startsWith('/config/')) return inspect(request, response);
  response.end('orders');
}).listen(config.values.port, '127.0.0.1');
