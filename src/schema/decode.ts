import { isInexactNumber } from '../json/inexact-number.ts';
import { JsonSyntaxError } from '../json/parse.ts';
import { readJson } from '../json/read.ts';
import { hasReservedName, RESERVED_NAME } from '../json/value.ts';
import type { Entry } from '../layer.ts';
import { formatProblem, INEXACT } from './format-check.ts';
import type { Setting } from './setting.ts';

/** A typed value, or what the text should have been: a clause that begins with "must". */
export type DecodeResult = { readonly value: unknown } | { readonly problem: string };

/** A longer text is not a number anybody means, and the patterns below would take long to refuse it. */
const LONGEST_NUMBER = 400;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const INTEGER = /^[+-]?\d+$/;
const ZERO = /^[+-]?[0.]+(?:e|$)/i;
const NAMED_PIPE = '\\\\.\\pipe\\';
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

/**
 * The value of a text by the format of a setting; the only place where text becomes typed. Never guesses, rounds or cuts.
 * `elementsBefore` counts the elements that a list has already, for messages.
 */
export function decode(setting: Setting, text: string, elementsBefore = 0): DecodeResult {
  if (text === 'null' && setting.nullable && !takesEveryText(setting)) return { value: null };
  const { format } = setting;
  switch (format.text) {
    case 'string':
    case 'quantity':
      return { value: text };
    case 'number':
      return decodeNumber(text);
    case 'integer':
      return decodeInteger(text);
    case 'boolean':
      return decodeBoolean(text);
    case 'array':
      return decodeArray(text, setting, elementsBefore);
    case 'object':
      return decodeObject(text);
    case 'regexp':
      return decodeRegExp(text);
    case 'option':
      return decodeOption(text, setting);
    case 'port or pipe':
      return text.includes(NAMED_PIPE) ? { value: text } : decodeInteger(text);
    case 'coerced':
      return coerced(text, setting);
    case 'open':
      return decodeOpen(text, setting);
  }
}

/** The value that the text of one member of an `Object` means: of the type of `sample` where there is one, else the text. */
export function decodeMember(text: string, sample: unknown): DecodeResult {
  switch (typeof sample) {
    case 'number':
      return decodeNumber(text);
    case 'boolean':
      return decodeBoolean(text);
    case 'object':
      if (sample === null || sample instanceof RegExp) return { value: text };
      return Array.isArray(sample) ? decodeList(text, 0, (part) => decodeElement(part, sample)) : decodeObject(text);
    default:
      return { value: text };
  }
}

/** Whether an entry is an empty text, for a setting that has no empty value. */
export function hasNoValue(setting: Setting, { raw, value, problem, parts, members }: Entry): boolean {
  if (raw !== '' || value !== undefined || problem !== undefined || parts || members) return false;
  return !takesEmptyText(setting);
}

/** Whether the empty text is a value of the setting. Elsewhere, and for a required string, an empty variable has no value. */
export function takesEmptyText(setting: Setting): boolean {
  const { text, options } = setting.format;
  if (setting.isList) return true;
  if (options) return options.includes('');
  if (setting.required || (text !== 'coerced' && !takesEveryText(setting))) return false;
  const decoded = decode(setting, '');
  return 'value' in decoded && formatAccepts(setting, decoded.value);
}

/** Whether text stays as it is: every text is a value then, `null` too. */
function takesEveryText({ format, node }: Setting): boolean {
  return format.text === 'string' || (format.text === 'open' && typeof node.default === 'string');
}

function decodeNumber(text: string): DecodeResult {
  if (text.length > LONGEST_NUMBER) return { problem: `must be a number of at most ${LONGEST_NUMBER} characters` };
  if (!DECIMAL.test(text)) return { problem: 'must be a number' };
  const value = Number(text);
  if (!Number.isFinite(value)) return { problem: 'must be a finite number' };
  if (value === 0) return ZERO.test(text) ? { value: 0 } : { problem: 'must be 0 or further from 0 than 5e-324' };
  const isRounded = Number.isInteger(value) && isInexactNumber(text.replace(/^[+-]/, ''), Math.abs(value));
  return isRounded ? { problem: INEXACT } : { value };
}

function decodeInteger(text: string): DecodeResult {
  const isInteger = text.length > LONGEST_NUMBER || INTEGER.test(text);
  return isInteger ? decodeNumber(text) : { problem: 'must be an integer' };
}

