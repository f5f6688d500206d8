import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { InterruptedError } from './command-errors.ts';

/** Everything that stands on an input. */
export async function readAll(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** Asks the person at the terminal on stderr; throws `Interrupted` at Ctrl-C, and at the end of the input. */
export function ask(question: string): Promise<string> {
  return asked(question, process.stderr);
}

/** The same without showing what is typed. */
export async function readHidden(question: string): Promise<string> {
  process.stderr.write(question);
  try {
    return await asked('', new Writable({ write: (_chunk, _encoding, done) => done() }));
  } finally {
    process.stderr.write('\n');
  }
}

function asked(question: string, output: NodeJS.WritableStream): Promise<string> {
  const readline = createInterface({ input: process.stdin, output, terminal: true });
  return new Promise<string>((resolve, reject) => {
    const interrupted = (): void => reject(new InterruptedError());
    readline.once('SIGINT', interrupted);
    readline.once('close', interrupted);
    readline.question(question, resolve);
  }).finally(() => readline.close());
}
