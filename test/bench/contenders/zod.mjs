// zod + zod-config.
import { z } from 'zod';
import { loadConfigSync } from 'zod-config';
import { dotEnvAdapter } from 'zod-config/dotenv-adapter';
import { envAdapter } from 'zod-config/env-adapter';
import { jsonAdapter } from 'zod-config/json-adapter';
import { LEVELS, nest, setIn } from '../lib/model.mjs';

const TYPES = {
  string: () => z.string(),
  port: () => z.coerce.number().int().min(0).max(65535),
  nat: () => z.coerce.number().int().min(0),
  int: () => z.coerce.number().int(),
  number: () => z.coerce.number(),
  boolean: () => z.union([z.boolean(), z.stringbool()]),
  enum: () => z.enum(LEVELS),
  array: () => z.array(z.string()),
};
const NAMES = {
  regex: /^APP__/,
  nestingSeparator: '__',
  transform: ({ key, value }) => ({ key: key.slice(5), value }),
};

function build(node) {
  if (node.leaf) return TYPES[node.leaf.type]().default(node.leaf.default);
  return z.object(Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, build(inner)])));
}

export default {
  does: 'all layers, checks',
  schema: ({ leaves }) => nest(leaves.map((leaf) => [leaf.keys, { leaf }])),
  prepare: build,
  load: (schema, { file, envFile, argv }) => {
    const flags = argv.map((word) => word.slice(2).split('='));
    const cli = { name: 'cli', read: () => nest(flags.map(([path, text]) => [path.split('.'), text])) };
    const adapters = [jsonAdapter({ path: file }), dotEnvAdapter({ path: envFile, ...NAMES }), envAdapter(NAMES), cli];
    return loadConfigSync({ schema, adapters });
  },
  plain: (values) => values,
  setter: (values, schema) => {
    const own = structuredClone(values);
    return (path, value) => {
      setIn(own, path.split('.'), value);
      return schema.parse(own);
    };
  },
  types: async ({ model, used }) => {
    const { objectSource, tsType } = await import('../lib/source.mjs');
    const types = {
      string: 'z.string()',
      boolean: 'z.boolean()',
      array: 'z.array(z.string())',
      enum: `z.enum(${JSON.stringify(LEVELS)})`,
    };
    const leaf = ({ type, default: value }) =>
      `${types[type] ?? 'z.coerce.number()'}.default(${JSON.stringify(value)})`;
    return [
      "import { z } from 'zod'",
      `const schema = ${objectSource(model, leaf, 'z.object({', '})')}`,
      'declare const config: z.infer<typeof schema>',
      ...used.map((one, i) => `export const v${i}: ${tsType(one)} = config.${one.path}`),
    ].join('\n');
  },
};
