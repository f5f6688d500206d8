import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type Config, ConfigError, describeIssues } from '../../index.ts';
import { childEnvironment } from '../child-environment.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { writeSnapshot } from '../snapshot-file.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** How a command is run. */
export interface RunOptions {
  /** `KEY=VALUE`, as flags of the program would give them. */
  readonly set: readonly string[];
  /** Where the snapshot is kept; unless told, it is removed when the command has ended. */
  readonly snapshot: string | undefined;
}

/** Runs a command with every setting as its variable, if the configuration is valid; gives its exit code. */
export async function run(context: Context, { set, snapshot }: RunOptions): Promise<number> {
  const [command, ...args] = context.rest;
  if (command === undefined) throw new UsageError('which command?', 'Write: varve run -- COMMAND');
  const config = await loaded(context, set);
  if (!config) return EXIT.invalid;
  const { definition } = await context.define();
  const { env, inexpressible } = childEnvironment(definition, config, context.terminal.env);
  for (const key of inexpressible) context.note(`note: no text means the value of ${key}; only the snapshot has it`);
  const file = writeSnapshot(config, snapshot, context.terminal.cwd);
  try {
    return await ended(command, args, { ...env, VARVE_SNAPSHOT: file.path }, context.terminal);
  } finally {
    file.remove();
  }
}

async function loaded(context: Context, set: readonly string[]): Promise<Config | undefined> {
  try {
    return await context.load({ argv: set.flatMap((pair) => ['--set', pair]) });
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code === 'INVALID_DEFINITION') throw error;
    context.note(describeIssues(error.issues, `the configuration of ${(await context.define()).definition.name}`));
    context.note(`varve: not started: configuration invalid (exit ${EXIT.invalid})`);
    if (context.json) printJson(context, { started: false, issues: error.issues });
    return undefined;
  }
}

/** Signals that are passed on. Those of the keyboard reach the command by itself, where there is a terminal. */
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const OF_KEYBOARD: readonly string[] = ['SIGINT', 'SIGQUIT'];

async function ended(
  command: string,
  args: readonly string[],
  env: Terminal['env'],
  terminal: Terminal,
): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env, cwd: terminal.cwd });
  const handlers = SIGNALS.filter((signal) => signal in constants.signals).map((signal) => {
    const pass = (): void => {
      if (terminal.stdin.isTTY !== true || !OF_KEYBOARD.includes(signal)) child.kill(signal);
    };
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
  try {
    return await exitCodeOf(child, command, terminal);
  } finally {
    for (const remove of handlers) remove();
  }
}

/** As a shell says it: 127 where there is no such command, 126 where it can't be run, 128 and the signal's number. */
function exitCodeOf(child: ChildProcess, command: string, { stderr }: Terminal): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const code = { ENOENT: EXIT.notFound, EACCES: EXIT.notExecutable }[error.code ?? ''];
      if (code === undefined) return reject(error);
      stderr.write(
        `varve: ${command}: ${error.code === 'ENOENT' ? 'there is no such command' : 'it may not be run'}\n`,
      );
      resolve(code);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
