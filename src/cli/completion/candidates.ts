import type { Options } from 'yargs';
import { LAYERS } from '../../index.ts';
import { describeSettings, type SettingDescription } from '../../tools.ts';
import type { Context } from '../command.ts';
import type { CommandSpec } from '../command-spec.ts';

/** The commands and the options of all of them. */
export interface CommandTable {
  readonly commands: Readonly<Record<string, CommandSpec>>;
  readonly common: Readonly<Record<string, Options>>;
}

/** A candidate for the word at the cursor. */
export interface Completion {
  readonly text: string;
  readonly describe?: string | undefined;
}

/** A command line up to the cursor. */
interface Line {
  readonly table: CommandTable;
  readonly command: string | undefined;
  /** The words of the command that are no options. */
  readonly words: readonly string[];
  /** The word before the cursor's. */
  readonly before: string;
  /** The word at the cursor, up to the cursor. */
  readonly word: string;
  /** Whether `--` stands before the cursor. */
  readonly isBehind: boolean;
}

/** The candidates for the last word of a line. If there are none, the shell offers files. Errors of a definition are ignored. */
export async function candidatesFor(
  text: string,
  context: Context,
  table: CommandTable,
): Promise<readonly Completion[]> {
  const line = lineOf(text, table);
  const settings = async (): Promise<readonly SettingDescription[]> => {
    try {
      const declared = describeSettings((await context.define()).definition);
      if (!declared.some(({ byName }) => byName !== undefined)) return declared;
      // The layers give the names of members, which may not be loaded.
      return await context
        .load({ create: false, invalid: 'report', warnings: 'return' })
        .then(describeSettings, () => declared.filter(({ byName }) => byName === undefined));
    } catch {
      return [];
    }
  };
  const offered = await offer(line, settings);
  return offered.filter((candidate) => candidate.text.startsWith(line.word));
}

