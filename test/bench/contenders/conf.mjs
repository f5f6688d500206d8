// conf: one file, checked by JSON Schema; no variables and no flags.
import { basename } from 'node:path';
import Conf from 'conf';
import { LEVELS, nest } from '../lib/model.mjs';

const TYPES = {
  string: { type: 'string' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  array: { type: 'array', items: { type: 'string' } },
  enum: { enum: LEVELS },
};

function jsonSchema(node) {
  if (node.leaf) return { ...(TYPES[node.leaf.type] ?? { type: 'integer' }), default: node.leaf.default };
  const properties = Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, jsonSchema(inner)]));
  return { type: 'object', properties, additionalProperties: false, default: {} };
}

export default {
  does: 'defaults, file, checks',
  schema: ({ leaves }) => jsonSchema(nest(leaves.map((leaf) => [leaf.keys, { leaf }]))),
  saver: ({ properties }, { dir, file }) => {
    const conf = new Conf({ cwd: dir, configName: basename(file, '.json'), schema: properties });
    return (path, value) => conf.set(path, value);
  },
};
