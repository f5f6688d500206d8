import { parseArgs } from 'node:util';
import { didYouMean } from '../tools.ts';
import type { Arguments, CommandOption, CommandOptions, CommandSpec, Commands } from './command-spec.ts';
import { misplacedWords } from './misplaced-words.ts';
import { COMMON_OPTIONS } from './specs/options.ts';
import { UsageError } from './usage-error.ts';

/** A parsed command line. */
export interface CommandLine {
  /** Absent if the line names no command. */
  readonly command: string | undefined;
  readonly args: Arguments;
  /** The words after `--`. */
  readonly rest: readonly string[];
  readonly wants: 'answer' | 'help' | 'version';
}

const HELP: CommandOptions = { help: { type: 'boolean', alias: 'h' }, version: { type: 'boolean', alias: ['v', 'V'] } };

/** Parses the line of one of these commands. Throws a `UsageError` with the nearest name for a word that its command does not take. */
export function parseCommandLine(argv: readonly string[], commands: Commands): CommandLine {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const rest = end < 0 ? [] : argv.slice(end + 1);
  const { positional: words, unknown: misplaced } = firstWords(own, commands);
  const [first, second] = words.map(({ text }) => text);
  // As git and cargo take it: `varve help set`.
  if (first === 'help') return { command: second && specOf(second, commands) && second, args: {}, rest, wants: 'help' };
  const before = misplaced.find(({ index }) => index < (words[0]?.index ?? own.length));
  if (before) throw unknownOption(before, own, { ...COMMON_OPTIONS, ...HELP });
  const spec = first === undefined ? undefined : specOf(first, commands);
  const options = { ...COMMON_OPTIONS, ...spec?.options, ...HELP };
  const { positional, given, unknown } = parseWords(own, options);
  const { help, version, ...args } = given;
  if (help || version || !spec) return { command: first, args, rest, wants: version && !help ? 'version' : 'help' };
  if (!spec.takesSettings) refuseUnknownOptions(unknown, own, { options, spec });
  requireChoices(given, options);
  const settings = spec.takesSettings && settingFlags(unknown, positional.slice(1), options);
  const used = new Set(settings?.used);
  const ownWords = positional.slice(1).filter(({ index }) => !used.has(index));
  return {
    command: first,
    args: { ...args, ...(settings && { settings: settings.texts }), ...positionals(spec, ownWords, rest) },
    rest,
    wants: 'answer',
  };
}

/** The words up to the command; an option before it may take a word as its value. `help` takes the name of a command. */
function firstWords(own: readonly string[], commands: Commands): Pick<ParsedWords, 'positional' | 'unknown'> {
  const [text = '-'] = own;
  const isCommand = !text.startsWith('-') && text !== 'help';
  return isCommand ? { positional: [{ text, index: 0 }], unknown: [] } : parseWords(own, everyOption(commands));
}

function everyOption(commands: Commands): CommandOptions {
  return Object.assign({}, ...Object.values(commands).map(({ options }) => options), COMMON_OPTIONS, HELP);
}

/** The names that other tools have for the commands. */
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
  env: 'export or docs --format env',
  exec: 'run',
  grid: 'sweep',
  compare: 'diff',
};

function specOf(command: string, commands: Commands): CommandSpec {
  const spec = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (spec) return spec;
  const meant = Object.hasOwn(SYNONYMS, command) ? `Did you mean ${SYNONYMS[command]}?` : undefined;
  const near = didYouMean(command, Object.keys(commands));
  throw new UsageError(`unknown command "${command}"`, near ?? meant ?? 'See: varve --help');
}

/** A word that is not an option, with its position in the line. */
interface PositionalWord {
  readonly text: string;
  readonly index: number;
}

/** An option that the command does not have. */
interface UnknownOption {
  readonly index: number;
  /** As it was typed, without its value: `--trust-threshold`. */
  readonly typed: string;
  /** The text after `=`. */
  readonly value: string | undefined;
}

interface ParsedWords {
  readonly positional: readonly PositionalWord[];
  readonly given: Readonly<Record<string, unknown>>;
  readonly unknown: readonly UnknownOption[];
}

/** A mark that no argument of a process can contain: what follows it is not an option, as in `-1e-3`. */
const NOT_AN_OPTION = '\0';

