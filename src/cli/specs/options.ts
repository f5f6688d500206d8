import type { Authorship } from '../../index.ts';
import type { Arguments, CommandOption, CommandOptions } from '../command-spec.ts';

/** The text of an option or word that is always there. */
export function text(args: Arguments, name: string): string {
  return String(args[name]);
}

export function optionalText(args: Arguments, name: string): string | undefined {
  return args[name] === undefined ? undefined : text(args, name);
}

/** The whole number that a text has in digits; `NaN` for any other text, such as `1e3`. */
export function wholeNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** The texts of an option or word that may be repeated. */
export function texts(args: Arguments, name: string): readonly string[] {
  return [args[name] ?? []].flat().map(String);
}

export const REVEAL: CommandOption = { type: 'boolean', default: false, describe: 'Show secrets; asks on a terminal' };

export const DRY_RUN: CommandOption = {
  type: 'boolean',
  default: false,
  describe: 'Show the changes and write nothing',
};

export const OUTPUT: CommandOption = {
  type: 'string',
  alias: 'o',
  requiresArg: true,
  describe: 'Write it into this file',
};

export const CHECK: CommandOption = {
  type: 'string',
  describe: 'Write nothing; exit 1 if this file is not what would be written',
};

/** Where a document is written or checked. */
export interface OutputOptions {
  readonly output: string | undefined;
  readonly check: string | undefined;
}

export function outputOf(args: Arguments): OutputOptions {
  return { output: optionalText(args, 'output'), check: optionalText(args, 'check') };
}

/** Who writes, and why: for stores that keep it. */
export const AUTHORSHIP: CommandOptions = {
  by: { type: 'string', requiresArg: true, describe: 'Who writes, for a store with a history; user@host by default' },
  note: { type: 'string', requiresArg: true, describe: 'Why, for a store with a history' },
};

export async function authorshipOf(args: Arguments): Promise<Authorship> {
  const { authorship } = await import('../authorship.ts');
  return authorship(optionalText(args, 'by'), optionalText(args, 'note'));
}

export interface WriteCommandOptions {
  readonly dryRun: boolean;
  readonly authorship: Authorship;
}

export async function writeOptionsOf(args: Arguments): Promise<WriteCommandOptions> {
  return { dryRun: args['dry-run'] === true, authorship: await authorshipOf(args) };
}

/** The options that every command takes. */
export const COMMON_OPTIONS: CommandOptions = {
  definition: { type: 'string', requiresArg: true, describe: 'The definition, instead of the nearest varve.config.*' },
  file: { type: 'string', requiresArg: true, describe: "The file to read and write, instead of the definition's" },
  profile: { type: 'string', array: true, requiresArg: true, describe: 'The profile; NAME=PROFILE for one of several' },
  overlay: { type: 'string', array: true, requiresArg: true, describe: 'A file above the file layer; may be repeated' },
  json: { type: 'boolean', default: false, describe: 'Answer in JSON' },
  color: { type: 'boolean', describe: 'Use colour, or not (--no-color)' },
  input: { type: 'boolean', default: true, describe: 'Ask, or not (--no-input)' },
};
