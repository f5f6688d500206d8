import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { loadConfig } from 'varve';
import { inspector } from 'varve/inspector';
import definition from './varve.config.mjs';

const config = await loadConfig(definition);
const app = new Hono();
const inspect = inspector(config);
app.all('/config/*', (c) => inspect(c.req.raw));
serve({ fetch: app.fetch, port: config.values.port, hostname: '127.0.0.1' });
