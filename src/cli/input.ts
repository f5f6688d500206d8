import { isUtf8 } from 'node:buffer';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { InterruptedError } from './command-errors.ts';
import { UsageError } from './usage-error.ts';

/** A value from standard input has at most this many bytes, as one from a file. */
const MOST_INPUT = 2 ** 20;

/** The whole text of an input. */
export async function readAll(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MOST_INPUT) throw new UsageError('standard input has more than 1 MiB');
    chunks.push(bytes);
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw new UsageError('standard input is not UTF-8 text');
  return bytes.toString('utf8');
}

/** Asks the person at the terminal on stderr; throws `Interrupted` at Ctrl-C, and at the end of the input. */
export function ask(question: string): Promise<string> {
  return readLine(question, process.stderr);
}

/** The same without showing what is typed. */
export async function readHidden(question: string): Promise<string> {
  process.stderr.write(question);
  try {
    return await readLine('', new Writable({ write: (_chunk, _encoding, done) => done() }));
  } finally {
    process.stderr.write('\n');
  }
}

function readLine(question: string, output: NodeJS.WritableStream): Promise<string> {
  const readline = createInterface({ input: process.stdin, output, terminal: true });
  return new Promise<string>((resolve, reject) => {
    const interrupted = (): void => reject(new InterruptedError());
    readline.once('SIGINT', interrupted);
    readline.once('close', interrupted);
    readline.question(question, resolve);
  }).finally(() => readline.close());
}
