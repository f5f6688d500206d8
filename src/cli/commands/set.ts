import { resolve } from 'node:path';
import {
  type Authorship,
  type Config,
  ConfigError,
  describeIssues,
  type Explanation,
  type Issue,
} from '../../index.ts';
import { overrideWarning } from '../../words/override-warning.ts';
import { changeText, optionalValueText } from '../../words/values.ts';
import { noteIfLost } from '../authorship.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** How the values are given. */
export interface SetOptions {
  /** The value of the only key is read from standard input. */
  readonly stdin: boolean;
  /** The values are JSON. */
  readonly jsonValue: boolean;
  readonly authorship: Authorship;
}

/** A key with the text of its value. */
interface Assignment {
  readonly key: string;
  readonly text: string;
}

/** Writes values into the file layer, all or none, and says whether they have an effect now. */
export async function set(context: Context, words: readonly string[], options: SetOptions): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  const assignments = options.stdin
    ? [await fromStdin(context, config, words)]
    : words.length > 0 && assignmentsOf(words, config);
  if (!assignments) throw new UsageError(`which value? Write: varve set ${words[0]} VALUE`);
  change(config, assignments, options.jsonValue);
  const keys = assignments.map(({ key }) => key);
  return saveChanges(context, config, { keys, authorship: options.authorship });
}

/** Removes keys from the file layer. */
export async function unset(context: Context, keys: readonly string[], authorship: Authorship): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  for (const key of keys) config.unset(key);
  const pending = new Set(config.pending.map(({ key }) => key));
  for (const key of keys) {
    if (!pending.has(key)) context.note(`varve: ${config.location ?? 'the file'} does not set ${key}`);
  }
  if (pending.size > 0) return saveChanges(context, config, { keys: [...pending], authorship });
  if (context.json) printJson(context, { written: [], settings: keys.map((key) => config.explain(key)) });
  return EXIT.no;
}

/** `KEY VALUE`, or any number of `KEY=VALUE`; `undefined` where a value is missing. Secrets are refused first. */
function assignmentsOf(words: readonly string[], config: Config): readonly Assignment[] | undefined {
  const [first = '', ...values] = words;
  const isPair = !first.includes('=');
  const assignments = isPair ? [{ key: first, text: values[0] }] : words.map(assignment);
  for (const { key } of assignments) {
    if (!config.explain(key).redacted) continue;
    throw new UsageError(`${key} is sensitive, and arguments are seen by others; use: varve set ${key} --stdin`);
  }
  if (isPair && values.length > 1) {
    throw new UsageError(
      `"${values[1]}" is one word too many`,
      `Quote the value, or write: varve set ${first}=VALUE …`,
    );
  }
  return isPair && values.length === 0 ? undefined : (assignments as readonly Assignment[]);
}

function assignment(word: string): Assignment {
  const at = word.indexOf('=');
  if (at > 0) return { key: word.slice(0, at), text: word.slice(at + 1) };
  throw new UsageError(`"${word}" is no KEY=VALUE`, 'Write: varve set KEY VALUE, or: varve set KEY=VALUE KEY=VALUE');
}

async function fromStdin({ terminal }: Context, config: Config, words: readonly string[]): Promise<Assignment> {
  const [key = '', value] = words;
  if (value !== undefined || key.includes('=')) {
    throw new UsageError('with --stdin the value is read from standard input', 'Write: varve set KEY --stdin');
  }
  config.explain(key);
  const { readAll, readHidden } = await import('../input.ts');
  const text = terminal.stdin.isTTY ? await readHidden(`${key}: `) : await readAll(terminal.stdin);
  return { key, text: text.replace(/\r?\n$/, '') };
}

/** Changes the file layer in memory; every value that is refused is told. */
function change(config: Config, assignments: readonly Assignment[], jsonValue: boolean): void {
  const refused: Issue[] = [];
  for (const { key, text } of assignments) {
    try {
      config.set(key, jsonValue ? parsed(key, text) : text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refused.push(...error.issues);
    }
  }
  const [first, ...rest] = refused;
  if (first === undefined) return;
  const nothing = first.suggestion ?? (rest.length === 0 ? 'Nothing was written.' : undefined);
  throw new ConfigError([{ ...first, ...(nothing !== undefined && { suggestion: nothing }) }, ...rest], {
    title: 'what is to be set; nothing was written',
  });
}

function parsed(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`the value of ${key} is not JSON`, 'A text as JSON has quotes: \'"text"\'');
  }
}

interface SaveRequest {
  readonly keys: readonly string[];
  readonly authorship: Authorship;
}

async function saveChanges(context: Context, config: Config, { keys, authorship }: SaveRequest): Promise<number> {
  const { written, warning } = await config.save(authorship);
  const settings = [...new Set(keys)].map((key) => config.explain(key));
  if (context.json) printJson(context, { written, settings });
  for (const explanation of settings) {
    const { key } = explanation;
    const of = written.find((change) => change.key === key);
    const place = placeInFile(config, explanation);
    if (context.json) continue;
    if (!of) context.print(`${place}  ${key}: ${fileValue(explanation)}   unchanged`);
    else {
      const values = `${changeText(of)}`;
      context.print(`${place}  ${key}: ${values}   ${context.paint('green', 'saved')}`);
    }
  }
  if (warning !== undefined) context.note(`warning: ${warning}`);
  await noteIfLost(context, authorship);
  noteIssues(context, config);
  for (const explanation of settings) noteMask(context, explanation, settings.length > 1);
  await notePermissions(context, config, settings);
  return EXIT.ok;
}

/** What is wrong besides: no program starts with it. */
function noteIssues(context: Context, { issues, name }: Config): void {
  if (issues.length > 0) context.note(`${context.paintNote('yellow', 'warning')}: ${describeIssues(issues, name)}`);
}

/** A secret that was just written where everybody can read it. */
async function notePermissions(
  context: Context,
  { location }: Config,
  settings: readonly Explanation[],
): Promise<void> {
  const keys = settings.filter(({ redacted }) => redacted).map(({ key }) => key);
  if (location === undefined || keys.length === 0) return;
  const [{ permissions }, { root }] = await Promise.all([import('../doctor/permissions.ts'), context.define()]);
  for (const { status, message, fix } of permissions({ path: resolve(root, location), name: location, keys }, false)) {
    if (status === 'warn') context.note(`${context.paintNote('yellow', 'warning')}: ${message}. ${fix}`);
  }
}

function noteMask({ note, paintNote }: Context, explanation: Explanation, named: boolean): void {
  const mask = overrideWarning(explanation);
  if (mask === undefined) return;
  note(`${paintNote('yellow', 'warning')}: ${named ? `${explanation.key}: ` : ''}${mask}`);
}

/** The line of the file, or the file alone where it does not have the key any more. */
function placeInFile(config: Config, { candidates }: Explanation): string {
  return candidates.find(({ layer }) => layer === 'file')?.location ?? config.location ?? 'the file';
}

function fileValue({ candidates }: Explanation): string {
  return optionalValueText(candidates.find(({ layer }) => layer === 'file')?.value);
}
