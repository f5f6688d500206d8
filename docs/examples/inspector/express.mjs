import express from 'express';
import { loadConfig } from 'varve';
import { inspector, nodeListener } from 'varve/inspector';
import definition from './varve.config.mjs';

const config = await loadConfig(definition);
const app = express();
app.use('/config', nodeListener(inspector(config)));
app.listen(config.values.port, '127.0.0.1');
