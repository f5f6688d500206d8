import { resolve } from 'node:path';
import { type Config, describeIssue, loadConfig } from '../index.ts';
import { printableText, withShortLines } from '../words/terminal-text.ts';
import { wrapMessage } from '../words/wrap.ts';
import { type Context, type ContextLoadOptions, type FoundDefinition, warn } from './command.ts';
import type { Arguments } from './command-spec.ts';
import { painter, type Terminal, widthOf } from './terminal.ts';

export interface ContextInput {
  readonly args: Arguments;
  /** The words after `--`: flags of settings, or the command to run. */
  readonly rest: readonly string[];
  readonly terminal: Terminal;
  readonly define: (path: string | undefined) => Promise<FoundDefinition>;
  /** Whether a flag that no setting has is an error. */
  readonly strictFlags: boolean;
}

/** The context of one command line. The definition is searched when it is needed, and once. */
export function createContext(input: ContextInput): Context {
  const { args, rest, terminal } = input;
  const asked = typeof args.color === 'boolean' ? args.color : undefined;
  const loader = new Loader(input, (warning) => warn(context, warning));
  const context: Context = {
    terminal,
    paint: painter(asked, terminal.env, terminal.stdout),
    // Most commands write nothing to stderr: the stream is made when one does.
    get paintNote() {
      return painter(asked, terminal.env, terminal.stderr);
    },
    json: args.json === true,
    noInput: args.input === false,
    definition: loader.definition,
    file: loader.file,
    chosen: loader.chosen,
    rest,
    define: () => loader.define(),
    load: (options) => loader.load(options),
    print: (text) => terminal.stdout.write(`${printableText(text)}\n`),
    printRaw: (text) => terminal.stdout.write(`${terminal.stdout.isTTY ? printableText(text) : text}\n`),
    note: (text) => {
      const shown = printableText(withShortLines(text));
      const width = widthOf(terminal.stderr);
      // Several lines are a table, or laid out already.
      terminal.stderr.write(`${shown.includes('\n') ? shown : wrapMessage(shown, width)}\n`);
    },
  };
  return context;
}

/** Finds the definition of a command line, and loads its configuration. Each warning is printed once. */
class Loader {
  readonly definition: string | undefined;
  readonly file: string | undefined;
  readonly chosen: Context['chosen'];
  readonly #input: ContextInput;
  readonly #warn: (warning: string) => void;
  readonly #warned = new Set<string>();
  #found: Promise<FoundDefinition> | undefined;

  constructor(input: ContextInput, warn: (warning: string) => void) {
    const { args, terminal } = input;
    this.definition = textOf(args['definition']);
    this.file = textOf(args['file']);
    this.chosen = chosenFiles(args, terminal.cwd);
    this.#input = input;
    this.#warn = warn;
  }

  define(): Promise<FoundDefinition> {
    this.#found ??= this.#input.define(this.definition);
    return this.#found;
  }

  async load({ warnings, ...options }: ContextLoadOptions = {}): Promise<Config> {
    const { rest, terminal, strictFlags } = this.#input;
    const { file } = this;
    const found = await this.define();
    const { definition, root } = found;
    if (file !== undefined) (await import('./snapshot-file.ts')).refuseSnapshot(file, root);
    const { layers = definition.layers, create = definition.create, ...others } = options;
    const inputs = {
      argv: rest,
      env: terminal.env,
      cwd: root,
      ...fingerprintKey(terminal),
      onWarning: false as const,
      ...this.chosen,
      ...(file !== undefined && { file }),
    };
    const changed = {
      ...definition,
      ...(strictFlags && { strictFlags }),
      ...(layers && { layers }),
      ...(create !== undefined && { create }),
    };
    const config = await loadConfig(changed, { ...inputs, ...others });
    if (warnings !== 'return') for (const warning of config.warnings) this.#warnOnce(describeIssue(warning));
    const moved = rootWarning(found, terminal.cwd);
    if (moved !== undefined) this.#warnOnce(moved);
    return config;
  }

  #warnOnce(warning: string): void {
    if (!this.#warned.has(warning)) this.#warn(warning);
    this.#warned.add(warning);
  }
}

function textOf(argument: unknown): string | undefined {
  return argument === undefined ? undefined : String(argument);
}

/** What secrets are hashed with for fingerprints; without it, fingerprints leave them out. */
function fingerprintKey({ env }: Terminal): { readonly fingerprintKey?: string } {
  const key = env['VARVE_FINGERPRINT_KEY'];
  return key ? { fingerprintKey: key } : {};
}

/** The profile and the overlays of a command line: `--profile production`, or `--profile env=production` for one of several. */
function chosenFiles({ profile = [], overlay = [] }: Arguments, cwd: string): Context['chosen'] {
  const given = [profile].flat().map(String);
  const pairs = given.map((text) => /^(\w[\w-]*)=(.*)$/s.exec(text)?.slice(1) ?? ['profile', text]);
  return {
    ...(given.length > 0 && { profile: Object.fromEntries(pairs) }),
    overlays: [overlay].flat().map((file) => resolve(cwd, String(file))),
  };
}

/** Without `root`, a program that starts in another folder than this one reads other files. */
function rootWarning({ definition, path, root }: FoundDefinition, cwd: string): string | undefined {
  const { files = [], dotenv, store } = definition;
  const hasPaths = (store === undefined && definition.file !== undefined) || files.length > 0 || Boolean(dotenv);
  if (definition.root !== undefined || path === undefined || root === cwd || !hasPaths) return undefined;
  return `relative paths of ${path} start from ${root} here, but from the working directory in a program. Add "root" to it`;
}
