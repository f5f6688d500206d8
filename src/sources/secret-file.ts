import { readTextFile } from './text-file.ts';

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
