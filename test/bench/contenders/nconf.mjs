// nconf: no types, no checks; variables stay text.
import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import nconf from 'nconf';
import { nest } from '../lib/model.mjs';

export default {
  does: 'all layers',
  schema: ({ leaves }) => ({ leaves, defaults: nest(leaves.map((leaf) => [leaf.keys, leaf.default])) }),
  load: ({ defaults }, { file, envFile }) => {
    for (const [name, text] of Object.entries(parse(readFileSync(envFile)))) process.env[name] ??= text;
    const provider = new nconf.Provider().argv({ separator: '.' }).env({ separator: '__', match: /^APP__/ });
    return provider.file(file).defaults(defaults);
  },
  plain: (provider, { leaves }) =>
    nest(leaves.map(({ keys }) => [keys, provider.get(['APP', ...keys].join(':')) ?? provider.get(keys.join(':'))])),
  nativePath: (path) => path.replaceAll('.', ':'),
  getter: (provider) => (path) => provider.get(path),
  saver: (_, { file }) => {
    const provider = new nconf.Provider().file(file);
    return (path, value) => {
      provider.set(path, value);
      return new Promise((resolve, reject) => provider.save((error) => (error ? reject(error) : resolve())));
    };
  },
};
