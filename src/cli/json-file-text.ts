import { renameSync, writeFileSync } from 'node:fs';
import { readTextIfThere } from './text-file.ts';

/** The parsed text of a JSON file; `undefined` if there is no such file, or if its text is not JSON. */
export function readJson(path: string): unknown {
  try {
    const text = readTextIfThere(path);
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces a JSON file by renaming, so that a reader finds the old text or the new one. */
export function writeJson(path: string, value: unknown): void {
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(part, path);
}