const unmarked = (word: string): string => word.replace(NOT_AN_OPTION, '');

function parseWords(own: readonly string[], options: CommandOptions): ParsedWords {
  const { tokens } = parseArgs({
    args: own.map((word) => (/^-[^A-Za-z-]/.test(word) ? NOT_AN_OPTION + word : word)),
    options: nodeOptions(options),
    strict: false,
    tokens: true,
  });
  const given: Record<string, unknown> = defaultsOf(options);
  const positional: PositionalWord[] = [];
  const unknown: UnknownOption[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      positional.push({ text: unmarked(token.value), index: token.index });
      continue;
    }
    const { index, rawName, value } = token;
    const [name, option] = optionNamed(token.name, options) ?? [];
    if (name === undefined || option === undefined) {
      if (unknown.at(-1)?.index !== index) unknown.push({ index, typed: rawName, value });
    } else if (option.type === 'boolean') given[name] = switchValue({ name: token.name, rawName, value });
    else {
      const next = tokens[at + 1];
      const isAlone = value === undefined && option.requiresArg !== true;
      const follows = isAlone && next?.kind === 'positional' && next.index === index + 1 ? next : undefined;
      const text = isAlone ? (follows?.value ?? '') : requiredValue(token);
      // A word that an option takes is not a word of the command.
      if (follows) tokens.splice(at + 1, 1);
      given[name] = option.array ? [...[given[name] ?? []].flat(), unmarked(text)] : unmarked(text);
    }
  }
  return { positional, given, unknown };
}

/** An option that may stand alone is a boolean to Node.js, which would take the next option for its value. */
function nodeOptions(options: CommandOptions): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  const entries = Object.entries(options).flatMap(([name, { type, requiresArg, alias }]) => {
    const kind = type === 'string' && requiresArg ? ('string' as const) : ('boolean' as const);
    const [short, ...others] = [alias ?? []].flat();
    return [
      [name, { type: kind, ...(short !== undefined && { short }) }] as const,
      ...others.map((other) => [other, { type: kind, short: other }] as const),
    ];
  });
  return Object.fromEntries(entries);
}

function defaultsOf(options: CommandOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, option]) => ('default' in option ? [[name, option.default]] : [])),
  );
}

/** The option that a name without dashes means: its own, an alias, or `no-` and the name of a boolean. */
function optionNamed(name: string, options: CommandOptions): readonly [string, CommandOption] | undefined {
  const positive = name.startsWith('no-') ? name.slice(3) : name;
  return Object.entries(options).find(
    ([own, { alias, type }]) =>
      own === name || [alias ?? []].flat().includes(name) || (type === 'boolean' && own === positive),
  );
}

interface SwitchToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

function switchValue({ name, rawName, value }: SwitchToken): boolean {
  if (value !== undefined && value !== 'true' && value !== 'false') {
    throw new UsageError(`${rawName} takes no value, got "${value}"`);
  }
  return (value !== 'false') !== (name.startsWith('no-') && rawName.startsWith('--no-'));
}

interface ValueToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function requiredValue({ rawName, value, inlineValue }: ValueToken): string {
  if (value === undefined || (inlineValue === false && value.startsWith('-'))) {
    throw new UsageError(`${rawName} needs a value`);
  }
  return value;
}

interface SettingFlags {
  readonly texts: Readonly<Record<string, readonly string[]>>;
  /** The positions of the words that are values of flags. */
  readonly used: readonly number[];
}

/** The flags of settings with their texts: each text comes after `=` or is the next word. */
function settingFlags(
  unknown: readonly UnknownOption[],
  words: readonly PositionalWord[],
  options: CommandOptions,
): SettingFlags {
  const texts = new Map<string, string[]>();
  const used: number[] = [];
  const following = new Map(words.map(({ index, text }) => [index, text]));
  for (const { typed, value, index } of unknown) {
    const text = value ?? following.get(index + 1);
    if (text === undefined) throw new UsageError(`${typed} needs a value`, choiceRemedy(typed, options));
    if (value === undefined) used.push(index + 1);
    const name = typed.replace(/^-+/, '');
    const given = texts.get(name);
    if (given) given.push(text);
    else texts.set(name, [text]);
  }
  return { texts: Object.fromEntries(texts), used };
}

