import { existsSync } from 'node:fs';
import { parse } from 'dotenv';
import type { Issue } from '../errors.ts';
import { isNearMiss } from '../key.ts';
import { dotenvLayer, type LayerName, type Origin } from '../layer.ts';
import { absolutePath } from '../stores/path.ts';
import { wrongArgument } from '../wrong-arguments.ts';
import { dotenvProblem } from './dotenv-problem.ts';
import { readTextFile } from './text-file.ts';

/**
 * The variable by which `varve run` says which others have the whole value of a setting that combines its layers: the child
 * reads the same layers, and would combine them with it once more.
 */
export const WHOLE_VARIABLES = 'VARVE_WHOLE';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Which `.env` files are read: the usual four (`true`), none, or a list, lowest first. */
export type DotenvFiles = boolean | readonly (string | URL)[];

/** A variable and where it was written. */
export interface Variable {
  readonly name: string;
  readonly text: string;
  /** `process.env`, or `.env:3`. */
  readonly location: string;
}

export function originOf({ name, location }: Variable, layer: LayerName): Origin {
  return { layer, name, location };
}

/** The variables of one `.env` file. */
export interface DotenvResult {
  readonly variables: readonly Variable[];
  readonly issues: readonly Issue[];
  readonly warnings: readonly Issue[];
  /** What messages call the file, if it does not exist. */
  readonly absent?: string;
}

/** The paths of the `.env` files, lowest first; `profiles` are the chosen ones. */
export function dotenvPaths(dotenv: DotenvFiles, env: Environment, profiles: readonly string[]): readonly string[] {
  if (typeof dotenv !== 'boolean') {
    if (!Array.isArray(dotenv)) throw wrongArgument('dotenvPaths: needs true, false or a list of paths', dotenv);
    return [...new Set(dotenv.map((file) => (file instanceof URL ? absolutePath(file, '') : file)))];
  }
  if (!dotenv) return [];
  if (!Array.isArray(profiles)) throw wrongArgument('dotenvPaths: needs a list of profiles', profiles);
  if (profiles.length > 0) {
    const shared = ['.env', ...profiles.map((name) => `.env.${String(name)}`)];
    return [...new Set([...shared, ...shared.map((name) => `${name}.local`)])];
  }
  const mode = Object(env)['NODE_ENV'];
  return [...new Set(['.env', '.env.local', ...(mode ? [`.env.${mode}`, `.env.${mode}.local`] : [])])];
}

/**
 * The variables of the text of a `.env` file, by the grammar of
 * [dotenv](https://github.com/motdotla/dotenv#what-rules-does-the-parsing-engine-follow): nothing is expanded, the last
 * assignment to a name wins, and a line that is not an assignment is left out.
 * @example
 * import { parseDotenv } from 'varve/tools';
 *
 * console.log(parseDotenv('PORT=80 # the proxy\nNAME="a b"')); // { PORT: '80', NAME: 'a b' }
 */
export function parseDotenv(text: string): Readonly<Record<string, string>> {
  // dotenv's scanner gives the same answers as its regular expression, which takes quadratic time for many empty lines.
  if (typeof text !== 'string') throw wrongArgument('parseDotenv: the text must be a text', text);
  return parse(text, { fast: true });
}

/** Reads a `.env` file that messages call `name`. Nothing is executed, and `process.env` stays as it is. */
export function readDotenv(path: string, name: string, isListed: boolean): DotenvResult {
  const file = readTextFile(path);
  if (!('text' in file)) {
    if (file.kind !== 'missing') return { variables: [], issues: [dotenvProblem(file, name)], warnings: [] };
    const warnings = isListed ? [dotenvProblem(file, name)] : otherStage(path, name);
    return { variables: [], issues: [], warnings, absent: name };
  }
  const lines = new AssignmentLines(file.text);
  const variables = Object.entries(parseDotenv(file.text)).map(
    ([variable, text]) => new DotenvVariable(variable, text, () => `${name}:${lines.of(variable)}`),
  );
  // Few files have such values, and looking for lines takes as long as all the rest.
  const maybeOdd = /\S#/.test(file.text) || variables.some(({ text }) => /["'`]/.test(text));
  const odd = maybeOdd ? oddValues(variables, lines, name) : [];
  const repeated = repeatedNames(file.text, variables.length, name);
  return { variables, issues: [], warnings: [...odd, ...repeated, ...skippedLines(file.text, name)] };
}

