import type { Definition } from './definition.ts';
import { isPlainObject } from './json/value.ts';
import { LAYERS } from './layer.ts';
import { didYouMean } from './near-names.ts';
import { POLICIES } from './policies.ts';
import { shownValue } from './schema/refusal.ts';
import type { UnknownKeys } from './unknown-keys.ts';

/** What is wrong with an `unknown` other than one policy. */
export function unknownMistakes(unknown: UnknownKeys, { layers = [] }: Definition): readonly string[] {
  if (!isPlainObject(unknown)) return ['"unknown" must be "warn", "error" or "allow", or such policies by source'];
  const own = layers.map((layer) => (typeof layer === 'string' ? layer : layer.name));
  return Object.entries(unknown).flatMap(([layer, rule]) => {
    const isPatterns = layer === 'allow' && Array.isArray(rule) && rule.every((pattern) => typeof pattern === 'string');
    const wrong = isPatterns ? rule.find((pattern) => !KEY_PATTERN.test(pattern)) : undefined;
    if (wrong !== undefined)
      return [`"unknown" must have keys such as "plugins.**" for "allow", got ${shownValue(wrong)}`];
    const known = [...LAYERS, 'allow', ...own];
    // The layer of a file has the path of the file as its name, which is not known before the start.
    if (!known.includes(layer) && !/[./\\]/.test(layer)) {
      const suggestion = didYouMean(layer, known);
      return [`"unknown" has no layer ${shownValue(layer)}${suggestion === undefined ? '' : `. ${suggestion}`}`];
    }
    if (rule === undefined || isPatterns || (layer !== 'allow' && POLICIES.includes(rule))) return [];
    const expected = layer === 'allow' ? 'a list of keys such as "plugins.**"' : '"warn", "error" or "allow"';
    return [`"unknown" must have ${expected} for "${layer}"`];
  });
}

/** The segments of a key, each a name, `*` or `**`. */
const KEY_PATTERN = /^(?:\*\*?|[^.*]+)(?:\.(?:\*\*?|[^.*]+))*$/;
