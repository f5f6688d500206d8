import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A script of `test/faults/children`, started with arguments as JSON. */
export interface Child {
  readonly process: ChildProcess;
  /** Every line that it wrote, as it comes. */
  readonly lines: readonly string[];
  /** Its next line that has not been waited for. */
  line(): Promise<string>;
  /** Its end: what it exited with, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** How a child is run: as another user, under `prlimit`, with another library loaded before. */
export interface Start extends SpawnOptions {
  /** A command that runs it, in place of Node alone. */
  readonly under?: readonly string[];
}

export function startChild(script: string, args: unknown, { under = [], ...options }: Start = {}): Child {
  const path = fileURLToPath(new URL(`../children/${script}`, import.meta.url));
  const [command = process.execPath, ...rest] = [...under, process.execPath, path, JSON.stringify(args)];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  const lines: string[] = [];
  let taken = 0;
  const more = new EventTarget();
  if (child.stdout)
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      more.dispatchEvent(new Event('line'));
    });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  onTestFinished(() => void child.kill('SIGKILL'));
  const line = async (): Promise<string> => {
    const ending = ended.then((how) => {
      throw new Error(`${script} ended with ${how} before it wrote a line`);
    });
    ending.catch(() => undefined);
    while (lines.length === taken) await Promise.race([once(more, 'line'), ending]);
    taken += 1;
    return lines[taken - 1] ?? '';
  };
  return { process: child, lines, line, ended };
}

/** What `children/write.mjs` says of its write. */
export interface Outcome {
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly warning?: string;
  readonly cause?: string;
}

/** What `children/write.mjs` writes. */
export interface Writing {
  /** Of the compiled store. */
  readonly url: string;
  readonly path: string;
  readonly text: string;
  /** How many times the text is repeated: arguments may not be long. */
  readonly times?: number;
  readonly options?: object;
  /** The mode that the file gets after it was read. */
  readonly mode?: number;
}

/** Writes to the file in a process of its own. */
export async function writeInChild(args: Writing, start?: Start): Promise<Outcome> {
  const child = startChild('write.mjs', args, start);
  return JSON.parse(await child.line());
}
