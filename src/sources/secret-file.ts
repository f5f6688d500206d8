import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Origin } from '../layer.ts';
import { readTextFile } from './text-file.ts';

/** The warning of an empty variable for a secret's file: the name of the file was probably meant to be in it. */
export function namesNoFile(key: Key, origin: Origin): Issue {
  const message = `is not read from a file, because ${origin.name} is empty`;
  const suggestion = `Write the path of the file into ${origin.name}, or remove the variable.`;
  return { code: 'INVALID_VALUE', key, message, suggestion, origin };
}

/** The value of a mounted secret, without one newline at its end. A problem does not quote the path: it may be the secret. */
export function readSecret(path: string): { readonly text: string } | { readonly problem: string } {
  const file = readTextFile(path);
  if ('text' in file) return { text: file.text.replace(/\r?\n$/, '') };
  switch (file.kind) {
    case 'missing':
      return { problem: 'must name a file that exists' };
    case 'folder':
      return { problem: 'must name a file, not a folder' };
    case 'special':
      return { problem: 'must name a regular file' };
    case 'large':
      return { problem: 'must name a file of at most 1 MiB' };
    case 'encoding':
      return { problem: 'must name a file of UTF-8 text' };
    case 'system':
      return { problem: `must name a file that can be read (${file.code})` };
  }
}
