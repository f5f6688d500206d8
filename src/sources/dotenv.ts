import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Issue } from '../errors.ts';
import { shownPath } from '../stores/path.ts';
import { droppedIn } from './dotenv-dropped.ts';
import { parseDotenv } from './parse-dotenv.ts';

/** The environment as a program has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Which `.env` files are read: the usual four (`true`), none, or a list, lowest first. */
export type DotenvFiles = boolean | readonly string[];

/** Where `.env` files are looked for. */
export interface DotenvOptions {
  readonly env: Environment;
  readonly cwd: string;
  readonly dotenv?: DotenvFiles | undefined;
}

/** A variable and where it stands. */
export interface Variable {
  readonly name: string;
  readonly text: string;
  /** `process.env`, or `.env:3`. */
  readonly location: string;
}

/** The variables of all `.env` files, those of later files over those of earlier ones. */
export interface DotenvReading {
  readonly variables: Map<string, Variable>;
  readonly issues: readonly Issue[];
  readonly warnings: readonly Issue[];
}

/** Reads the `.env` files. Nothing in them is expanded or executed, and `process.env` stays as it is. */
export function readDotenv({ env, cwd, dotenv = false }: DotenvOptions): DotenvReading {
  const listed = Array.isArray(dotenv);
  const variables = new Map<string, Variable>();
  const issues: Issue[] = [];
  const warnings: Issue[] = [];
  for (const file of dotenvPaths(dotenv, env)) {
    const path = resolve(cwd, file);
    const name = shownPath(path, cwd);
    const text = textOf(path, name);
    if (typeof text === 'object') issues.push(text);
    else if (text === undefined && listed) warnings.push({ code: 'UNAVAILABLE', message: `${name} does not exist` });
    else {
      for (const variable of variablesOf(text ?? '', name)) variables.set(variable.name, variable);
      warnings.push(...droppedIn(text ?? '', name));
    }
  }
  return { variables, issues, warnings };
}

/** The paths of the `.env` files, lowest first. */
export function dotenvPaths(dotenv: DotenvFiles, env: Environment): readonly string[] {
  if (typeof dotenv !== 'boolean') return dotenv;
  if (!dotenv) return [];
  const mode = env['NODE_ENV'];
  return ['.env', '.env.local', ...(mode ? [`.env.${mode}`, `.env.${mode}.local`] : [])];
}

/** A `.env` file has at most this many bytes; what is larger was named by mistake. */
const MAX_BYTES = 1024 * 1024;

/** The text of a file, `undefined` where there is none, or why it can't be had. */
function textOf(path: string, name: string): string | Issue | undefined {
  try {
    if (statSync(path).size > MAX_BYTES) {
      return { code: 'TOO_LARGE', message: `${name} is larger than 1 MiB, and was not read` };
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      return { code: 'CORRUPT', message: `${name} is not UTF-8 text`, suggestion: 'Save it as UTF-8.' };
    }
    if (code === undefined) throw error;
    return { code: code === 'EACCES' ? 'DENIED' : 'UNAVAILABLE', message: `${name} cannot be read: ${message}` };
  }
}

function variablesOf(text: string, file: string): readonly Variable[] {
  let lines: ReadonlyMap<string, number> | undefined;
  const locationOf = (name: string): string => {
    lines ??= linesOf(text);
    return `${file}:${lines.get(name)}`;
  };
  return Object.entries(parseDotenv(text)).map(([name, value]) => new WrittenVariable(name, value, locationOf));
}

/** A variable whose line is looked for when somebody asks. */
class WrittenVariable implements Variable {
  readonly name: string;
  readonly text: string;
  readonly #locationOf: (name: string) => string;

  constructor(name: string, text: string, locationOf: (name: string) => string) {
    this.name = name;
    this.text = text;
    this.#locationOf = locationOf;
  }

  get location(): string {
    return this.#locationOf(this.name);
  }
}

/** Every place where dotenv may find a name at the beginning of a line; some are parts of values of several lines. */
const NAME = /^([^\S\n]*(?:export\s+)?)([\w.-]+)(?=\s*=|:\s)/gm;

/**
 * The line that each variable is last set in. dotenv does not tell: so each name is given the number of its line, and
 * the text parsed once more. What looks like an assignment inside a value of several lines drops out that way.
 */
function linesOf(text: string): ReadonlyMap<string, number> {
  let line = 1;
  let counted = 0;
  const unix = text.replace(/\r\n?/g, '\n');
  const numbered = unix.replace(NAME, (_: string, before: string, name: string, offset: number) => {
    const start = offset + before.length;
    for (; counted < start; counted++) if (unix[counted] === '\n') line++;
    return `${before}${name}.${line}`;
  });
  const lines = new Map<string, number>();
  for (const name of Object.keys(parseDotenv(numbered))) {
    const dot = name.lastIndexOf('.');
    lines.set(name.slice(0, dot), Number(name.slice(dot + 1)));
  }
  return lines;
}