/** The words of a line; a quoted one is one word, and a backslash quotes a character. */
function lineOf(text: string, table: CommandTable): Line {
  const quoted = [...text.matchAll(/(?:[^\s"'\\]+|\\[\s\S]?|"[^"]*"?|'[^']*'?)+/g)];
  const words = quoted.map(([word]) => word.replace(/\\([\s\S]?)|["']/g, '$1'));
  const word = /(?<!\\)\s$/.test(text) ? '' : (words.pop() ?? '');
  const own = words.slice(1);
  const end = own.indexOf('--');
  const positional = plainWords(end < 0 ? own : own.slice(0, end), table);
  const [command, ...rest] = positional;
  return { table, command, words: rest, before: own.at(-1) ?? '', word, isBehind: end >= 0 };
}

function plainWords(own: readonly string[], table: CommandTable): readonly string[] {
  return own.filter((word, i) => !word.startsWith('-') && !takesValue(own[i - 1], table));
}

function takesValue(word: string | undefined, table: CommandTable): boolean {
  return word !== undefined && /^--?[a-z-]+$/.test(word) && optionOf(word, table)?.requiresArg === true;
}

function optionOf(word: string, { commands, common }: CommandTable, command?: string): Options | undefined {
  const name = word.replace(/^-+/, '');
  const specs = command === undefined ? Object.values(commands) : [commands[command]];
  const all = Object.assign({}, ...specs.map((spec) => spec?.options), common) as Record<string, Options>;
  return all[name] ?? Object.values(all).find(({ alias }) => alias === name);
}

type Settings = () => Promise<readonly SettingDescription[]>;

async function offer(line: Line, settings: Settings): Promise<readonly Completion[]> {
  const { table, command, before, word, isBehind } = line;
  const spec = command === undefined ? undefined : table.commands[command];
  if (isBehind) return spec?.takesCommand ? [] : flags(line, await settings());
  if (takesValue(before, table)) return optionValues(before, line, settings);
  const [, option, sign] = /^(--[a-z-]+)(=)/.exec(word) ?? [];
  if (option !== undefined && sign !== undefined) {
    return prefixed(`${option}=`, await optionValues(option, line, settings));
  }
  if (spec?.takesSettings && /^--?[A-Za-z]/.test(before)) return flags(line, await settings());
  if (word.startsWith('-')) return [...options(line), ...(spec?.takesSettings ? flags(line, await settings()) : [])];
  if (command === undefined) return commands(table);
  return words(line, settings);
}

function commands({ commands: all }: CommandTable): readonly Completion[] {
  return Object.entries(all).map(([text, { describe }]) => ({ text, describe }));
}

function options({ table, command = '' }: Line): readonly Completion[] {
  const own = table.commands[command]?.options ?? {};
  const shown = Object.entries({ ...own, ...table.common }).filter(([, { hidden }]) => hidden !== true);
  return [
    ...shown.map(([name, { describe }]) => ({ text: `--${name}`, describe: describe || undefined })),
    { text: '--help', describe: 'Show help' },
  ];
}

/** The options that take the key of a setting. */
const KEY_OPTIONS: readonly string[] = ['allow-change', 'allow-write', 'each'];

async function optionValues(
  option: string,
  { table, command, word }: Line,
  settings: Settings,
): Promise<readonly Completion[]> {
  const name = option.replace(/^-+/, '');
  if (name === 'set') return assignments(await settings(), word.replace(/^--set=/, ''));
  if (name === 'prefix') return plain(groupsOf(await settings()));
  if (KEY_OPTIONS.includes(name)) return keys(await settings());
  if (command === 'list' && name === 'from') return plain(LAYERS);
  return plain((optionOf(option, table, command)?.choices ?? []).map(String));
}

async function words({ command, words: given, word }: Line, settings: Settings): Promise<readonly Completion[]> {
  const all = await settings();
  switch (command) {
    case 'get':
      return given.length > 0 ? [] : [...keys(all), ...plain(groupsOf(all))];
    case 'edit':
      return given.length > 0 ? [] : keys(all);
    case 'explain':
    case 'reset':
      return given.length > 0 ? [] : [...keys(all), ...plain(membersOf(all))];
    case 'unset':
      return [...keys(all), ...plain(membersOf(all))].filter(({ text }) => !given.includes(text));
    case 'set':
      return settable(all, given, word);
    case 'completion':
      return given.length > 0 ? [] : plain(['bash', 'zsh', 'fish']);
    default:
      return [];
  }
}

/** A key, then its value; or `KEY=VALUE`, any number of times. */
function settable(all: readonly SettingDescription[], given: readonly string[], word: string): readonly Completion[] {
  const [first] = given;
  if (word.includes('=')) return assignments(all, word);
  if (first === undefined) return keys(all);
  if (first.includes('=')) return keys(all).map(({ text, describe }) => ({ text: `${text}=`, describe }));
  return given.length === 1 ? values(all.find(({ key }) => key === first)) : [];
}

function assignments(all: readonly SettingDescription[], word: string): readonly Completion[] {
  const at = word.indexOf('=');
  if (at < 0) return keys(all).map(({ text, describe }) => ({ text: `${text}=`, describe }));
  const key = word.slice(0, at);
  return prefixed(`${key}=`, values(all.find((setting) => setting.key === key)));
}

/** The flags of settings, and what may come after them. */
function flags({ before, word }: Line, all: readonly SettingDescription[]): readonly Completion[] {
  const named = (flag: string): SettingDescription | undefined =>
    all.find((setting) => setting.flag === flag || `--${setting.key}` === flag);
  const setting = named(before);
  if (setting && !isSwitch(setting)) return values(setting);
  const [, flag] = /^(--?[^=]+)=/.exec(word) ?? [];
  if (flag !== undefined) return prefixed(`${flag}=`, values(named(flag)));
  return all.flatMap((one) => {
    const { flag: text, doc } = one;
    if (text === undefined) return [];
    const off = isSwitch(one) ? [{ text: text.replace(/^--/, '--no-'), describe: doc }] : [];
    return [{ text, describe: doc }, ...off];
  });
}

/** Whether a flag stands alone: that of a boolean. */
function isSwitch({ options: choices }: SettingDescription): boolean {
  return choices?.length === 2 && choices.every((option) => typeof option === 'boolean');
}

function values(setting: SettingDescription | undefined): readonly Completion[] {
  const choices = setting?.options ?? [];
  return plain([...choices, ...(setting?.nullable ? [null] : [])].map(String));
}

function keys(settings: readonly SettingDescription[]): readonly Completion[] {
  return settings.map(({ key, doc }) => ({ text: key, describe: doc }));
}

function groupsOf(settings: readonly SettingDescription[]): readonly string[] {
  return [...new Set(settings.flatMap(({ key }) => [...key.matchAll(/\./g)].map(({ index }) => key.slice(0, index))))];
}

/** The keys of the members of groups by name and of lists. */
function membersOf(settings: readonly SettingDescription[]): readonly string[] {
  const members = settings.flatMap(({ key, byName }) =>
    byName === undefined ? [] : `${byName}.${key.slice(byName.length + 1).split('.')[0]}`,
  );
  return [...new Set(members)];
}

function plain(all: readonly string[]): readonly Completion[] {
  return all.map((text) => ({ text }));
}

function prefixed(prefix: string, all: readonly Completion[]): readonly Completion[] {
  return all.map(({ text, describe }) => ({ text: prefix + text, describe }));
}
