// node-config: no types, no checks; variables stay text. Flags come in by NODE_CONFIG, its nearest equivalent.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { nest } from '../lib/model.mjs';

const require = createRequire(import.meta.url);

export default {
  does: 'all layers',
  schema: ({ leaves }) => ({
    leaves,
    defaults: nest(leaves.map((leaf) => [leaf.keys, leaf.default])),
    env: nest(leaves.map((leaf) => [leaf.keys, leaf.env])),
  }),
  place({ leaves, defaults, env }, { dir, file }) {
    const folder = join(dir, 'config');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'default.json'), JSON.stringify(defaults));
    writeFileSync(join(folder, 'custom-environment-variables.json'), JSON.stringify(env));
    copyFileSync(file, join(folder, 'local.json'));
    process.env['NODE_CONFIG_DIR'] = folder;
    process.env['NODE_CONFIG'] = JSON.stringify(
      nest(leaves.filter(({ inCli }) => inCli).map(({ keys, over }) => [keys, over])),
    );
    process.env['SUPPRESS_NO_CONFIG_WARNING'] = '1';
  },
  /** Its module loads once in a process: this is what it does then. */
  load: (_, { envFile }) => {
    for (const [name, text] of Object.entries(parse(readFileSync(envFile)))) process.env[name] ??= text;
    const { Load } = require('config/lib/util.js');
    const load = Load.fromEnvironment();
    load.scan([{ name: 'NODE_CONFIG', config: JSON.parse(process.env['NODE_CONFIG']) }]);
    return load.config;
  },
  plain: (values) => JSON.parse(JSON.stringify(values)),
};
