import type { Options } from 'yargs';
import parse from 'yargs-parser';
import { didYouMean } from '../index.ts';
import type { Arguments, CommandSpec } from './command-spec.ts';
import { COMMANDS, COMMON_OPTIONS } from './commands.ts';
import { UsageError } from './usage-error.ts';

/** A command line taken apart. */
export interface CommandLine {
  /** Absent where none was typed. */
  readonly command: string | undefined;
  readonly args: Arguments;
  /** What stands behind `--`. */
  readonly rest: readonly string[];
  readonly wants: 'answer' | 'help' | 'version';
}

type OptionTable = Readonly<Record<string, Options>>;

const HELP: OptionTable = { help: { type: 'boolean', alias: 'h' }, version: { type: 'boolean', alias: ['v', 'V'] } };

/** Takes a command line apart. Throws a `UsageError` for what its command does not take, with the nearest name. */
export function commandLineOf(argv: readonly string[]): CommandLine {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const rest = end < 0 ? [] : argv.slice(end + 1);
  const [first, second] = wordsOf(own, everyOption()).positional;
  // As git and cargo take it: `varve help set`.
  if (first === 'help') return { command: second && specOf(second) && second, args: {}, rest, wants: 'help' };
  const command = first;
  const spec = command === undefined ? undefined : specOf(command);
  const options = { ...COMMON_OPTIONS, ...spec?.options, ...HELP };
  const { positional, given } = wordsOf(own, options);
  const { help, version, ...args } = given;
  if (help || version || !spec) return { command, args, rest, wants: version && !help ? 'version' : 'help' };
  if (!spec.takesSettings) requireKnownOptions(own, given, options, spec);
  requireChoices(given, options);
  const settings = spec.takesSettings && { settings: settingsIn(args, options) };
  return { command, args: { ...args, ...settings, ...positionals(spec, positional.slice(1)) }, rest, wants: 'answer' };
}

function everyOption(): OptionTable {
  return Object.assign({}, ...Object.values(COMMANDS).map(({ options }) => options), COMMON_OPTIONS, HELP);
}

/** What the commands are called in other tools. */
const SYNONYMS: Readonly<Record<string, string>> = {
  ls: 'list',
  dump: 'list',
  show: 'explain or get',
  print: 'get',
  read: 'get',
  why: 'explain',
  which: 'explain',
  write: 'set',
  add: 'set',
  rm: 'unset',
  remove: 'unset',
  delete: 'unset',
  check: 'validate or doctor',
  lint: 'validate',
  status: 'doctor',
  export: 'docs or run',
  env: 'docs --format env',
  exec: 'run',
  grid: 'sweep',
  compare: 'diff',
};

function specOf(command: string): CommandSpec {
  const spec = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (spec) return spec;
  const meant = Object.hasOwn(SYNONYMS, command) ? `Did you mean ${SYNONYMS[command]}?` : undefined;
  const near = didYouMean(command, Object.keys(COMMANDS));
  throw new UsageError(`unknown command "${command}"`, near ?? meant ?? 'See: varve --help');
}

interface Words {
  readonly positional: readonly string[];
  readonly given: Readonly<Record<string, unknown>>;
}

/**
 * The words of a command line by the options that they may be. yargs would strip quotes, and take `-1e-3` for a flag: so
 * each text is replaced by its number before yargs sees it.
 */
function wordsOf(own: readonly string[], options: OptionTable): Words {
  const texts: string[] = [];
  const numbered = (text: string): string => `@${texts.push(text) - 1}`;
  const prepared = own.map((word) => {
    const [, name, text] = /^(--?[A-Za-z][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) return numbered(word);
    return text === undefined || text === 'true' || text === 'false' ? word : `${name}=${numbered(text)}`;
  });
  const { argv, error } = parse.detailed(prepared, parserOptions(options));
  const missing = /following: (\S+)/.exec(error?.message ?? '')?.[1];
  if (missing !== undefined) throw new UsageError(`--${missing} needs a value`);
  const original = (value: unknown): unknown =>
    typeof value === 'string' && /^@\d+$/.test(value) ? texts[Number(value.slice(1))] : value;
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(argv)) {
    if (name === '_' || value === undefined) continue;
    const list = [value].flat().map(original);
    given[name] = !Object.hasOwn(options, name) || options[name]?.array ? list : list.at(-1);
  }
  return { positional: argv._.map((word) => String(original(word))), given };
}

