import { fork, type StdioOptions } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SignalTarget } from '../child-command.ts';
import { type Supervisor, supervisorOf } from './claim.ts';
import type { SupervisedCommand, SupervisorMessage } from './supervisor.ts';

/** How often the supervisor of another sweep is looked for, in milliseconds. */
const LOOK_MS = 50;

/** A run in a process of its own, which records its end. */
export interface SupervisedRun extends SignalTarget {
  /** Resolves when the process has ended. */
  readonly exit: Promise<void>;
}

/** Starts a supervisor with the command of a run. */
export function superviseRun(command: SupervisedCommand): SupervisedRun {
  const program = fileURLToPath(new URL('./supervisor.js', import.meta.url));
  // Options for Node.js are meant for the command.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', 'ipc'];
  const child = fork(program, [], { detached: true, execArgv: [], env, stdio });
  const send = (message: SupervisorMessage): void => {
    // A supervisor that has ended reads nothing more.
    if (child.connected) child.send(message, () => undefined);
  };
  const exit = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  send(command);
  return { exit, hasOwnGroup: true, kill: (signal) => send({ signal }) };
}

/** A run that a sweep left when it was killed: its supervisor is still there. */
export function leftRun(folder: string, { pid }: Supervisor): SupervisedRun {
  const isThere = (): boolean => supervisorOf(folder)?.pid === pid;
  const wait = async (): Promise<void> => {
    while (isThere()) await pause(LOOK_MS);
  };
  return {
    exit: wait(),
    hasOwnGroup: true,
    kill: (signal) => {
      if (isThere()) process.kill(pid, signal);
    },
  };
}