/** Stages under their usual names: a file of one is looked for when that of another one of them does not exist. */
const STAGES = ['production', 'prod', 'development', 'dev', 'staging', 'stage', 'test', 'testing'];

/** Warns of a missing `.env.prod` beside a `.env.production`, which is probably meant. */
function otherStage(path: string, name: string): readonly Issue[] {
  const [, stage = ''] = /\.env\.(\w+)$/.exec(path) ?? [];
  const lower = stage.toLowerCase();
  const isLike = (one: string): boolean => one.startsWith(lower) || lower.startsWith(one) || isNearMiss(lower, one);
  const exists = (one: string): boolean => existsSync(path.slice(0, -stage.length) + one);
  const other = lower.length < 3 ? undefined : STAGES.find((one) => one !== stage && exists(one) && isLike(one));
  if (other === undefined || existsSync(`${path}.local`)) return [];
  const message = `${name} does not exist, and .env.${other} does`;
  return [{ code: 'UNAVAILABLE', message, suggestion: `Did you mean ${other} instead of ${stage}?` }];
}

/** A variable whose line is searched when `location` is read. */
class DotenvVariable implements Variable {
  readonly name: string;
  readonly text: string;
  readonly #location: () => string;

  constructor(name: string, text: string, location: () => string) {
    this.name = name;
    this.text = text;
    this.#location = location;
  }

  get location(): string {
    return this.#location();
  }
}

/** Every position where dotenv may find a name at the beginning of a line; some are inside values of several lines. */
const NAME = /^([^\S\n]*(?:export\s+)?)([\w.-]+)(?=\s*=|:\s)/gm;

/** The line that each variable of a text is last set in. */
class AssignmentLines {
  readonly #text: string;
  #numbers: ReadonlyMap<string, number> | undefined;
  #lines: readonly string[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  of(name: string): number | undefined {
    this.#numbers ??= assignmentLines(this.#text.replace(/\r\n?/g, '\n'));
    return this.#numbers.get(name);
  }

  /** The source text of the line that `name` is set in. */
  textOf(name: string): string {
    this.#lines ??= this.#text.split(/\r\n?|\n/);
    return this.#lines[(this.of(name) ?? 0) - 1] ?? '';
  }
}

/** The line that each name of a text is last set in. */
function assignmentLines(text: string): ReadonlyMap<string, number> {
  return new Map(assignments(text).map(([name, line]) => [name, Number(line)]));
}

/**
 * The names of a text with their lines. dotenv does not return line numbers: so each name gets the number of its line,
 * and the text is parsed once more. What looks like an assignment inside a value of several lines is left out that way.
 */
function assignments(text: string): readonly (readonly [name: string, line: string])[] {
  let line = 1;
  let counted = 0;
  const numbered = text.replace(NAME, (_: string, before: string, name: string, offset: number) => {
    const start = offset + before.length;
    for (; counted < start; counted++) if (text[counted] === '\n') line++;
    return `${before}${name}.${line}`;
  });
  return Object.keys(parseDotenv(numbered)).map((name) => {
    const dot = name.lastIndexOf('.');
    return [name.slice(0, dot), name.slice(dot + 1)];
  });
}

/** Warnings for names that are set more than once. */
function repeatedNames(text: string, different: number, file: string): readonly Issue[] {
  if ((text.match(NAME)?.length ?? 0) <= different) return [];
  const lines = new Map<string, string[]>();
  for (const [name, line] of assignments(text.replace(/\r\n?/g, '\n')))
    lines.set(name, [...(lines.get(name) ?? []), line]);
  const issues = [...lines].flatMap(([name, [first, ...others]]): readonly Issue[] =>
    others.length === 0
      ? []
      : [
          {
            code: 'INVALID_VALUE',
            message: `${name} is also set in line ${first}: the last one counts`,
            origin: { layer: dotenvLayer(file), name, location: `${file}:${others.at(-1)}` },
          },
        ],
  );
  return limit(issues, file, 'names that are set more than once');
}

