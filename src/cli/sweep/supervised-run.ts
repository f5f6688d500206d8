import { fork, type StdioOptions } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SignalTarget } from '../child-command.ts';
import { type Supervisor, supervisorOf } from './claim.ts';
import { signalProcess } from './orphans.ts';
import type { SupervisedCommand, SupervisorFailure, SupervisorMessage } from './supervisor.ts';

/** How often the supervisor of another sweep is looked for, in milliseconds. */
const LOOK_MS = 50;

/** A run in a process of its own, which records its end. */
export interface SupervisedRun extends SignalTarget {
  /**
   * Resolves when the process has ended, with the signal that ended it before it could record the run. Rejects with
   * `SupervisionError` if it could not start or record the command.
   */
  readonly exit: Promise<NodeJS.Signals | undefined>;
}

/** The supervisor of a run failed, as on a full disk. */
export class SupervisionError extends Error {}

/** Starts a supervisor with the command of a run. */
export function superviseRun(command: SupervisedCommand): SupervisedRun {
  const program = fileURLToPath(new URL('./supervisor.js', import.meta.url));
  // Options for Node.js are meant for the command.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', 'ipc'];
  const child = fork(program, { detached: true, execArgv: [], env, stdio });
  // The callback takes the error of a supervisor that has ended.
  const send = (message: SupervisorMessage): unknown => child.send(message, () => undefined);
  let failure: string | undefined;
  child.on('message', (report: SupervisorFailure) => {
    failure = report.failure;
  });
  const exit = new Promise<NodeJS.Signals | undefined>((resolve, reject) => {
    child.once('error', reject);
    // After `exit`, a message may still come.
    child.once('close', (code, signal) => {
      if (code === 0 || code === null) resolve(signal ?? undefined);
      else
        reject(
          new SupervisionError(`the run in ${command.folder} could not be recorded: ${failure ?? `exit code ${code}`}`),
        );
    });
  });
  send(command);
  return { exit, hasOwnGroup: true, kill: (signal) => send({ signal }) };
}

/** A run that a sweep left when it was killed: its supervisor is still there. */
export function leftRun(folder: string, { pid, host }: Supervisor): SupervisedRun {
  const isThere = (): boolean => {
    const now = supervisorOf(folder);
    return now?.pid === pid && now.host === host;
  };
  const wait = async (): Promise<undefined> => {
    while (isThere()) await pause(LOOK_MS);
  };
  return {
    exit: wait(),
    hasOwnGroup: true,
    kill: (signal) => {
      if (isThere()) signalProcess(pid, signal);
    },
  };
}
