/**
 * The program that starts the command of one run, waits for its end, and records it. The sweep starts it in a session of
 * its own: a sweep that is killed leaves runs that go on and are recorded, so that none of them runs twice.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ChildCommand, SIGNALS } from '../child-command.ts';
import { EXIT } from '../exit.ts';
import { writeJson } from '../json-file-text.ts';
import { claimRun, releaseRun } from './claim.ts';
import { LogFiles } from './log-files.ts';
import { RECORD, type RunRecord, readRecord, STOP_SIGNALS } from './run-record.ts';

/** What a sweep asks its supervisor to run. */
export interface SupervisedCommand {
  readonly folder: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The texts to redact in the output, the longest first. */
  readonly secrets: readonly string[];
  readonly record: Pick<RunRecord, 'values' | 'fingerprint' | 'attempt' | 'started'>;
}

/** What a sweep sends: the command, then the signals to pass on. */
export type SupervisorMessage = SupervisedCommand | { readonly signal: NodeJS.Signals };

/** What a supervisor answers if it could not start the command or record its end. */
export interface SupervisorFailure {
  readonly failure: string;
}

let child: ChildCommand | undefined;
let stopSignal: NodeJS.Signals | undefined;

function pass(signal: NodeJS.Signals): void {
  if (STOP_SIGNALS.includes(signal)) stopSignal ??= signal;
  child?.kill(signal);
}

async function supervise({ folder, command, cwd, env, secrets, record }: SupervisedCommand): Promise<void> {
  const path = join(folder, RECORD);
  if (!claimRun(folder)) return;
  try {
    // The supervisor of a sweep that was killed may start late: after that of the next sweep.
    const last = readRecord(folder);
    if (last !== undefined && last.attempt >= record.attempt) return;
    const begun = { ...record, host: hostname(), pid: process.pid };
    writeJson(path, { state: 'running', ...begun } satisfies RunRecord);
    const logs = new LogFiles(folder, secrets);
    const ended = await execute(logs, { command, cwd, env }).catch(notStarted);
    writeJson(path, { ...begun, ...ended, ended: new Date().toISOString() } satisfies RunRecord);
  } finally {
    releaseRun(folder);
  }
}

async function execute(
  logs: LogFiles,
  { command: [program = '', ...args], cwd, env }: Pick<SupervisedCommand, 'command' | 'cwd' | 'env'>,
): Promise<Pick<RunRecord, 'state' | 'exitCode' | 'error'>> {
  child = new ChildCommand(program, args, { cwd, env, stdio: [...logs.stdio], detached: true });
  logs.follow(child.process);
  // A signal that comes while its last output is read did not stop it.
  let wasStopped = false;
  child.process.once('exit', () => {
    wasStopped = stopSignal !== undefined;
  });
  // A signal that came before the command was started stops it, too.
  if (stopSignal !== undefined) child.kill(stopSignal);
  const { code, error } = await child.exit;
  logs.close();
  const exitCode = code === 0 && logs.isIncomplete ? EXIT.io : code;
  const state = wasStopped ? 'stopped' : exitCode === 0 ? 'done' : 'failed';
  return { state, exitCode, ...(error !== undefined && { error }) };
}

/** The system refused the command, as one with too many variables. */
function notStarted(error: unknown): Pick<RunRecord, 'state' | 'exitCode' | 'error'> {
  return { state: 'failed', exitCode: EXIT.notExecutable, error: messageOf(error) };
}

function messageOf(error: unknown): string {
  return (error as Error).message;
}

for (const signal of SIGNALS) process.on(signal, () => pass(signal));
const leave = (): void => process.exit();
const fail = (error: unknown): void => {
  const failed = (): void => process.exit(1);
  const report: SupervisorFailure = { failure: messageOf(error) };
  // The callback is called with an error if the sweep was killed.
  process.send?.(report, failed);
};
// Without a command there is nothing to wait for.
process.once('disconnect', leave);
process.on('message', (message: SupervisorMessage) => {
  if ('signal' in message) return pass(message.signal);
  process.off('disconnect', leave);
  supervise(message).then(leave, fail);
});
