import { fstatSync, writeSync } from 'node:fs';
import { EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** The environment, folder and streams of this process. A stream is made when it is first used, as most commands do not use all three. */
export function processTerminal(): Terminal {
  let stdout: Terminal['stdout'] | undefined;
  return {
    env: process.env,
    cwd: currentFolder(),
    get stdout() {
      stdout ??= canWriteDirectly() ? new DirectOutput() : withoutPipeErrors(process.stdout);
      return stdout;
    },
    get stderr() {
      return withoutPipeErrors(process.stderr);
    },
    get stdin() {
      return process.stdin;
    },
    program: [process.execPath, ...process.argv.slice(1, 2)],
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.stderr.write('varve: the current folder does not exist any more\n');
    process.exit(EXIT.io);
  }
}

const STDOUT = 1;
const STDERR = 2;

/** A file, pipe or socket, which the stream of Node.js would write synchronously too. Windows is left to the stream. */
function canWriteDirectly(): boolean {
  return process.platform !== 'win32' && !fstatSync(STDOUT).isCharacterDevice();
}

/** Writes to stdout without the stream of Node.js, which takes a tenth of `varve get` to load. */
class DirectOutput {
  #stream: NodeJS.WriteStream | undefined;

  write(text: string): void {
    const rest = this.#stream ? text : restAfterWrite(Buffer.from(text));
    if (rest.length === 0) return;
    this.#stream ??= withoutPipeErrors(process.stdout);
    this.#stream.write(rest);
  }
}

/** What is left to the stream, which waits for a full pipe and knows what to do about a closed one. */
function restAfterWrite(bytes: Buffer): Buffer {
  try {
    return bytes.subarray(writeSync(STDOUT, bytes));
  } catch {
    return bytes;
  }
}

/** `varve list | head` closes the pipe before everything is written: the rest has no reader, and the answer stays what it is. */
function withoutPipeErrors(output: NodeJS.WriteStream): NodeJS.WriteStream {
  if (output.listenerCount('error') > 0) return output;
  return output.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') exitWithoutOutput(message);
  });
}

/** The disk of a redirected output is full. */
function exitWithoutOutput(why: string): never {
  try {
    writeSync(STDERR, `varve: the output cannot be written: ${why}\n`);
  } catch {
    // It is stderr that cannot be written.
  }
  process.exit(EXIT.io);
}
