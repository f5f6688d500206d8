import { isPlainObject } from '../json/value.ts';
import { nearest } from '../near-names.ts';
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

const MERGES: Readonly<Partial<Record<TextKind, readonly string[]>>> = {
  object: ['deep', 'replace'],
  array: ['replace', 'append'],
};

function isName(value: unknown): boolean {
  return value === undefined || value === false || typeof value === 'string';
}

/** Whether a member or an option is true, false or absent. */
export function isOptionalBoolean(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

/** The mistakes in the members of one declaration, apart from its default. */
export function* memberMistakes(node: SettingNode, format: Format): Generator<string> {
  for (const name of ['min', 'max'] as const) {
    yield* boundMistakes(node, name, { format, fits: NUMBERS.has(format.text), what: 'numbers' });
  }
  for (const name of ['minLength', 'maxLength'] as const) {
    yield* boundMistakes(node, name, { format, fits: LENGTHS.has(format.text), what: 'text or lists' });
  }
  yield* rangeMistakes(node, 'min', 'max');
  yield* rangeMistakes(node, 'minLength', 'maxLength');
  yield* patternMistakes(node, format);
  yield* searchMistakes(node, format);
  if (node.items !== undefined && format.text !== 'array')
    yield `has "items", but its format (${format.name}) is not Array`;
  if (node.members !== undefined && format.text !== 'object')
    yield `has "members", but its format (${format.name}) is not Object`;
  const merges = MERGES[format.text] ?? [];
  if (node.merge !== undefined && !merges.includes(node.merge)) {
    yield merges.length === 0
      ? `has "merge", but its format (${format.name}) is neither Object nor Array`
      : `has a "merge" that is not ${merges.map((merge) => JSON.stringify(merge)).join(' or ')}`;
  }
  for (const name of ['sensitive', 'nullable', 'envFile', 'reload', 'identity'])
    if (!isOptionalBoolean(node[name])) yield `has a "${name}" that is neither true nor false`;
  for (const name of ['env', 'arg'] as const) {
    if (!isName(node[name])) yield `has an "${name}" that is not a name`;
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
  else if (isLength && !(Number.isInteger(bound) && bound >= 0)) yield `has a "${name}" that is not a length`;
  else if (!fits && format.name !== '*') yield `has a "${name}", but its format (${format.name}) does not take ${what}`;
}

function* rangeMistakes(node: SettingNode, least: Bound, most: Bound): Generator<string> {
  const { [least]: from, [most]: to } = node;
  if (typeof from === 'number' && typeof to === 'number' && from > to)
    yield `has a "${least}" (${from}) above its "${most}" (${to})`;
}

const SEARCHED: ReadonlySet<TextKind> = new Set(['number', 'integer', 'port or pipe']);

function* searchMistakes({ search, min, max }: SettingNode, format: Format): Generator<string> {
  if (search === undefined) return;
  if (search !== 'linear' && search !== 'log') yield 'has a "search" that is neither "linear" nor "log"';
  else if (!SEARCHED.has(format.text)) yield `has a "search", but its format (${format.name}) is not a number`;
  else if (min === undefined || max === undefined) yield 'has a "search", but not both a "min" and a "max"';
  else if (search === 'log' && min <= 0) yield `has the search "log", but a "min" (${min}) that is not above 0`;
}

function* patternMistakes({ pattern }: SettingNode, format: Format): Generator<string> {
  if (pattern === undefined) return;
  const isRegExp = pattern instanceof RegExp || (typeof pattern === 'string' && isRegExpText(pattern));
  if (!isRegExp) yield 'has a "pattern" that is not a regular expression';
  else if (!TEXTS.has(format.text)) yield `has a "pattern", but its format (${format.name}) does not take text`;
}

/** Whether a text is a regular expression with the flag `u`. */
export function isRegExpText(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

const CONSTRUCTORS: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Object, RegExp]);

/** A mistake in a node of the settings tree, and its remedy. */
export interface NodeProblem {
  readonly problem: string;
  readonly remedy: string;
}

/**
 * Why a node without a `default` is an unfinished setting and not a group: its `format` is a constructor, or it has the
 * texts of a declaration.
 */
export function unfinishedSetting(node: Readonly<Record<string, unknown>>): NodeProblem | undefined {
  const { format, doc } = node;
  const isNamed = FORMAT_NAMES.includes(format as string) && typeof doc === 'string';
  if (!CONSTRUCTORS.has(format) && !isNamed) return undefined;
  const misspelt = Object.keys(node).find((name) => nearest(name, ['default']) !== undefined);
  return misspelt === undefined
    ? { problem: 'has a "format", but no "default"', remedy: 'Give it one; null makes the setting required.' }
    : { problem: `has a "format", but no "default"; it has "${misspelt}"`, remedy: 'Did you mean default?' };
}

/** Why a node with a `default` is a group: it has no `format`, and its `default` is the declaration of a setting. */
export function groupWithDefault(node: Readonly<Record<string, unknown>>): NodeProblem | undefined {
  const { default: child } = node;
  if (node['format'] !== undefined || !isPlainObject(child) || !('default' in child)) return undefined;
  return {
    problem: 'has a setting called "default", which makes the group itself a setting',
    remedy: 'Rename that setting; or add "format: Object" if the object is the default of one setting.',
  };
}

/** Why a bare default is a mistake: it is a constructor, as `format` takes it. */
export function bareFormat(value: unknown): NodeProblem | undefined {
  if (!CONSTRUCTORS.has(value)) return undefined;
  const { name } = value as StringConstructor;
  return {
    problem: `is declared as ${name}, which is a format and not a default`,
    remedy: `Write { format: ${name}, default: … }.`,
  };
}

/** The members of a declaration whose names are long enough to recognise a misspelt one. */
const LONG_MEMBERS = [
  'default',
  'format',
  'nullable',
  'sensitive',
  'pattern',
  'minLength',
  'maxLength',
  'members',
  'items',
  'merge',
  'deprecated',
  'aliases',
  'envFile',
  'reload',
  'identity',
  'search',
];
const SHORT_MEMBERS = ['doc', 'help', 'env', 'arg', 'min', 'max'];
const MEMBERS: ReadonlySet<string> = new Set([...LONG_MEMBERS, ...SHORT_MEMBERS]);

/** The members in which a declaration has no mistake of its own, `env` and `arg` if they are names. */
const PLAIN: ReadonlySet<string> = new Set(['default', 'format', 'doc', 'help', 'env', 'arg']);

/** Whether a declaration has no members with a mistake: most have a few plain ones, and there may be many thousands. */
export function isPlainDeclaration(node: SettingNode): boolean {
  for (const name in node) if (!PLAIN.has(name)) return false;
  return isName(node.env) && isName(node.arg);
}

/** Other words for `sensitive`, in small letters: a setting that has one and is not sensitive would show its secret. */
const SENSITIVE: ReadonlySet<string> = new Set(
  ['secret', 'private', 'confidential', 'redact', 'redacted', 'credential', 'password'].flatMap((word) => [
    word,
    `is${word}`,
  ]),
);

/** Members that other libraries have, and how varve says the same. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['required', 'Write "default: null" for a required setting.'],
  ['enum', 'Write "format: [...]" for a list of options.'],
  ['choices', 'Write "format: [...]" for a list of options.'],
  ['minimum', 'Write "min".'],
  ['maximum', 'Write "max".'],
  ['regex', 'Write "pattern".'],
  ['alias', 'Write "aliases: [...]".'],
]);

/** A member of a declaration that has no effect. It is an error where its author meant to hide a secret. */
export interface UnknownMember extends NodeProblem {
  readonly isError: boolean;
}

/** The members of a declaration that are misspelt, or another library's word for a member that varve has. */
export function unknownMembers(node: Readonly<Record<string, unknown>>): readonly UnknownMember[] {
  return Object.keys(node).flatMap((name) => unknownMember(name, node));
}

function unknownMember(name: string, node: Readonly<Record<string, unknown>>): readonly UnknownMember[] {
  if (MEMBERS.has(name)) return [];
  const problem = `has "${name}", which has no effect`;
  const meant = name.length < 5 ? undefined : nearest(name, LONG_MEMBERS);
  if (meant === 'sensitive' || SENSITIVE.has(name.toLowerCase())) {
    if (!node[name] || node['sensitive'] !== undefined) return [];
    return [{ problem, remedy: 'Write "sensitive: true" to keep the value from being shown.', isError: true }];
  }
  const foreign = FOREIGN.get(name);
  if (foreign !== undefined) return [{ problem, remedy: foreign, isError: false }];
  if (meant === undefined || meant in node) return [];
  return [{ problem, remedy: `Did you mean ${meant}?`, isError: false }];
}
