import { plainJson } from '../json/canonical.ts';
import { jsonProblem } from '../json/value.ts';
import type { Setting } from './setting.ts';

/**
 * The JSON that stands for a value which JSON can't hold, such as a `Map` or a `Date`: it is edited, compared and hashed
 * in place of the value. It is the first of the `sources`, what the value was made of, that is JSON. `undefined` where
 * the value is JSON itself.
 */
export function jsonForm(setting: Setting, value: unknown, sources: readonly unknown[]): unknown {
  if (!setting.canTransform || isScalar(value) || value instanceof RegExp || isJson(value)) return undefined;
  return sources.find((source) => source !== undefined && isJson(source)) ?? plainJson(value);
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
}

function isJson(value: unknown): boolean {
  return jsonProblem(value) === undefined;
}
