import type { Issue } from '../errors.ts';
import { isNearMiss, type Key, shownName } from '../key.ts';
import { type Entry, type MemberEntry, type Origin, type TextPart, writtenText } from '../layer.ts';
import { didYouMean } from '../near-names.ts';
import { check } from '../schema/check.ts';
import { decode, takesEmptyText } from '../schema/decode.ts';
import { dashed, flagOf } from '../schema/flag-name.ts';
import { keyOfWhole, wholeValue } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import { type FlagMeaning, FlagNames, isSwitch } from './flag-names.ts';
import { assignment, DASH, type GivenFlag, givenFlags } from './given-flags.ts';
import type { DeprecatedEntry, SchemaView, Source, SourceResult, UnknownName } from './source.ts';

/** The layer of the command line. Every value stays the text that was typed. `others`: flags that belong to no setting. */
export function flagSource(schema: Schema, argv: readonly string[], others: readonly string[]): Source {
  const read = (view?: SchemaView): SourceResult => new FlagReader(view?.schema ?? schema).read(argv, others);
  return { name: 'flag', read };
}

/** A flag that gives a setting a text. */
interface SettingFlag extends FlagMeaning {
  /** What the origin calls it: `--lr`, `--set lr`. */
  readonly name: string;
  readonly text: string | undefined;
  readonly isJson?: true | undefined;
}

/** How many wrong names are compared with those of the settings. */
const MOST_COMPARED = 50;

/** A word that is probably meant as the value of the switch before it. */
const BOOLEAN_WORD = /^(?:true|false|yes|no|on|off|[01yn])$/i;

class FlagReader {
  readonly #names: FlagNames;
  /** The flags of each setting, by its names and by its deprecated names. */
  readonly #current = new Map<Setting, SettingFlag[]>();
  readonly #deprecated = new Map<Setting, SettingFlag[]>();
  /** The lists and the members of groups by name that flags give whole. */
  readonly #wholes = new Map<Key, Entry>();
  readonly #unknown: UnknownName[] = [];
  readonly #issues: Issue[] = [];
  readonly #warnings: Issue[] = [];

  constructor(schema: Schema) {
    this.#names = new FlagNames(schema);
  }

  read(argv: readonly string[], others: readonly string[]): SourceResult {
    for (const given of givenFlags(argv, this.#names)) {
      if (given.isBare) {
        this.#warnings.push(bareWarning(given.typed));
        continue;
      }
      if (this.#isWhole(given)) continue;
      const flag = given.meaning
        ? { ...given.meaning, name: given.typed, text: given.text, isJson: given.isJson }
        : this.#set(given);
      if (flag) this.#addFlag(flag, given);
      else if (given.typed !== '--set') this.#addUnknown(given);
    }
    const given = [...this.#current].map(([setting, flags]) => [setting.key, entryOf(setting, flags)] as const);
    const entries = new Map([...given, ...this.#wholes]);
    const deprecated = [...this.#deprecated].map(([setting, flags]): DeprecatedEntry => {
      const entry = entryOf(setting, flags);
      return { setting, entry, name: entry.origin.name, instead: flagOfSetting(setting) };
    });
    return {
      entries,
      deprecated,
      unknown: this.#unknown,
      names: () => [...this.#names.long(), ...others],
      issues: this.#issues,
      warnings: this.#warnings,
    };
  }

  /**
   * Whether a flag gives a list or a member of a group by name whole: `--servers=[…]`, `--databases.eu=null`,
   * `--set databases.eu=null`.
   */
  #isWhole({ typed, text }: GivenFlag): boolean {
    if (text === undefined) return false;
    const { name, text: value = '' } = typed === '--set' ? assignment(text) : { name: typed.slice(2), text };
    const whole = this.#names.whole(name);
    const read = whole && wholeValue(whole, value);
    if (!read) return false;
    this.#wholes.set(keyOfWhole(whole), { origin: originOf(typed === '--set' ? `--set ${name}` : typed), ...read });
    return true;
  }

  #addFlag(flag: SettingFlag, { typed, next }: GivenFlag): void {
    const { setting, isDeprecated } = flag;
    const all = isDeprecated ? this.#deprecated : this.#current;
    const before = all.get(setting);
    if (before) before.push(flag);
    else all.set(setting, [flag]);
    // One flag may be repeated many thousand times: the first word says it.
    const unused = next === undefined || before ? undefined : unusedWord(flag, typed, next);
    if (unused) this.#warnings.push({ code: 'INVALID_VALUE', key: setting.key, ...unused, origin: originOf(typed) });
  }

  /** What `--set key=value` means. */
  #set({ typed, text, meaning }: GivenFlag): SettingFlag | undefined {
    if (meaning || typed !== '--set') return undefined;
    const { name: key, text: value, isJson } = assignment(text ?? '');
    if (value === undefined || key === '') {
      this.#issues.push({
        code: 'INVALID_VALUE',
        message: '--set needs key=value or key:=JSON',
        origin: originOf(typed),
      });
      return undefined;
    }
    const known = this.#names.keyMeaning(key);
    if (known) return { ...known, name: `--set ${key}`, text: value, isJson };
    const message = `--set ${key}: there is no such setting that flags may give`;
    const suggestion = this.#issues.length < MOST_COMPARED ? didYouMean(key, this.#names.keys()) : undefined;
    const issue: Issue = { code: 'INVALID_VALUE', message, origin: originOf(typed) };
    this.#issues.push(suggestion === undefined ? issue : { ...issue, suggestion });
    return undefined;
  }

