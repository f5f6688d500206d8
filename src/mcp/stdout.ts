import { Writable } from 'node:stream';

/**
 * Reserves standard output for the protocol: returns the only stream that writes to it. Everything else that the process
 * prints, such as the `console.log` of a definition, goes to standard error.
 */
export function claimStdout(): Writable {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => void write(chunk, () => done()),
  });
}
