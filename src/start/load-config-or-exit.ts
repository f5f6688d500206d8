import type { Config } from '../config/config.ts';
import { explainChange } from '../config/set-all.ts';
import type { Definition } from '../definition.ts';
import { describeSettings } from '../describe.ts';
import { ConfigError, type Issue, throwIssues } from '../errors.ts';
import type { Explanation } from '../explanation.ts';
import { describeIssue } from '../issue-texts.ts';
import { isNearMiss, shownName } from '../key.ts';
import { describeOrigin } from '../layer.ts';
import { hasWrongTypes, type LoadOptions, loadConfig, ownArguments } from '../load.ts';
import { wrongOptions } from '../load-option-mistakes.ts';
import { fileFlags } from '../profile.ts';
import { shownValue } from '../schema/refusal.ts';
import type { SettingsDefinition } from '../schema/types.ts';
import type { SettingDescription } from '../setting-description.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { type HelpRow, printHelp } from './help.ts';

/** The part of `process` that a program's start uses. */
export interface StartTerminal {
  /** For help. */
  readonly stdout: StartOutput;
  /** For warnings and problems. */
  readonly stderr: StartOutput;
  /** Ends the program; `process.exit` by default. */
  exit(code: number): never;
}

/** A stream of the terminal. */
export interface StartOutput {
  /** The width of the terminal; absent for a file or a pipe. */
  readonly columns?: number;
  /** Calls `done` once the text was written. */
  write(text: string, done: () => void): unknown;
}

/** The inputs of a load, and where help and problems are written. */
export interface StartOptions extends LoadOptions {
  /** Where help, warnings and problems are written; `process` by default. */
  readonly terminal?: StartTerminal;
}

/** The exit code of a program whose configuration has problems. */
const INVALID = 3;

/**
 * Loads a configuration as the first line of a program. `--help` prints the settings, or only the common ones if some have
 * `help: 'common'`, and exits with 0; warnings go to stderr, one a line; problems are printed to stderr without a stack
 * trace, and the program exits with 3.
 * @example
 * import { defineConfig, loadConfigOrExit } from 'varve';
 *
 * const definition = defineConfig({ name: 'shop', envPrefix: 'SHOP', settings: { port: 8080 } });
 * const { values } = await loadConfigOrExit(definition);
 * console.log(values.port); // 8080
 */
export async function loadConfigOrExit<S extends SettingsDefinition, U extends UnknownKeys>(
  definition: Definition<S, U>,
  given: StartOptions = {},
): Promise<Config<S, U>> {
  const { terminal = process, ...options } = Object(given) as StartOptions;
  const { argv = ownArguments() } = options;
  const onWarning = options.onWarning ?? warningsTo(terminal.stderr);
  try {
    if (hasWrongTypes(given)) throw wrongOptions(given);
    const request = helpRequest(argv, describeSettings(definition as Definition));
    if (request)
      return await exit(
        terminal,
        0,
        'stdout',
        await helpText(definition as Definition, request, { ...options, argv }, terminal),
      );
    if (definition.strictFlags !== false) throwIssues(misspeltHelp(argv, describeSettings(definition as Definition)));
    return await loadConfig(definition, { ...options, argv, onWarning });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return await exit(terminal, INVALID, 'stderr', problemsText(error, terminal.stderr.columns));
  }
}

/** The indent of a paragraph's further lines. A terminal of unknown size has 0 columns. */
const INDENT = 4;

/** Several problems in columns; where those are wider than the terminal, each problem as a paragraph with a hanging indent. */
function problemsText({ message, issues }: ConfigError, columns: number = Number.POSITIVE_INFINITY): string {
  const [heading = '', ...lines] = message.split('\n');
  const isNarrow = columns > INDENT && lines.some((line) => line.length > columns);
  if (!isNarrow || lines.length !== issues.length) return message;
  const line = new RegExp(`(.{1,${columns - INDENT}}) `, 'g');
  const paragraphs = issues.map((issue) => `  ${`${describeIssue(issue)} `.replace(line, '$1\n    ').trimEnd()}`);
  return [heading, ...paragraphs].join('\n');
}

