import { JsonSyntaxError, parseJson, toValue } from '../json/parse.ts';
import { hasReservedName, RESERVED_NAME } from '../json/value.ts';

/** A typed value, or what the text should have been: a clause that begins with "must". */
export type Decoded = { readonly value: unknown } | { readonly problem: string };

export const INEXACT = 'must be within ±(2^53-1), or it could not be held exactly';

/** The value of a strict JSON text, all of whose numbers can be held exactly. What is said of a mistake quotes nothing. */
export function decodeJson(text: string): Decoded {
  try {
    const { root, unsafe, duplicates } = parseJson(text, { comments: false });
    if (!root) return { problem: 'must be a JSON value' };
    if (unsafe.length > 0) return { problem: 'must have numbers that can be held exactly: at most ±(2^53-1)' };
    if (duplicates.length > 0) return { problem: 'must not have two members of the same name' };
    const value = toValue(root);
    return hasReservedName(value) ? { problem: `must not have a member called ${RESERVED_NAME}` } : { value };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { problem: `must be valid JSON: ${error.message}, at character ${error.offset + 1}` };
  }
}
