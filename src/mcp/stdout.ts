import { Writable } from 'node:stream';

/**
 * Keeps standard output for the protocol: returns the only way to write to it, and sends whatever else this process
 * prints, such as the `console.log` of a definition, to standard error.
 */
export function claimStdout(): Writable {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => void write(chunk, () => done()),
  });
}
