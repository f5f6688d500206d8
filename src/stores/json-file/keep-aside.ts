import { closeSync, constants, fsyncSync, openSync, readSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from './durable.ts';
import { problem, systemCode } from './file-errors.ts';
import { openFile } from './read-file.ts';
import { removeIfThere } from './temporary.ts';

const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const PIECE_BYTES = 1 << 16;

/** Copies the bytes of the file, valid or not, to `TARGET.<word>-<time>`, synced and with mode 0600. */
export function keepCopy(target: string, name: string, word: 'invalid' | 'before'): string {
  const from = openFile(target, name);
  if (from === undefined) throw problem(name, 'UNAVAILABLE', 'there is no file to keep a copy of');
  try {
    const { path, fd } = createCopy(`${target}.${word}-${new Date().toISOString().replaceAll(/[-:]/g, '')}`);
    try {
      copyAll(from.fd, fd);
      fsyncSync(fd);
    } catch (error) {
      removeIfThere(path);
      throw error;
    } finally {
      closeSync(fd);
    }
    syncFolder(dirname(path));
    return path;
  } finally {
    closeSync(from.fd);
  }
}

function createCopy(wanted: string): { readonly path: string; readonly fd: number } {
  for (let number = 1; ; number += 1) {
    const path = number === 1 ? wanted : `${wanted}-${number}`;
    try {
      return { path, fd: openSync(path, CREATE_FLAGS, 0o600) };
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

function copyAll(from: number, to: number): void {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let count = readSync(from, piece); count > 0; count = readSync(from, piece))
    writeFileSync(to, piece.subarray(0, count));
}