function decodeBoolean(text: string): DecodeResult {
  const value = BOOLEANS.get(text.toLowerCase());
  return value === undefined ? { problem: 'must be true or false (or 1, 0, yes, no, on, off)' } : { value };
}

function decodeArray(text: string, { items, default: sample }: Setting, before: number): DecodeResult {
  return decodeList(text, before, (part) => (items ? decode(items, part) : decodeElement(part, sample)));
}

function decodeList(text: string, before: number, element: (part: string) => DecodeResult): DecodeResult {
  const trimmed = text.trim();
  if (trimmed === '') return { value: [] };
  if (trimmed.startsWith('[')) return decodeJson(trimmed);
  const value: unknown[] = [];
  for (const [i, part] of trimmed.split(',').entries()) {
    const decoded = element(part.trim());
    if ('problem' in decoded) return { problem: `element ${before + i + 1} ${decoded.problem}` };
    value.push(decoded.value);
  }
  return { value };
}

/** What the text of one element means in a list like `sample`: of the type of its elements, where they have one. */
function decodeElement(text: string, sample: unknown): DecodeResult {
  const [first, ...others] = Array.isArray(sample) ? sample : [];
  if (others.some((other) => typeof other !== typeof first)) return { value: text };
  return Array.isArray(first) && !text.startsWith('[')
    ? { problem: 'must be a list: [[1, 2], [3]]' }
    : decodeMember(text, first);
}

function decodeObject(text: string): DecodeResult {
  const decoded = text.trim().startsWith('{') ? decodeJson(text) : undefined;
  return decoded ?? { problem: 'must be a JSON object' };
}

function decodeRegExp(text: string): DecodeResult {
  try {
    return { value: new RegExp(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: 'must be a regular expression' };
    throw error;
  }
}

function decodeOption(text: string, { format }: Setting): DecodeResult {
  const options = format.options ?? [];
  const value = options.find((option) => option === text) ?? options.find((option) => String(option) === text);
  return value === undefined ? { problem: format.expected ?? 'must be one of the options' } : { value };
}

/** By the format's own `coerce`; what it throws may quote the text. */
function coerced(text: string, { format, sensitive }: Setting): DecodeResult {
  const takes = `must be text that the format ${format.name} takes`;
  try {
    const value = format.coerce?.(text);
    return value === undefined || Number.isNaN(value) ? { problem: takes } : { value };
  } catch (error) {
    return { problem: error instanceof Error && !sensitive ? `${takes}: ${error.message}` : takes };
  }
}

/**
 * The first reading of `text` that the format accepts: by the type of the default, then as JSON, then as it stands.
 * So a number or `"auto"` can both be given as text. Where none is accepted, the format is to say why.
 */
function decodeOpen(text: string, setting: Setting): DecodeResult {
  const byDefault = decodeMember(text, setting.node.default);
  const json = decodeJson(text);
  if ('problem' in json && 'value' in byDefault && byDefault.value === text) return byDefault;
  if ('value' in byDefault ? formatAccepts(setting, byDefault.value) : formatAccepts(setting, ANY_TEXT))
    return byDefault;
  if ('value' in json && formatAccepts(setting, json.value)) return json;
  return 'problem' in byDefault || formatAccepts(setting, text) ? { value: text } : byDefault;
}

/** What no format means to accept: one that does so nevertheless doesn't look at the type, so the default's type decides. */
const ANY_TEXT = '\u0000any text\u0000';

function formatAccepts(setting: Setting, input: unknown): boolean {
  return formatProblem({ setting, input, value: input }) === undefined;
}

/** The value of a strict JSON text, all of whose numbers can be held exactly. The problem of a mistake quotes none of the text. */
export function decodeJson(text: string): DecodeResult {
  try {
    const { value, unsafe, duplicates } = readJson(text, { comments: false });
    if (value === undefined) return { problem: 'must be a JSON value' };
    if (unsafe.length > 0) return { problem: 'must have numbers that can be held exactly: at most ±(2^53-1)' };
    if (duplicates.length > 0) return { problem: 'must not have two members of the same name' };
    return hasReservedName(value) ? { problem: `must not have a member called ${RESERVED_NAME}` } : { value };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { problem: `must be valid JSON: ${error.message}, at character ${error.offset + 1}` };
  }
}