function parserOptions(options: OptionTable): parse.Options {
  const entries = Object.entries(options);
  const named = (wanted: (option: Options) => boolean): string[] =>
    entries.filter(([, option]) => wanted(option)).map(([name]) => name);
  const requiring = named(({ requiresArg }) => requiresArg === true).map((name) => [name, 1] as const);
  const aliases = entries.flatMap(([name, { alias }]) =>
    alias === undefined ? [] : [[name, [alias].flat()] as const],
  );
  const defaults = entries.flatMap(([name, option]) => ('default' in option ? [[name, option.default] as const] : []));
  return {
    boolean: named(({ type }) => type === 'boolean'),
    string: named(({ type }) => type === 'string'),
    narg: Object.fromEntries(requiring),
    alias: Object.fromEntries(aliases) as Record<string, string[]>,
    default: Object.fromEntries(defaults),
    configuration: {
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'strip-aliased': true,
    },
  };
}

/** What is no option, and so the flag of a setting, with the texts that it was given. */
function settingsIn(args: Arguments, options: OptionTable): Readonly<Record<string, readonly string[]>> {
  const settings: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(args)) {
    if (Object.hasOwn(options, name)) continue;
    const texts = [value].flat();
    if (!texts.every((text) => typeof text === 'string')) throw new UsageError(`--${name} needs a value`);
    settings[name] = texts;
  }
  return settings;
}

function requireKnownOptions(
  own: readonly string[],
  given: Words['given'],
  options: OptionTable,
  { takesCommand }: CommandSpec,
): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(options, name));
  if (unknown === undefined) return;
  const typed = own.map((word) => word.replace(/=.*/s, '')).find((word) => word === `--${unknown}`) ?? `-${unknown}`;
  const names = Object.keys(options).flatMap((name) => [`--${name}`, ...(name === 'color' ? ['--no-color'] : [])]);
  const first = own.findIndex((word, i) => i > 0 && !word.startsWith('-'));
  if (takesCommand && first > 0) throw behindDashes(own[0], own.slice(first));
  const at = own.findIndex((word) => word === typed || word.startsWith(`${typed}=`));
  const moved = [...own.slice(0, at), '--', ...own.slice(at)].join(' ');
  const remedy = didYouMean(typed, names) ?? `If it is a setting's own flag:  varve ${moved}`;
  throw new UsageError(`unknown option ${typed}`, remedy);
}

function behindDashes(name: string | undefined, command: readonly string[]): UsageError {
  return new UsageError('the command stands behind --', `Write: varve ${name} -- ${command.join(' ')}`);
}

function requireChoices(given: Words['given'], options: OptionTable): void {
  for (const [name, { choices }] of Object.entries(options)) {
    const value = given[name];
    if (!choices || value === undefined || choices.includes(String(value))) continue;
    const remedy = didYouMean(String(value), choices.map(String)) ?? `It is one of ${choices.join(', ')}.`;
    throw new UsageError(`--${name} ${String(value)} does not exist`, remedy);
  }
}

/** The words of a command by the names that its usage gives them: `<key>`, `[value]`, `<setting..>`. */
function positionals({ usage, examples, takesCommand }: CommandSpec, words: readonly string[]): Arguments {
  const [name = '', ...places] = usage.split(' ');
  const see = `See: varve ${name} --help`;
  const example = examples?.[0]?.[0];
  const like = example === undefined ? see : `Like: ${example}`;
  const args: Record<string, unknown> = {};
  let left = words;
  for (const place of places) {
    const [, bracket, label = '', many] = /^([<[])(.+?)(\.\.)?[>\]]$/.exec(place) ?? [];
    if (bracket === '<' && left.length === 0) throw new UsageError(`write: varve ${usage}`, like);
    if (left.length > 0) args[label] = many === undefined ? left[0] : left;
    left = many === undefined ? left.slice(1) : [];
  }
  if (left.length > 0 && takesCommand) throw behindDashes(name, left);
  if (left.length > 0) throw new UsageError(`"${left[0]}" is one word too many`, see);
  return args;
}