  /** Letters behind an unknown one are shown only where they are a misspelt flag: else they may be a secret. */
  #addUnknown({ typed: word, within = word, text }: GivenFlag): void {
    const colon = this.#names.beforeColon(word.slice(2));
    const typed = colon === undefined ? word : `--${colon}:…`;
    const isCompared = this.#unknown.length < MOST_COMPARED;
    const isMisspelt = isCompared && within !== word && this.#names.long().some((name) => isNearMiss(within, name));
    const message = `${isMisspelt ? `${typed} in ${within}` : shownName(typed)} is not a setting`;
    const suggestion = isCompared ? this.#remedy(word.slice(2), { colon, text }) : undefined;
    const certain = suggestion === undefined ? {} : { suggestion, isCertain: true as const };
    this.#unknown.push({ name: isMisspelt ? within : typed, message, origin: originOf(typed), ...certain });
  }

  /** What to write instead of an unknown flag; its text may be the assignment of a misspelt `--set`. */
  #remedy(
    name: string,
    { colon, text = '' }: { readonly colon: string | undefined; readonly text: string | undefined },
  ): string | undefined {
    if (colon !== undefined) return `Write --${colon}=….`;
    const assigned = isNearMiss(name, 'set') ? assignment(text) : undefined;
    if (assigned?.text !== undefined && this.#names.keyMeaning(assigned.name)) return 'Did you mean --set?';
    return this.#names.remedy(name);
  }
}

/** Lists and objects are put together of all that was given; of anything else the last counts. */
function entryOf(setting: Setting, flags: readonly SettingFlag[]): Entry {
  const last = flags.at(-1) as SettingFlag;
  if (!setting.hasMembers) return { origin: originOf(last.name), ...scalar(last) };
  const wholes: TextPart[] = [];
  const members: MemberEntry[] = [];
  for (const { member: path, text: raw, isJson, name } of flags) {
    if (raw === undefined) continue;
    if (path === undefined) wholes.push({ raw, isJson });
    else members.push({ path, raw, isJson, origin: originOf(name) });
  }
  const parts = setting.isObject ? wholes.slice(-1) : wholes;
  const problem = flags.map(partProblem).find((found) => found !== undefined);
  return {
    origin: originOf([...new Set(flags.map(({ name }) => name))].join(', ')),
    ...(parts.length + members.length > 0 && {
      raw: writtenText(parts, members),
    }),
    ...(parts.length > 0 && { parts }),
    ...(members.length > 0 && { members }),
    ...(problem !== undefined && { problem }),
  };
}

function scalar({ setting, negated, text, isJson }: SettingFlag): Pick<Entry, 'raw' | 'problem' | 'parts'> {
  if (negated) return text === undefined ? { raw: 'false' } : { raw: text, problem: 'must not be given a value' };
  if (text === undefined) return isSwitch(setting) ? { raw: 'true' } : { problem: 'must be given a value' };
  if (isJson) return { raw: text, parts: [{ raw: text, isJson }] };
  return text === '' && !takesEmptyText(setting) ? { raw: text, problem: 'must not be empty' } : { raw: text };
}

/** What is wrong in one part stays wrong, whatever the others are. */
function partProblem({ setting, member, text }: SettingFlag): string | undefined {
  if (text === undefined) return 'must be given a value';
  if (member !== undefined || text !== '') return undefined;
  return setting.isList ? 'must not be empty; an empty list is []' : 'must not be empty';
}

/** Why a word behind a flag has no effect, if it is probably meant as a value of the flag. */
function unusedWord(
  { setting, text }: SettingFlag,
  typed: string,
  next: string,
): Pick<Issue, 'message' | 'suggestion'> | undefined {
  if (text === undefined) {
    if (!BOOLEAN_WORD.test(next)) return undefined;
    const value = next.replace(/^y$/i, 'yes').replace(/^n$/i, 'no');
    const message = `stands alone in ${typed}: the word ${JSON.stringify(next)} behind it is not its value`;
    return { message, suggestion: `Write ${typed}=${value}, or ${typed} at the end.` };
  }
  const decoded = next.startsWith('-') ? undefined : decode(setting, next);
  if (!decoded || 'problem' in decoded || 'problem' in check(setting, decoded.value)) return undefined;
  const message = `takes one word behind ${typed}: the next one is not its value`;
  const suggestion = `Write ${typed} before each value, or ${typed}=VALUE if the other words are not meant for it.`;
  return { message, suggestion };
}

/** Warns of a setting that was given without dashes. The text is not shown: it may be a secret. */
function bareWarning(name: string): Issue {
  const message = `${name}=… has no effect, because it is not a flag`;
  return { code: 'UNKNOWN_KEY', message, suggestion: `Write --${name.replace(DASH, '')}=….`, origin: originOf(name) };
}

function originOf(name: string): Origin {
  return { layer: 'flag', name, location: 'command line' };
}

/** The flag of a setting as it is typed. */
function flagOfSetting(setting: Setting): string {
  return dashed(flagOf(setting) ?? setting.key);
}