/** More warnings than this are those of another kind of file. */
const MOST_LISTED = 20;

/** Warnings for values that differ from what their line looks like. The values are not shown: they may be secrets. */
function oddValues(variables: readonly Variable[], lines: AssignmentLines, file: string): readonly Issue[] {
  const odd = variables.flatMap(({ name, text }) => {
    const line = lines.textOf(name);
    const written = line.slice(line.search(/[=:]/) + 1);
    const issue = oddValue(written, text);
    return issue ? [{ ...issue, message: `${file}:${lines.of(name)} ${name} ${issue.message}` }] : [];
  });
  return limit(odd, file, 'values that differ from their lines');
}

function oddValue(written: string, value: string): Issue | undefined {
  const quote = /^\s*(["'`])/.exec(written)?.[1];
  if (quote === undefined) return oddComment(written, value);
  if (value.startsWith(quote)) {
    const message = 'keeps its opening quote, because nothing ends after the closing one';
    return { code: 'INVALID_VALUE', message, suggestion: 'Close the quote at the end of the value.' };
  }
  if (!value.includes(quote)) return undefined;
  const isEscaped = value.includes(`\\${quote}`);
  const message = isEscaped ? 'keeps the backslash before a quote' : 'keeps quotes that are inside the outer ones';
  return { code: 'INVALID_VALUE', message, suggestion: 'Put the value in quotes of another kind: \', " or `.' };
}

function oddComment(written: string, value: string): Issue | undefined {
  if (!written.replace(/\s#.*/, '').includes('#')) return undefined;
  return {
    code: 'INVALID_VALUE',
    message: value === '' ? 'is empty, because "#" begins a comment' : 'ends before "#", which begins a comment',
    suggestion: 'Put the value in quotes, or a space before the comment.',
  };
}

/** An empty line, a comment, or one that begins with what dotenv takes for a name. */
const PLAIN = /^\s*(?:#|$|(?:export\s+)?[\w.-]+(?:\s*=|:\s))/;
const ANY_NAME = /^([^\S\n]*(?:export\s+)?[\w.-]+)(?=\s*=|:\s)/gm;
/** A character that no `.env` file contains. */
const MARK = '\ue000';

/** A warning for each line that is not read. Its text is not shown: it may be a secret. */
function skippedLines(text: string, file: string): readonly Issue[] {
  const suggestion = 'Write NAME=VALUE, or # before a comment.';
  const issues = skippedLineNumbers(text).map(
    (line): Issue => ({
      code: 'INVALID_VALUE',
      message: `${file}:${line} is not NAME=VALUE and is not read`,
      suggestion,
    }),
  );
  return limit(issues, file, 'lines that are not read');
}

function limit(issues: readonly Issue[], file: string, what: string): readonly Issue[] {
  const rest = issues.length - MOST_LISTED;
  if (rest <= 0) return issues;
  return [...issues.slice(0, MOST_LISTED), { code: 'INVALID_VALUE', message: `${file} has ${rest} more ${what}` }];
}

/**
 * The numbers of the lines that dotenv leaves out although they are not comments. It does not return them: so each line
 * that does not look like an assignment is marked, and those whose mark is in no value were left out. The others are
 * parts of values of several lines.
 */
function skippedLineNumbers(text: string): readonly number[] {
  const lines = text.split(/\r\n?|\n/);
  const strange = new Set(lines.flatMap((line, index) => (PLAIN.test(line) ? [] : index)));
  if (strange.size === 0) return [];
  const marked = lines.map((line, index) => (strange.has(index) ? `${MARK}${index}${MARK}${line}` : line)).join('\n');
  // Each name becomes another one, so that a value that a later one replaces keeps its lines.
  const apart = marked.replace(ANY_NAME, (name: string, _: string, offset: number) => `${name}.${offset}`);
  const kept = Object.values(parseDotenv(apart)).join('\n');
  for (const [, index] of kept.matchAll(new RegExp(`${MARK}(\\d+)${MARK}`, 'g'))) strange.delete(Number(index));
  return [...strange].map((index) => index + 1);
}
