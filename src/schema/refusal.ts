import type { Issue } from '../errors.ts';
import { MAX_DEPTH } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Entry } from '../layer.ts';
import { didYouMean } from '../near-names.ts';
import { dashed, flagOf } from './flag-name.ts';
import type { Setting } from './setting.ts';
import { readsFile, variableOf } from './setting.ts';

/** The issue of a value that is refused; it shows the value, unless the setting is sensitive. */
export function refusal(
  key: Key,
  problem: string,
  { entry, setting }: { readonly entry?: Partial<Entry>; readonly setting?: Setting | undefined },
): Issue {
  const written = entry?.raw ?? entry?.written ?? entry?.value;
  const got = written === undefined || setting?.sensitive ? '' : `, got ${shownValue(written)}`;
  const frame = setting?.sensitive ? undefined : entry?.frame;
  const suggestion = setting && (nearestOption(setting, written) ?? listRemedy(setting, entry));
  return {
    code: 'INVALID_VALUE',
    key,
    message: problem + got,
    ...(entry?.origin && { origin: entry.origin }),
    ...(suggestion !== undefined && { suggestion }),
    ...(frame !== undefined && { frame }),
  };
}

/** The issue of a required setting that no layer gives; it names what would. */
export function missingIssue(setting: Setting, { prefix }: { readonly prefix?: string }): Issue {
  return {
    code: 'INVALID_VALUE',
    key: setting.key,
    message: 'is required, and no layer gives it',
    suggestion: `Set ${waysToSet(setting, variableOf(setting, prefix))}.`,
  };
}

/** Other users see flags, and files are committed: a sensitive setting with a variable is set by the variable. */
function waysToSet(setting: Setting, variable: string | undefined): string {
  if (setting.sensitive && variable !== undefined) {
    return readsFile(setting) ? `${variable}, or ${variable}_FILE to a file that holds it` : variable;
  }
  const flag = flagOf(setting);
  const ways = [variable, flag === undefined ? undefined : dashed(flag), `"${setting.key}" in the file`];
  return ways.filter((way) => way !== undefined).join(' or ');
}

function nearestOption({ format, sensitive }: Setting, written: unknown): string | undefined {
  if (!format.options || sensitive || typeof written !== 'string' || written === '') return undefined;
  return didYouMean(
    written,
    format.options.map(String).filter((option) => option !== ''),
  );
}

/** For one text of a list whose elements are separated by something else than commas. */
function listRemedy({ isList, sensitive }: Setting, entry: Partial<Entry> = {}): string | undefined {
  const { raw = entry.written, parts, members } = entry;
  const isOneText = isList && !sensitive && !parts && !members && typeof raw === 'string';
  const text = isOneText ? raw.trim() : '';
  return /^[^[].*[\s;]/s.test(text) && !text.includes(',') ? 'Separate the elements by commas.' : undefined;
}

/** How much of a value a message shows, in characters. */
const MOST_SHOWN = 80;

/** A value as messages show it: JSON, cut where it is long. */
export function shownValue(value: unknown): string {
  const text = typeof value === 'object' && !(value instanceof RegExp) ? asJson(value) : scalar(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** A program may give an object that has itself in it, or something that JSON can't hold. */
function asJson(value: object | null): string {
  let left = MOST_SHOWN;
  try {
    // A few members suffice: an object whose parts are shared may have more than can be counted.
    return JSON.stringify(value, (_, member: unknown) => (left-- > 0 ? member : undefined)) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Why a part of a definition is refused that contains itself, or is nested too deeply. */
export function depthProblem(isInside: boolean): string {
  return isInside ? 'must not contain itself' : `must not be nested deeper than ${MAX_DEPTH} levels`;
}
