// convict alone, with its own layers.
import { readFileSync } from 'node:fs';
import convict from 'convict';
import { parse } from 'dotenv';
import { LEVELS, nest } from '../lib/model.mjs';

const FORMATS = { string: String, number: Number, boolean: Boolean, array: Array, enum: LEVELS };

export function convictSchema({ leaves }, { layers = true } = {}) {
  const node = ({ path, type, default: value, env, arg }) => ({
    doc: path,
    format: FORMATS[type] ?? type,
    default: value,
    ...(layers && { env }),
    ...(layers && arg && { arg: path }),
  });
  return nest(leaves.map((leaf) => [leaf.keys, node(leaf)]));
}

export default {
  does: 'all layers, checks',
  schema: convictSchema,
  load: (schema, { file, envFile, argv }) => {
    const env = { ...parse(readFileSync(envFile)), ...process.env };
    return convict(schema, { env, args: argv }).loadFile(file).validate({ allowed: 'strict' });
  },
  plain: (config) => config.getProperties(),
  getter: (config) => (path) => config.get(path),
  setter: (config) => (path, value) => config.set(path, value).validate({ allowed: 'strict' }),
};
