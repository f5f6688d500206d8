import { readTextFile } from '../sources/text-file.ts';
import { UsageError } from './usage-error.ts';

/** A text that a command reads is at most this large, in bytes, as a document of settings. */
const MOST_BYTES = 16 * 2 ** 20;

const PROBLEMS = {
  folder: 'is a folder, not a file',
  special: 'is not a regular file',
  large: 'has more than 16 MiB',
  encoding: 'is not UTF-8 text',
} as const;

/** The text of a file that a command reads; `undefined` if there is none. Throws a `UsageError` for what is not text. */
export function readTextIfThere(path: string): string | undefined {
  const file = readTextFile(path, MOST_BYTES);
  if ('text' in file) return file.text;
  if (file.kind === 'missing') return undefined;
  if (file.kind !== 'system') throw new UsageError(`${path} ${PROBLEMS[file.kind]}`);
  if (file.code === 'ENOTDIR') return undefined;
  throw Object.assign(new Error(file.message), { code: file.code, syscall: 'open', path });
}

/** The text of a file that a command needs. */
export function readText(path: string): string {
  const text = readTextIfThere(path);
  if (text === undefined) throw new UsageError(`${path} does not exist`);
  return text;
}
