import parse from 'yargs-parser';
import type { Issue } from '../errors.ts';
import { RESERVED_NAME } from '../json/value.ts';
import { didYouMean, type Key } from '../key.ts';
import type { Entry, Origin } from '../layer.ts';
import { takesEveryText } from '../schema/decode.ts';
import type { Schema } from '../schema/leaf.ts';
import { dashed } from '../schema/names.ts';
import { type FlagMeaning, FlagNames } from './flag-names.ts';
import type { Reading, Source } from './source.ts';

/** How the command line is read. */
export interface FlagOptions {
  readonly argv: readonly string[];
  /** Flags that match no setting are issues, instead of being left to the program. */
  readonly strict?: boolean | undefined;
}

/** The layer of the command line. yargs takes it apart; every value stays the text that was typed. */
export function flagSource({ argv, strict = false }: FlagOptions): Source {
  return { name: 'flag', read: (schema) => readFlags(schema, argv, strict) };
}

/** One flag with the text it was given; without text where it stands alone. */
interface Given {
  readonly name: string;
  readonly text: string | undefined;
  /** Where it stands among the arguments. */
  readonly index: number;
}

function readFlags(schema: Schema, argv: readonly string[], strict: boolean): Reading {
  const entries = new Map<Key, Entry>();
  const issues: Issue[] = [];
  const names = new FlagNames(schema);
  for (const given of givenFlags(argv, names)) {
    const meaning: Meaning | string | undefined = names.meaning(given.name) ?? setMeaning(given, names);
    if (typeof meaning === 'string') issues.push(issue(given, meaning));
    else if (meaning) {
      const { key } = meaning.leaf;
      entries.set(key, entryOf(meaning, given, entries.get(key)));
    } else if (strict) {
      const suggestion = didYouMean(dashed(given.name), names.all());
      issues.push({ ...issue(given, `${dashed(given.name)} is not a setting`), ...(suggestion && { suggestion }) });
    }
  }
  return { entries, issues };
}

/**
 * The flags in the order they stand in. yargs would strip quotes from a value, take one that begins with a dash for
 * a flag, and not tell an empty value from none: so each value is replaced by its number before yargs sees it.
 */
function givenFlags(argv: readonly string[], names: FlagNames): readonly Given[] {
  const texts: (string | undefined)[] = [];
  const numbered = (text: string | undefined): string => `@${texts.push(text) - 1}`;
  const prepared: string[] = [];
  for (let i = 0; i < argv.length && argv[i] !== '--'; i++) {
    const argument = argv[i] as string;
    const [, dashes, name, text] = /^(-{1,2})([^-=][^=]*)(?:=(.*))?$/s.exec(argument) ?? [];
    if (name === undefined || name.includes(RESERVED_NAME)) continue;
    if (text !== undefined) prepared.push(`${dashes}${name}=${numbered(text)}`);
    else if (names.takesValue(name) && isValue(argv[i + 1], names))
      prepared.push(`${dashes}${name}=${numbered(argv[++i])}`);
    else if (dashes === '--' || name.length === 1) prepared.push(`${dashes}${name}=${numbered(undefined)}`);
    else prepared.push(...shortFlags(name, names, numbered));
  }
  const given: Given[] = [];
  for (const [name, values] of Object.entries(parse(prepared, { configuration: YARGS }))) {
    if (name === '_') continue;
    for (const value of [values].flat() as unknown[]) {
      const index = Number(String(value).slice(1));
      given.push({ name, text: texts[index], index });
    }
  }
  return given.sort((a, b) => a.index - b.index);
}

/** yargs as a plain reader of `--name=value`: it interprets nothing. */
const YARGS = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const;

/** `-l5` gives the flag `l` its value; `-vq` are two flags that stand alone. */
function shortFlags(letters: string, names: FlagNames, numbered: (text: string | undefined) => string): string[] {
  const [first = '', ...rest] = letters;
  if (!names.meaning(first)) return [];
  if (names.takesValue(first)) return [`-${first}=${numbered(rest.join(''))}`];
  return [`-${first}=${numbered(undefined)}`, ...(rest.length > 0 ? shortFlags(rest.join(''), names, numbered) : [])];
}

/** Whether an argument after a flag is its value: `-1e-3` and `-x` are, unless `-x` is a flag; `--name` never is. */
function isValue(argument: string | undefined, names: FlagNames): boolean {
  if (argument === undefined || argument.startsWith('--')) return false;
  if (!argument.startsWith('-') || argument === '-') return true;
  return !names.meaning(argument.charAt(1)) || /^-[\d.]/.test(argument);
}

/** A flag's meaning; `--set` brings the text along. */
type Meaning = FlagMeaning & { readonly text?: string };

/** What `--set key=value` means, or a sentence that says why it means nothing. */
function setMeaning({ name, text }: Given, names: FlagNames): Meaning | string | undefined {
  if (name !== 'set') return undefined;
  const at = text?.indexOf('=') ?? -1;
  if (text === undefined || at < 1) return '--set needs key=value';
  const key = text.slice(0, at);
  const meaning = names.keyMeaning(key);
  if (meaning) return { ...meaning, text: text.slice(at + 1) };
  return `--set ${key}: there is no such setting that flags may give`;
}

function entryOf(meaning: Meaning, given: Given, before: Entry | undefined): Entry {
  const { leaf, member, negated, text = given.text } = meaning;
  const origin: Origin = { layer: 'flag', name: dashed(given.name), location: 'command line' };
  if (negated) {
    return text === undefined ? { origin, raw: 'false' } : { origin, raw: text, problem: 'must not be given a value' };
  }
  if (text === undefined) {
    return leaf.format.text === 'boolean' ? { origin, raw: 'true' } : { origin, problem: 'must be given a value' };
  }
  if (member !== undefined) {
    const members = new Map([...(before?.members ?? []), [member, text]]);
    return { ...before, origin, members, raw: describeMembers(members) };
  }
  if (text === '' && !takesEveryText(leaf)) return { origin, raw: text, problem: 'must not be empty' };
  if (leaf.merges) return { ...before, origin, raw: text, parts: [text] };
  if (leaf.format.text !== 'array') return { origin, raw: text };
  const parts = [...(before?.parts ?? []), text];
  return { origin, raw: parts.join(' '), parts };
}

function describeMembers(members: ReadonlyMap<string, string>): string {
  return [...members].map(([member, text]) => `${member}=${text}`).join(' ');
}

function issue({ name }: Given, message: string): Issue {
  return { code: 'INVALID_VALUE', message, origin: { layer: 'flag', name: dashed(name), location: 'command line' } };
}
