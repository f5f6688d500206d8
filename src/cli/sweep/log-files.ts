import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { RedactedStream } from '../../secret-texts.ts';

const NAMES = ['stdout.log', 'stderr.log'] as const;

/** The files with the output of a run. A run that is started again appends to them. */
export class LogFiles {
  readonly #descriptors: readonly number[];
  readonly #secrets: readonly string[];
  #outputs: readonly Readable[] = [];

  /** `secrets`: the texts to redact, the longest first. */
  constructor(folder: string, secrets: readonly string[]) {
    this.#descriptors = NAMES.map((name) => openSync(join(folder, name), 'a'));
    this.#secrets = secrets;
  }

  /** Where a command writes: into the files, or to us if something may have to be redacted. */
  get stdio(): readonly ('ignore' | 'pipe' | number)[] {
    return ['ignore', ...this.#descriptors.map((descriptor) => (this.#secrets.length === 0 ? descriptor : 'pipe'))];
  }

  /** Redacts the output of a command that was started with `stdio`. */
  follow({ stdout, stderr }: ChildProcess): void {
    this.#outputs = [stdout, stderr].filter((output) => output !== null);
    for (const [i, output] of this.#outputs.entries()) copy(output, this.#descriptors[i] ?? -1, this.#secrets);
  }

  close(): void {
    // A process in the background may write until later.
    for (const output of this.#outputs) output.destroy();
    for (const descriptor of this.#descriptors) closeSync(descriptor);
  }
}

function copy(output: Readable, descriptor: number, secrets: readonly string[]): void {
  const decoder = new StringDecoder('utf8');
  const redacted = new RedactedStream(secrets);
  output.on('data', (chunk: Buffer) => writeSync(descriptor, redacted.push(decoder.write(chunk))));
  output.on('end', () => writeSync(descriptor, redacted.push(decoder.end()) + redacted.end()));
}
