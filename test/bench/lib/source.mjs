// TypeScript source of a model, for the scenario of the type checker.
import { nest } from './model.mjs';

const TYPES = { string: 'string', boolean: 'boolean', array: 'string[]', enum: "'debug' | 'info' | 'warn' | 'error'" };

export const tsType = ({ type }) => TYPES[type] ?? 'number';

/** A nested object whose leaves `leaf` writes. */
export function objectSource(model, leaf, open = '{', close = '}') {
  const written = (node) => {
    if (node.leaf) return leaf(node.leaf);
    return `${open}\n${Object.entries(node)
      .map(([name, inner]) => `${name}: ${written(inner)}`)
      .join(',\n')}\n${close}`;
  };
  return written(nest(model.leaves.map((one) => [one.keys, { leaf: one }])));
}
