import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Context, EXIT, printJson } from './command.ts';
import { readTextIfThere } from './text-file.ts';
import { UsageError } from './usage-error.ts';

/** Where a document is written or checked. */
export interface DocumentOptions {
  /** Into this file instead of stdout. */
  readonly output: string | undefined;
  /** The file to compare instead of writing. Empty: the file of `output`. */
  readonly check: string | undefined;
  /** Whether a file holds the same document, though its text may differ; without it, the texts are compared. */
  readonly isSame?: (there: string, text: string) => boolean;
}

/** Prints a document, writes it into a file, or checks whether a file is up to date. */
export function deliverDocument(context: Context, text: string, options: DocumentOptions): number {
  const { output, check } = options;
  if (check !== undefined) return checkDocument(context, text, { ...options, check: check === '' ? output : check });
  if (output === undefined) {
    if (context.json) printJson(context, { text });
    else context.printRaw(text.replace(/\n$/, ''));
    return EXIT.ok;
  }
  const path = resolve(context.terminal.cwd, output);
  const isCurrent = isDocument(path, text, options);
  if (!isCurrent) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  if (context.json) printJson(context, { path: output, written: !isCurrent });
  else context.print(isCurrent ? `${output} is up to date` : `wrote ${output}`);
  return EXIT.ok;
}

function checkDocument(context: Context, text: string, options: DocumentOptions): number {
  const { check: name } = options;
  if (name === undefined) throw new UsageError('--check needs a file', 'Write: --check FILE');
  const path = resolve(context.terminal.cwd, name);
  const ok = isDocument(path, text, options);
  if (context.json) printJson(context, { path: name, ok, exists: existsSync(path) });
  else if (ok) context.print(`${name} is up to date`);
  else
    context.note(`varve: ${name} ${existsSync(path) ? 'is stale' : 'does not exist'}. Write it anew with -o ${name}`);
  return ok ? EXIT.ok : EXIT.no;
}

function isDocument(path: string, text: string, { isSame }: DocumentOptions): boolean {
  const there = readTextIfThere(path);
  return there !== undefined && (there === text || isSame?.(there, text) === true);
}
