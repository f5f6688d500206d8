import { nearest } from '../key.ts';
import type { Format, TextKind } from './format.ts';
import { FORMAT_NAMES } from './format-of.ts';
import type { SettingNode } from './setting-node.ts';

const NUMBERS: ReadonlySet<TextKind> = new Set([
  'number',
  'integer',
  'port or pipe',
  'quantity',
  'open',
  'coerced',
  'option',
]);
const TEXTS: ReadonlySet<TextKind> = new Set(['string', 'port or pipe', 'open', 'coerced', 'option']);
const LENGTHS: ReadonlySet<TextKind> = new Set(['string', 'array', 'port or pipe', 'open', 'coerced', 'option']);

const NONE: readonly string[] = [];
const CHECKED = ['min', 'max', 'minLength', 'maxLength', 'pattern', 'items', 'sensitive'] as const;

/** What is wrong with the members of one declaration, apart from its default. */
export function memberMistakes(node: SettingNode, format: Format): Iterable<string> {
  for (const name of CHECKED) if (node[name] !== undefined) return mistakes(node, format);
  return isName(node.env) && isName(node.arg) ? NONE : mistakes(node, format);
}

function isName(value: unknown): boolean {
  return value === undefined || value === false || typeof value === 'string';
}

function* mistakes(node: SettingNode, format: Format): Generator<string> {
  for (const name of ['min', 'max'] as const) {
    yield* boundMistakes(node, name, { format, fits: NUMBERS.has(format.text), what: 'number' });
  }
  for (const name of ['minLength', 'maxLength'] as const) {
    yield* boundMistakes(node, name, { format, fits: LENGTHS.has(format.text), what: 'text or list' });
  }
  yield* rangeMistakes(node, 'min', 'max');
  yield* rangeMistakes(node, 'minLength', 'maxLength');
  yield* patternMistakes(node, format);
  if (node.items !== undefined && format.text !== 'array')
    yield `has "items", but its format (${format.name}) is not Array`;
  if (node.sensitive !== undefined && typeof node.sensitive !== 'boolean')
    yield 'has a "sensitive" that is neither true nor false';
  for (const name of ['env', 'arg'] as const) {
    if (!isName(node[name])) yield `has an "${name}" that is no name`;
  }
}

type Bound = 'min' | 'max' | 'minLength' | 'maxLength';

function* boundMistakes(
  node: SettingNode,
  name: Bound,
  { format, fits, what }: { readonly format: Format; readonly fits: boolean; readonly what: string },
): Generator<string> {
  const bound: unknown = node[name];
  if (bound === undefined) return;
  const isLength = name.endsWith('Length');
  if (typeof bound !== 'number' || Number.isNaN(bound)) yield `has a "${name}" that is not a number`;
  else if (isLength && !(Number.isInteger(bound) && bound >= 0)) yield `has a "${name}" that is no length`;
  else if (!fits && format.name !== '*') yield `has a "${name}", but its format (${format.name}) has no ${what}`;
}

function* rangeMistakes(node: SettingNode, least: Bound, most: Bound): Generator<string> {
  if (Number(node[least]) > Number(node[most])) {
    yield `has a "${least}" (${node[least]}) above its "${most}" (${node[most]})`;
  }
}

function* patternMistakes({ pattern }: SettingNode, format: Format): Generator<string> {
  if (pattern === undefined) return;
  const isRegExp = pattern instanceof RegExp || (typeof pattern === 'string' && isRegExpText(pattern));
  if (!isRegExp) yield 'has a "pattern" that is no regular expression';
  else if (!TEXTS.has(format.text)) yield `has a "pattern", but its format (${format.name}) has no text`;
}

function isRegExpText(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

const CONSTRUCTORS: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Object, RegExp]);

/** What is wrong with a node, and what to do. */
export interface NodeProblem {
  readonly problem: string;
  readonly remedy: string;
}

/**
 * Why a node without a `default` is a setting that was not finished, and no group: a group with a setting `format` whose
 * value is a constructor has no meaning, and one with the texts of a declaration is none that anybody means.
 */
export function unfinishedSetting(node: Readonly<Record<string, unknown>>): NodeProblem | undefined {
  const { format, doc } = node;
  const isNamed = typeof format === 'string' && FORMAT_NAMES.includes(format) && typeof doc === 'string';
  if (!CONSTRUCTORS.has(format) && !isNamed) return undefined;
  const misspelt = Object.keys(node).find((name) => nearest(name, ['default']).length > 0);
  return misspelt === undefined
    ? { problem: 'has a "format", but no "default"', remedy: 'Give it one; null makes the setting required.' }
    : { problem: `has a "format", but no "default"; it has "${misspelt}"`, remedy: 'Did you mean default?' };
}

/** Why a bare default is none: it is a constructor, as `format` takes it. */
export function bareFormat(value: unknown): NodeProblem | undefined {
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

const NO_PROBLEMS: readonly NodeProblem[] = [];

/** Members of a declaration that are almost one that means something: a misspelt `sensitive` would show a secret. */
export function misspeltMembers(node: object): readonly NodeProblem[] {
  for (const name in node) if (!KNOWN.has(name)) return Object.keys(node).flatMap((member) => misspelt(member, node));
  return NO_PROBLEMS;
}

function misspelt(name: string, node: object): readonly NodeProblem[] {
  if (KNOWN.has(name) || name.length < 5) return NO_PROBLEMS;
  const [meant] = nearest(name, MEMBERS);
  if (meant === undefined || meant in node) return NO_PROBLEMS;
  return [{ problem: `has "${name}", which means nothing`, remedy: `Did you mean ${meant}?` }];
}
