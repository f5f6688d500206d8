import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { RedactedStream } from '../../secret-texts.ts';

const NAMES = ['stdout.log', 'stderr.log'] as const;

/** A link or a pipe at the name of a log is refused, without waiting for a reader. Windows has neither flag. */
const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const FLAGS = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK;

/** The files with the output of a run. A run that is started again appends to them. */
export class LogFiles {
  readonly #descriptors: readonly number[];
  readonly #secrets: readonly string[];
  #outputs: readonly RedactedOutput[] = [];

  /** `secrets`: the texts to redact, the longest first. */
  constructor(folder: string, secrets: readonly string[]) {
    this.#descriptors = NAMES.map((name) => openLog(join(folder, name)));
    this.#secrets = secrets;
  }

  /** Where a command writes: into the files, or to us if something may have to be redacted. */
  get stdio(): readonly ('ignore' | 'pipe' | number)[] {
    return ['ignore', ...this.#descriptors.map((descriptor) => (this.#secrets.length === 0 ? descriptor : 'pipe'))];
  }

  /** Redacts the output of a command that was started with `stdio`. */
  follow({ stdout, stderr }: ChildProcess): void {
    const outputs = [stdout, stderr];
    this.#outputs = this.#descriptors.flatMap((descriptor, i) => {
      const output = outputs[i];
      return output ? [new RedactedOutput(output, descriptor, this.#secrets)] : [];
    });
  }

  /** Whether output was lost, as on a full disk. */
  get isIncomplete(): boolean {
    return this.#outputs.some(({ isLost }) => isLost);
  }

  close(): void {
    // A process in the background may write until later.
    for (const output of this.#outputs) output.close();
    for (const descriptor of this.#descriptors) closeSync(descriptor);
  }
}

function openLog(path: string): number {
  try {
    const descriptor = openSync(path, FLAGS, 0o666);
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ELOOP' && code !== 'ENXIO' && code !== 'EISDIR') throw error;
  }
  throw new Error(`${path} is not a regular file`);
}

/** Writes the output of a command without its secrets. All other bytes stay as they are, also where they are not text. */
class RedactedOutput {
  isLost = false;
  readonly #output: Readable;
  readonly #descriptor: number;
  readonly #redacted: RedactedStream;

  constructor(output: Readable, descriptor: number, secrets: readonly string[]) {
    this.#output = output;
    this.#descriptor = descriptor;
    // One character for each byte.
    this.#redacted = new RedactedStream(secrets.map((secret) => Buffer.from(secret).toString('latin1')));
    output.on('data', (chunk: Buffer) => this.#write(this.#redacted.push(chunk.toString('latin1'))));
  }

  /** Writes what has waited for more output. */
  close(): void {
    this.#write(this.#redacted.end());
    this.#output.destroy();
  }

  #write(text: string): void {
    try {
      // Unlike `writeSync`, it writes the rest after a part.
      writeFileSync(this.#descriptor, text, 'latin1');
    } catch {
      // The command finds its output closed, as it finds a full disk where it writes by itself.
      this.isLost = true;
      this.#output.destroy();
    }
  }
}
