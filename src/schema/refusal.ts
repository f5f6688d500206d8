import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Entry } from '../layer.ts';
import type { Schema, Setting } from './leaf.ts';
import { dashed, flagOf, variableOf } from './names.ts';

/** The issue of a value that is refused; it shows the value, unless the setting is sensitive. */
export function refusal(
  key: Key,
  problem: string,
  { entry, leaf }: { readonly entry?: Partial<Entry>; readonly leaf?: Setting | undefined },
): Issue {
  const written = entry?.raw ?? entry?.written ?? entry?.value;
  const got = written === undefined || leaf?.sensitive ? '' : `, got ${shown(written)}`;
  const frame = leaf?.sensitive ? undefined : entry?.frame;
  return {
    code: 'INVALID_VALUE',
    key,
    message: problem + got,
    ...(entry?.origin && { origin: entry.origin }),
    ...(frame !== undefined && { frame }),
  };
}

/** The issue of a required setting that no layer gives; it names the variable and the flag that would. */
export function missing(leaf: Setting, { prefix }: Schema): Issue {
  const flag = flagOf(leaf);
  const ways = [variableOf(leaf, prefix), flag === undefined ? undefined : dashed(flag)].filter(
    (way) => way !== undefined,
  );
  return {
    code: 'INVALID_VALUE',
    key: leaf.key,
    message: 'is required, and no layer gives it',
    suggestion: `Set ${[...ways, `"${leaf.key}" in the file`].join(' or ')}.`,
  };
}

/** How much of a value a message shows, in characters. */
const MOST_SHOWN = 80;

/** A value as messages show it: JSON, cut where it is long. */
export function shown(value: unknown): string {
  const text = typeof value === 'object' && !(value instanceof RegExp) ? asJson(value) : scalar(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** A program may give an object that has itself in it, or something that JSON can't hold. */
function asJson(value: object | null): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