/** Waits until the text is written: the output may be a pipe. */
async function exit(terminal: StartTerminal, code: number, output: 'stdout' | 'stderr', text: string): Promise<never> {
  await new Promise<void>((resolve) => terminal[output].write(`${text}\n`, resolve));
  return terminal.exit(code);
}

function warningsTo(stderr: StartOutput): (warning: Issue) => void {
  return (warning) => stderr.write(`warning: ${describeIssue(warning)}\n`, () => undefined);
}

/** Which settings are asked for: the common ones, or all. */
type HelpRequest = 'common' | 'all';

/** The help that the command line asks for, unless a setting has that flag. */
function helpRequest(argv: readonly string[], settings: readonly SettingDescription[]): HelpRequest | undefined {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const has = (flag: string): boolean => words.includes(flag) && !settings.some((setting) => setting.flag === flag);
  if (settings.some(({ flag }) => flag === '--help')) return has('-h') ? 'common' : undefined;
  if (words.includes('--help=all')) return 'all';
  return has('--help') || has('-h') ? 'common' : undefined;
}

/** The flags that are near misses of `--help`, which is a flag of the program though no setting. */
function misspeltHelp(argv: readonly string[], settings: readonly SettingDescription[]): readonly Issue[] {
  const end = argv.indexOf('--');
  const has = (name: string): boolean => settings.some(({ flag }) => flag === name);
  return (end < 0 ? argv : argv.slice(0, end)).flatMap((word): readonly Issue[] => {
    const [name = ''] = word.split('=', 1);
    if (!name.startsWith('--') || has(name) || has('--help') || !isNearMiss(name, '--help')) return [];
    const isValue = name === '--help';
    const message = isValue ? '--help takes no value but "all"' : `${shownName(name)} is not a setting`;
    const suggestion = isValue ? 'Write --help or --help=all.' : 'Did you mean --help?';
    return [{ code: 'INVALID_VALUE', message, suggestion, origin: { layer: 'flag', name, location: 'command line' } }];
  });
}

async function helpText(
  definition: Definition,
  request: HelpRequest,
  options: LoadOptions,
  { stdout: { columns } }: StartTerminal,
): Promise<string> {
  const argv = (options.argv ?? []).filter((word) => !/^(?:--help(?:=all)?|-h)$/.test(word));
  const quiet = { ...options, argv, invalid: 'report', onWarning: false } as const;
  const config = await loadConfig({ ...definition, create: false, strictFlags: false }, quiet);
  const settings = describeSettings(definition).filter(({ flag }) => flag !== undefined);
  const common = settings.filter(({ help }) => help === 'common');
  const listed = request === 'all' || common.length === 0 ? settings : common;
  const rows = listed.map((setting) => helpRow(setting, explainChange(config, setting.key)));
  return printHelp({
    rows: [...rows, ...fileRows(definition)],
    hidden: settings.length - listed.length,
    columns,
  });
}

/** The flags that choose files. */
function fileRows(definition: Definition): readonly HelpRow[] {
  return [...fileFlags(definition)].map(([flag, values]) => ({
    flag: `--${flag}`,
    group: 'Files:',
    doc: values.length > 0 ? `[one of ${values.join(', ')}]` : 'A file above the others; may be repeated',
  }));
}

function helpRow(setting: SettingDescription, { value, winner }: Explanation): HelpRow {
  const {
    key,
    flag = '',
    doc = '',
    format,
    options,
    required,
    defaultText,
    defaultFrom,
    sensitive,
    rules = [],
  } = setting;
  const kind = options ? `one of ${options.map(String).join(', ')}` : format;
  const isChanged = winner !== undefined && winner.layer !== 'default';
  return {
    flag,
    group: key.includes('.') ? `${key.slice(0, key.indexOf('.'))}:` : 'Settings:',
    doc: [doc, `[${kind}]`, ...(required ? ['[required]'] : []), ...rules.map((text) => `[${text}]`)]
      .filter((part) => part !== '')
      .join(' '),
    ...(defaultText !== undefined && !sensitive && { fallback: defaultText === '' ? '""' : defaultText }),
    ...(defaultFrom && { fallback: `computed from ${defaultFrom.join(', ')}` }),
    ...(isChanged && { current: `${shownValue(value)} from ${describeOrigin(winner)}` }),
  };
}
