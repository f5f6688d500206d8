import type { Issue } from '../errors.ts';
import { didYouMean, segments } from '../key.ts';
import type { Entry, Origin } from '../layer.ts';
import { takesEmptyText } from '../schema/decode.ts';
import { dashed, flagOf } from '../schema/names.ts';
import type { Schema, Setting } from '../schema/setting.ts';
import { type FlagMeaning, FlagNames, isSwitch } from './flag-names.ts';
import { type GivenFlag, givenFlags } from './flag-words.ts';
import { type Former, withFormer } from './former.ts';
import type { Source, SourceResult } from './source.ts';

/** How the command line is read. */
export interface FlagOptions {
  readonly argv: readonly string[];
  /** Flags that match no setting are issues, instead of being left to the program. */
  readonly strict?: boolean | undefined;
}

/** The layer of the command line. Every value stays the text that was typed. */
export function flagSource({ argv, strict = false }: FlagOptions): Source {
  return { name: 'flag', read: (schema) => new FlagReader(schema, strict).reading(argv) };
}

/** A flag that gives a setting something. */
interface Spoken extends FlagMeaning {
  /** What the origin calls it: `--lr`, `--set lr`. */
  readonly name: string;
  readonly text: string | undefined;
}

class FlagReader {
  readonly #schema: Schema;
  readonly #strict: boolean;
  readonly #names: FlagNames;
  /** All that each setting is given, by its names of now and by those it had before. */
  readonly #now = new Map<Setting, Spoken[]>();
  readonly #former = new Map<Setting, Spoken[]>();
  readonly #issues: Issue[] = [];
  readonly #warnings: Issue[] = [];

  constructor(schema: Schema, strict: boolean) {
    this.#schema = schema;
    this.#strict = strict;
    this.#names = new FlagNames(schema);
  }

  reading(argv: readonly string[]): SourceResult {
    for (const given of givenFlags(argv, this.#names)) {
      const spoken = given.meaning ? { ...given.meaning, name: given.typed, text: given.text } : this.#set(given);
      if (spoken) this.#take(spoken, given);
      else if (this.#strict && given.typed !== '--set') this.#refuse(given);
    }
    const now = new Map([...this.#now].map(([leaf, spoken]) => [leaf.key, entryOf(leaf, spoken)]));
    const formers = [...this.#former].map(([leaf, spoken]): Former => {
      const entry = entryOf(leaf, spoken);
      return { leaf, entry, name: entry.origin.name, now: flagNow(leaf) };
    });
    const { entries, warnings } = withFormer(this.#schema, now, formers);
    return { entries, issues: this.#issues, warnings: [...this.#warnings, ...warnings] };
  }

  #take(spoken: Spoken, { typed, next }: GivenFlag): void {
    const { leaf, former } = spoken;
    const all = former ? this.#former : this.#now;
    const before = all.get(leaf);
    if (before) before.push(spoken);
    else all.set(leaf, [spoken]);
    if (next === undefined || !/^(true|false)$/i.test(next)) return;
    const message = `stands alone in ${typed}: the word ${JSON.stringify(next)} behind it is not its value`;
    const suggestion = `Write ${typed}=${next}, or ${typed} at the end.`;
    this.#warnings.push({ code: 'INVALID_VALUE', key: leaf.key, message, suggestion, origin: originOf(typed) });
  }

  /** What `--set key=value` means. */
  #set({ typed, text, meaning }: GivenFlag): Spoken | undefined {
    if (meaning || typed !== '--set') return undefined;
    const at = text?.indexOf('=') ?? -1;
    if (text === undefined || at < 1) {
      this.#issues.push({ code: 'INVALID_VALUE', message: '--set needs key=value', origin: originOf(typed) });
      return undefined;
    }
    const key = text.slice(0, at);
    const known = this.#names.keyMeaning(key);
    if (known) return { ...known, name: `--set ${key}`, text: text.slice(at + 1) };
    const message = `--set ${key}: there is no such setting that flags may give`;
    const suggestion = didYouMean(key, this.#names.keys());
    const issue: Issue = { code: 'INVALID_VALUE', message, origin: originOf(typed) };
    this.#issues.push(suggestion === undefined ? issue : { ...issue, suggestion });
    return undefined;
  }

  #refuse({ typed, within = typed }: GivenFlag): void {
    const what = within === typed ? typed : `${typed} in ${within}`;
    const suggestion = within.length > 2 ? didYouMean(within, this.#names.long()) : undefined;
    const issue: Issue = { code: 'INVALID_VALUE', message: `${what} is not a setting`, origin: originOf(typed) };
    this.#issues.push(suggestion === undefined ? issue : { ...issue, suggestion });
  }
}

/** Lists and objects are put together of all that was given; of anything else the last counts. */
function entryOf(leaf: Setting, spoken: readonly Spoken[]): Entry {
  const last = spoken.at(-1) as Spoken;
  if (!leaf.merges && !isList(leaf)) return { origin: originOf(last.name), ...scalar(last) };
  const wholes = spoken.filter(({ member }) => member === undefined).flatMap(({ text }) => text ?? []);
  const parts = leaf.merges ? wholes.slice(-1) : wholes;
  const members = new Map<string, string>();
  for (const { member, text } of spoken) if (member !== undefined && text !== undefined) members.set(member, text);
  const problem = spoken.map(partProblem).find((found) => found !== undefined);
  return {
    origin: originOf([...new Set(spoken.map(({ name }) => name))].join(', ')),
    ...(parts.length + members.size > 0 && {
      raw: [...parts, ...[...members].map((pair) => pair.join('='))].join(' '),
    }),
    ...(parts.length > 0 && { parts }),
    ...(members.size > 0 && { members }),
    ...(problem !== undefined && { problem }),
  };
}

function scalar({ leaf, negated, text }: Spoken): Pick<Entry, 'raw' | 'problem'> {
  if (negated) return text === undefined ? { raw: 'false' } : { raw: text, problem: 'must not be given a value' };
  if (text === undefined) return isSwitch(leaf) ? { raw: 'true' } : { problem: 'must be given a value' };
  return text === '' && !takesEmptyText(leaf) ? { raw: text, problem: 'must not be empty' } : { raw: text };
}

/** What is wrong in one part stays wrong, whatever the others are. */
function partProblem({ leaf, member, text }: Spoken): string | undefined {
  if (text === undefined) return 'must be given a value';
  if (member !== undefined) return segments(member).includes('') ? 'must be given members that have names' : undefined;
  if (text !== '') return undefined;
  return isList(leaf) ? 'must not be empty; an empty list is []' : 'must not be empty';
}

/** Whether a repeated flag appends. */
function isList({ format, default: sample }: Setting): boolean {
  return format.text === 'array' || (format.text === 'open' && Array.isArray(sample));
}

function originOf(name: string): Origin {
  return { layer: 'flag', name, location: 'command line' };
}

/** The flag of a setting as it is to be typed now. */
function flagNow(leaf: Setting): string {
  return dashed(flagOf(leaf) ?? leaf.key);
}
