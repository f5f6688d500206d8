import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'dotenv';
import type { Issue } from '../errors.ts';
import { shownPath } from '../stores/path.ts';

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
    const text = readIfThere(resolve(cwd, file), issues);
    if (text === undefined && listed) warnings.push({ code: 'UNAVAILABLE', message: `${file} does not exist` });
    for (const variable of variablesOf(text ?? '', shownPath(resolve(cwd, file), cwd)))
      variables.set(variable.name, variable);
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

function readIfThere(path: string, issues: Issue[]): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === undefined) throw error;
    issues.push({ code: code === 'EACCES' ? 'DENIED' : 'UNAVAILABLE', message: `${path} cannot be read: ${message}` });
    return '';
  }
}

function* variablesOf(text: string, file: string): Generator<Variable> {
  if (text === '') return;
  const lines = linesOf(text);
  for (const [name, value] of Object.entries(parse(text))) {
    const line = lines.get(name);
    yield { name, text: value, location: line === undefined ? file : `${file}:${line}` };
  }
}

/** The beginning of a line that may be an assignment; it could also be part of a value of several lines. */
const ASSIGNMENT = /^([ \t]*(?:export[ \t]+)?[\w.-]+)(?=[ \t]*=|:[ \t])/;

/**
 * The line that each variable is last set in. dotenv does not tell: so each name is given the number of its line, and
 * the text parsed once more. What looks like an assignment inside a value of several lines drops out that way.
 */
function linesOf(text: string): ReadonlyMap<string, number> {
  const numbered = text
    .split('\n')
    .map((line, i) => line.replace(ASSIGNMENT, `$1.${i + 1}`))
    .join('\n');
  const lines = new Map<string, number>();
  for (const name of Object.keys(parse(numbered))) {
    const dot = name.lastIndexOf('.');
    lines.set(name.slice(0, dot), Number(name.slice(dot + 1)));
  }
  return lines;
}
