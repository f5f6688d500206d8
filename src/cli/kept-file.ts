import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * What an earlier start kept in a file, for this key. Of damaged bytes, the engine may crash or never end. So they are kept twice,
 * and compared: the checksums of Node.js come with its streams, which take longer to load.
 */
export function readKept(file: string, key: string): Buffer | undefined {
  try {
    // Node.js would wait for a pipe, and read a device without end.
    if (!statSync(file).isFile()) return undefined;
    const bytes = readFileSync(file);
    const start = bytes.indexOf('\n') + 1;
    const middle = (start + bytes.length) / 2;
    const data = bytes.subarray(start, middle);
    return bytes.toString('utf8', 0, start - 1) === key && data.equals(bytes.subarray(middle)) ? data : undefined;
  } catch {
    // There is none yet, or this user cannot read it.
    return undefined;
  }
}

/** Keeps bytes for the next start. */
export function writeKept(file: string, key: string, data: Buffer): void {
  const temporary = `${file}.${process.pid}`;
  try {
    // The start after a power cut compares what is left of it, so this write does not wait for the disk.
    writeFileSync(temporary, Buffer.concat([Buffer.from(`${key}\n`), data, data]), { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    // A full disk, or a folder that became read-only: the next start does the work again.
    rmSync(temporary, { force: true });
  }
}

/** Makes a folder that only this user can read. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // Another start made it, or this user can only read the folder above.
  }
}
