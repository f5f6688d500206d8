import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Redactor } from '../../index.ts';

const NAMES = ['stdout.log', 'stderr.log'] as const;

/** The files with the output of a run. A run that is started again appends to them. */
export class LogFiles {
  readonly #descriptors: readonly number[];
  readonly #redact: Redactor;
  #outputs: readonly Readable[] = [];

  constructor(folder: string, redact: Redactor) {
    this.#descriptors = NAMES.map((name) => openSync(join(folder, name), 'a'));
    this.#redact = redact;
  }

  /** Where a command writes: into the files, or to us if something may have to be redacted. */
  get stdio(): readonly ('ignore' | 'pipe' | number)[] {
    return ['ignore', ...this.#descriptors.map((descriptor) => (this.#redact.isEmpty ? descriptor : 'pipe'))];
  }

  /** Redacts the output of a command that was started with `stdio`. */
  follow({ stdout, stderr }: ChildProcess): void {
    this.#outputs = [stdout, stderr].filter((output) => output !== null);
    for (const [i, output] of this.#outputs.entries()) copy(output, this.#descriptors[i] ?? -1, this.#redact);
  }

  close(): void {
    // A process in the background may write until later.
    for (const output of this.#outputs) output.destroy();
    for (const descriptor of this.#descriptors) closeSync(descriptor);
  }
}

function copy(output: Readable, descriptor: number, redact: Redactor): void {
  const decoder = new StringDecoder('utf8');
  let waiting = '';
  output.on('data', (chunk: Buffer) => {
    const text = waiting + decoder.write(chunk);
    // The end may be the beginning of a secret, and its rest comes with the next chunk.
    const held = redact.incompleteLength(text);
    waiting = text.slice(text.length - held);
    writeSync(descriptor, redact(text.slice(0, text.length - held)));
  });
  output.on('end', () => writeSync(descriptor, redact(waiting + decoder.end())));
}
