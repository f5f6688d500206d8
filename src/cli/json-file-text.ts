import { renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { isDeeper } from '../json/depth.ts';
import { parseBoundedJson } from '../words/bounded-json.ts';
import { readTextIfThere } from './text-file.ts';

/** JSON that varve wrote is not nested as deep, in levels. */
const DEEPEST = 600;

/** The parsed text of a JSON file; `undefined` if there is no such file, or if its text is not JSON that varve wrote. */
export function readJson(path: string): unknown {
  try {
    const text = readTextIfThere(path);
    const value: unknown = text === undefined ? undefined : parseBoundedJson(text);
    return isDeeper(value, DEEPEST) ? undefined : value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces a JSON file, also a link, by renaming, so that it has the old text or the new one, also on a full disk. */
export function writeJson(path: string, value: unknown, mode?: number): void {
  const part = `${path}.${process.pid}.part`;
  try {
    writeNewFile(part, `${JSON.stringify(value, null, 2)}\n`, mode);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true, recursive: true });
    throw error;
  }
}

/** Writes a file that is new: an older one with its name, which may be a link, is removed. */
export function writeNewFile(path: string, text: string, mode?: number): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  writeFileSync(path, text, { flag: 'wx', ...(mode !== undefined && { mode }) });
}
