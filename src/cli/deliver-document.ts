import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { jsonFile } from '../index.ts';
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
export async function deliverDocument(context: Context, text: string, options: DocumentOptions): Promise<number> {
  const { output, check, isSame } = options;
  if (check !== undefined) {
    const path = check || output;
    if (path === undefined) throw new UsageError('--check needs a file', 'Write: --check FILE');
    return checkDocuments(context, [{ path, text, ...(isSame && { isSame }) }]);
  }
  if (output === undefined) {
    if (context.json) printJson(context, { text });
    else context.printRaw(text.replace(/\n$/, ''));
    return EXIT.ok;
  }
  const path = resolve(context.terminal.cwd, output);
  const isCurrent = isDocument(path, text, options);
  if (!isCurrent) await jsonFile(path, { name: output, inPlace: true }).local?.edit(() => text);
  if (context.json) printJson(context, { path: output, written: !isCurrent });
  else context.print(isCurrent ? `${output} is up to date` : `wrote ${output}`);
  return EXIT.ok;
}

/** A document, and the file that should hold it. */
export interface ExpectedDocument extends Pick<DocumentOptions, 'isSame'> {
  readonly path: string;
  readonly text: string;
}

/** Checks whether files are up to date. */
export function checkDocuments(context: Context, documents: readonly ExpectedDocument[]): number {
  const results = documents.map(({ path: name, text, ...options }) => {
    const path = resolve(context.terminal.cwd, name);
    return { path: name, ok: isDocument(path, text, options), exists: existsSync(path) };
  });
  const ok = results.every((result) => result.ok);
  if (context.json) printJson(context, results.length === 1 ? { ...results[0] } : { ok, files: results });
  else {
    for (const { path, ok: isCurrent, exists } of results) {
      if (isCurrent) context.print(`${path} is up to date`);
      else context.note(`varve: ${path} ${exists ? 'is stale' : 'does not exist'}. Write it anew with -o ${path}`);
    }
  }
  return ok ? EXIT.ok : EXIT.no;
}

function isDocument(path: string, text: string, { isSame }: Pick<DocumentOptions, 'isSame'>): boolean {
  const there = readTextIfThere(path);
  return there !== undefined && (there === text || isSame?.(there, text) === true);
}
