import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface CommandExit {
  /** As in a shell: 127 for a missing command, 126 for one that may not be run, 128 plus the number of a signal. */
  readonly code: number;
  /** Why the command could not be started. */
  readonly error?: string;
}

/** A process that takes signals. */
export interface SignalTarget {
  /** Whether it leads its own process group: signals of the keyboard do not reach it. */
  readonly hasOwnGroup: boolean;
  kill(signal: NodeJS.Signals): void;
}

/** A command that was started. */
export class ChildCommand implements SignalTarget {
  readonly process: ChildProcess;
  /** Rejects with the system's error if that is neither a missing command nor one that may not be run. */
  readonly exit: Promise<CommandExit>;
  readonly hasOwnGroup: boolean;

  constructor(command: string, args: readonly string[], options: SpawnOptions) {
    this.process = startChild(command, () => spawn(command, args, options));
    this.hasOwnGroup = options.detached === true && process.platform !== 'win32';
    this.exit = exitOf(this.process, command);
  }

  /** Sends a signal to the command, and to its whole group if it leads one. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.process;
    if (this.hasOwnGroup && pid !== undefined) killGroup(pid, signal);
    else this.process.kill(signal);
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ESRCH') throw error;
  }
}

function exitOf(child: ChildProcess, command: string): Promise<CommandExit> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ code: EXIT.notFound, error: `${command}: command not found` });
      else if (error.code === 'EACCES') resolve({ code: EXIT.notExecutable, error: `${command}: permission denied` });
      else reject(error);
    });
    child.once('exit', (code, signal) => {
      const end = (): void => resolve({ code: code ?? codeOf(signal) });
      // After `close` all output has been read. A process left in the background may keep the pipe open.
      const timer = setTimeout(end, LAST_OUTPUT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        end();
      });
    });
  });
}

/** Node.js throws some errors of the system at once, others it reports later. */
function startChild(command: string, start: () => ChildProcess): ChildProcess {
  try {
    return start();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const reason = REASONS[code];
    throw reason === undefined ? error : new UsageError(`${command} cannot be started: ${reason}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  E2BIG: 'its arguments and variables are longer than the system allows',
  ELOOP: 'its symbolic links form a loop',
  ENAMETOOLONG: 'its path is too long',
  ENOTDIR: 'a part of its path is not a folder',
};

/** How long the last output of a command that ended is waited for. */
const LAST_OUTPUT_MS = 1_000;

/** The exit code of a process that a signal ended. */
export function codeOf(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** The signals that are passed on to a command. */
export const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const KEYBOARD_SIGNALS: readonly string[] = ['SIGINT', 'SIGQUIT'];

/**
 * Passes signals on to the commands that run while `work` does, and calls `onSignal` for each. A terminal sends the
 * signals of its keyboard to its foreground group itself, so only commands with a group of their own get those from us.
 */
export async function passSignals<T>(
  commands: () => Iterable<SignalTarget>,
  { stdin }: Terminal,
  work: () => Promise<T>,
  onSignal?: (signal: NodeJS.Signals) => void,
): Promise<T> {
  const handlers = SIGNALS.filter((signal) => signal in constants.signals).map((signal) => {
    const pass = (): void => {
      onSignal?.(signal);
      const isFromKeyboard = stdin.isTTY === true && KEYBOARD_SIGNALS.includes(signal);
      for (const command of commands()) if (!isFromKeyboard || command.hasOwnGroup) command.kill(signal);
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