interface CommandParts {
  readonly options: CommandOptions;
  readonly spec: CommandSpec;
}

function refuseUnknownOptions(
  unknown: readonly UnknownOption[],
  own: readonly string[],
  { options, spec }: CommandParts,
): void {
  const [found] = unknown;
  if (!found) return;
  const first = own.findIndex((word, i) => i > 0 && !word.startsWith('-'));
  if (spec.takesCommand && first > 0 && first < found.index) throw misplacedWords(own[0] ?? '', own.slice(first), []);
  throw spec.takesCommand ? unknownRunOption(found, own, options) : unknownOption(found, own, options);
}

/** After `--` comes the command to run: a setting is given by `--set`. */
function unknownRunOption(
  { typed, index }: UnknownOption,
  own: readonly string[],
  options: CommandOptions,
): UsageError {
  const near = meantOption(
    typed,
    Object.keys(options).map((name) => `--${name}`),
  );
  const [, inline] = (own[index] ?? '').split(/=(.*)/s);
  const next = own[index + 1];
  const value = inline ?? (next === undefined || next.startsWith('-') ? 'VALUE' : next);
  const remedy = near ?? `If it is a setting:  varve ${own[0]} --set ${typed.replace(/^-+/, '')}=${value} -- COMMAND`;
  return new UsageError(`unknown option ${typed}`, remedy);
}

function unknownOption({ typed, index }: UnknownOption, own: readonly string[], options: CommandOptions): UsageError {
  const names = Object.keys(options).flatMap((name) => [`--${name}`, ...(name === 'color' ? ['--no-color'] : [])]);
  const moved = [...own.slice(0, index), '--', ...own.slice(index)].join(' ');
  const remedy =
    choiceRemedy(typed, options) ?? meantOption(typed, names) ?? `If it is a setting's own flag:  varve ${moved}`;
  return new UsageError(`unknown option ${typed}`, remedy);
}

/** A question with the only option that begins with what was typed, or with the nearest. */
export function meantOption(typed: string, names: readonly string[]): string | undefined {
  const begun = typed.length < 5 ? [] : names.filter((name) => name.startsWith(typed));
  return didYouMean(begun.length === 1 && begun[0] !== undefined ? begun[0] : typed, names);
}

/** `--csv` for `--format csv`. */
function choiceRemedy(typed: string, options: CommandOptions): string | undefined {
  const choice = typed.replace(/^-+/, '');
  const found = Object.entries(options).find(([, { choices }]) => choices?.includes(choice));
  return found && `Write: --${found[0]} ${choice}`;
}

function requireChoices(given: ParsedWords['given'], options: CommandOptions): void {
  for (const [name, { choices }] of Object.entries(options)) {
    const value = given[name];
    if (!choices || value === undefined || choices.includes(String(value))) continue;
    const near = didYouMean(String(value), choices.map(String));
    throw new UsageError(`--${name} must be one of ${choices.join(', ')}; got "${String(value)}"`, near);
  }
}

/** The words of a command by the names that its usage gives them: `<key>`, `[value]`, `<setting..>`. */
function positionals(
  { usage, examples, takesCommand }: CommandSpec,
  words: readonly PositionalWord[],
  command: readonly string[],
): Arguments {
  const [name = '', ...places] = usage.split(' ');
  const see = `See: varve ${name} --help`;
  const example = examples?.[0]?.[0];
  const like = example === undefined ? see : `Example: ${example}`;
  const args: Record<string, unknown> = {};
  const all = words.map(({ text }) => text);
  let left: readonly string[] = all;
  for (const place of places) {
    const [, bracket, label = '', many] = /^([<[])(.+?)(\.\.)?[>\]]$/.exec(place) ?? [];
    if (bracket === '<' && left.length === 0) {
      const article = /^[aeiou]/.test(label) ? 'an' : 'a';
      throw new UsageError(`${name} needs ${article} ${label}: varve ${usage}`, like);
    }
    if (left.length > 0) args[label] = many === undefined ? left[0] : left;
    left = many === undefined ? left.slice(1) : [];
  }
  if (left.length > 0 && takesCommand) throw misplacedWords(name, all, command);
  if (left.length > 0) throw new UsageError(`unexpected argument "${left[0]}"`, see);
  return args;
}
