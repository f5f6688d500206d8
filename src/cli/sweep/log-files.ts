import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Redaction } from './redaction.ts';

const NAMES = ['stdout.log', 'stderr.log'] as const;

/** The files with the output of a run. A run that is started again appends to them. */
export class LogFiles {
  readonly #descriptors: readonly number[];
  readonly #redaction: Redaction;
  #outputs: readonly Readable[] = [];

  constructor(folder: string, redaction: Redaction) {
    this.#descriptors = NAMES.map((name) => openSync(join(folder, name), 'a'));
    this.#redaction = redaction;
  }

  /** Where a command writes: into the files, or to us if something may have to be redacted. */
  get stdio(): readonly ('ignore' | 'pipe' | number)[] {
    return ['ignore', ...this.#descriptors.map((descriptor) => (this.#redaction.isNeeded ? 'pipe' : descriptor))];
  }

  /** Redacts the output of a command that was started with `stdio`. */
  follow({ stdout, stderr }: ChildProcess): void {
    this.#outputs = [stdout, stderr].filter((output) => output !== null);
    for (const [i, output] of this.#outputs.entries()) copy(output, this.#descriptors[i] ?? -1, this.#redaction);
  }

  close(): void {
    // A process in the background may write until later.
    for (const output of this.#outputs) output.destroy();
    for (const descriptor of this.#descriptors) closeSync(descriptor);
  }
}

function copy(output: Readable, descriptor: number, redaction: Redaction): void {
  const decoder = new StringDecoder('utf8');
  let waiting = '';
  output.on('data', (chunk: Buffer) => {
    const text = waiting + decoder.write(chunk);
    // The end may be the beginning of a secret, and its rest comes with the next chunk.
    const held = redaction.heldBack(text);
    waiting = text.slice(text.length - held);
    writeSync(descriptor, redaction.redact(text.slice(0, text.length - held)));
  });
  output.on('end', () => writeSync(descriptor, redaction.redact(waiting + decoder.end())));
}
