import { isDeepStrictEqual } from 'node:util';
import type { Definition } from '../index.ts';
import { jsonSchema } from '../tools.ts';
import { parseBoundedJson } from '../words/bounded-json.ts';
import { printableJson } from '../words/terminal-text.ts';
import { readTextIfThere } from './text-file.ts';

/** The JSON Schema of a definition as a document. */
export function schemaText(definition: Definition): string {
  return `${printableJson(JSON.stringify(jsonSchema(definition), null, 2))}\n`;
}

/** Whether a document holds the same schema; editors and formatters may have laid it out anew. */
export function isSameSchema(there: string, text: string): boolean {
  try {
    return isDeepStrictEqual(parseBoundedJson(there), JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The local schema that a file of settings names in its member `$schema`, relative to the file. */
export function namedSchema(path: string): string | undefined {
  const named = /"\$schema"\s*:\s*"([^"]+)"/.exec(readTextIfThere(path) ?? '')?.[1];
  return named === undefined || /^[a-z]+:/i.test(named) || named.startsWith('#') ? undefined : named;
}
