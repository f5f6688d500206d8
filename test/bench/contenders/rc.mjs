// rc: no types, no checks; variables stay text.
import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import rc from 'rc';
import { nest } from '../lib/model.mjs';

export default {
  does: 'all layers',
  schema: ({ leaves }) => nest(leaves.map((leaf) => [leaf.keys, leaf.default])),
  load: (defaults, { file, envFile, argv }) => {
    for (const [name, text] of Object.entries(parse(readFileSync(envFile)))) process.env[name] ??= text;
    const flags = argv.map((word) => word.slice(2).split('='));
    return rc('APP_', defaults, { config: file, ...nest(flags.map(([path, text]) => [path.split('.'), text])) });
  },
  plain: (values) => values,
};
