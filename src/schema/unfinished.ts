import { nearest } from '../key.ts';
import { FORMAT_NAMES } from './format-of.ts';

const CONSTRUCTORS: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Object, RegExp]);

/** What is wrong with a node, and what to do. */
export interface Unfinished {
  readonly problem: string;
  readonly remedy: string;
}

/**
 * Why a node without a `default` is a setting that was not finished, and no group: a group with a setting `format` whose
 * value is a constructor has no meaning, and one with the texts of a declaration is none that anybody means.
 */
export function unfinishedSetting(node: Readonly<Record<string, unknown>>): Unfinished | undefined {
  const { format, doc } = node;
  const isNamed = typeof format === 'string' && FORMAT_NAMES.includes(format) && typeof doc === 'string';
  if (!CONSTRUCTORS.has(format) && !isNamed) return undefined;
  const misspelt = Object.keys(node).find((name) => nearest(name, ['default']).length > 0);
  return misspelt === undefined
    ? { problem: 'has a "format", but no "default"', remedy: 'Give it one; null makes the setting required.' }
    : { problem: `has a "format", but no "default"; it has "${misspelt}"`, remedy: 'Did you mean default?' };
}

/** Why a bare default is none: it is a constructor, as `format` takes it. */
export function bareFormat(value: unknown): Unfinished | undefined {
  if (typeof value !== 'function' || !CONSTRUCTORS.has(value)) return undefined;
  return {
    problem: `is given as ${value.name}, which is a format and no value`,
    remedy: `Write { format: ${value.name}, default: … }.`,
  };
}

/** What a declaration may say, by names that are long enough to be told from others. */
const MEMBERS = [
  'default',
  'format',
  'nullable',
  'sensitive',
  'pattern',
  'minLength',
  'maxLength',
  'deprecated',
  'aliases',
  'reload',
  'identity',
];
const SHORT_MEMBERS = ['doc', 'env', 'arg', 'min', 'max', 'items'];
const KNOWN: ReadonlySet<string> = new Set([...MEMBERS, ...SHORT_MEMBERS]);

const NONE: readonly Unfinished[] = [];

/** Members of a declaration that are almost one that means something: a misspelt `sensitive` would show a secret. */
export function misspeltMembers(node: object): readonly Unfinished[] {
  for (const name in node) if (!KNOWN.has(name)) return Object.keys(node).flatMap((member) => misspelt(member, node));
  return NONE;
}

function misspelt(name: string, node: object): readonly Unfinished[] {
  if (KNOWN.has(name) || name.length < 5) return NONE;
  const [meant] = nearest(name, MEMBERS);
  if (meant === undefined || meant in node) return NONE;
  return [{ problem: `has "${name}", which means nothing`, remedy: `Did you mean ${meant}?` }];
}
