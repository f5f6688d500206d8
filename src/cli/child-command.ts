import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { EXIT } from './command.ts';
import type { Terminal } from './terminal.ts';

/** How a command ended. */
export interface CommandExit {
  /** As a shell says it: 127 where there is no such command, 126 where it can't be run, 128 and a signal's number. */
  readonly code: number;
  /** Why it could not be started. */
  readonly error?: string;
}

/** A command that was started. */
export class ChildCommand {
  /** Rejects with what the system says where that is neither a missing command nor one that may not be run. */
  readonly exit: Promise<CommandExit>;
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], options: SpawnOptions) {
    this.#child = spawn(command, args, options);
    this.exit = exitOf(this.#child, command);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

function exitOf(child: ChildProcess, command: string): Promise<CommandExit> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ code: EXIT.notFound, error: `${command}: there is no such command` });
      else if (error.code === 'EACCES') resolve({ code: EXIT.notExecutable, error: `${command}: it may not be run` });
      else reject(error);
    });
    child.once('exit', (code, signal) => resolve({ code: code ?? codeOf(signal) }));
  });
}

/** The exit code of a process that a signal ended. */
export function codeOf(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const OF_KEYBOARD: readonly string[] = ['SIGINT', 'SIGQUIT'];

/**
 * Passes signals on to the commands that run while `work` does. Those of the keyboard reach them by themselves, where
 * there is a terminal. `heard` is told of each signal.
 */
export async function withSignalsPassedOn<T>(
  commands: () => Iterable<ChildCommand>,
  { stdin }: Terminal,
  work: () => Promise<T>,
  heard?: (signal: NodeJS.Signals) => void,
): Promise<T> {
  const handlers = SIGNALS.filter((signal) => signal in constants.signals).map((signal) => {
    const pass = (): void => {
      heard?.(signal);
      if (stdin.isTTY === true && OF_KEYBOARD.includes(signal)) return;
      for (const command of commands()) command.kill(signal);
    };
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
  try {
    return await work();
  } finally {
    for (const remove of handlers) remove();
  }
}
