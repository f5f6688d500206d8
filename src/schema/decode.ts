import { isPlainObject } from '../json/value.ts';
import { JsonSyntaxError, parseJson, toValue } from '../json/parse.ts';
import type { Format } from './format.ts';
import { formatProblem } from './format-check.ts';
import type { Leaf } from './leaf.ts';

/** A typed value, or what the text should have been: a clause that begins with "must". */
export type Decoded = { readonly value: unknown } | { readonly problem: string };

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INTEGER = /^[+-]?\d+$/;
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

/** The value that `text` means to a setting; the only place where text becomes typed. Never guesses, rounds or cuts. */
export function decode(leaf: Leaf, text: string): Decoded {
  if (text === 'null' && leaf.nullable && !takesEveryText(leaf)) return { value: null };
  return decodeAs(leaf.format, text, leaf);
}

/** The typed value of what stands in a document or was given by a program: text that isn't the setting's type is decoded. */
export function typed(leaf: Leaf, written: unknown): Decoded {
  return typeof written === 'string' && leaf.format.text !== 'string' ? decode(leaf, written) : { value: written };
}

/** The value that the text of one member of an `Object` means: of the type of `sample` where there is one, else the text. */
export function decodeMember(text: string, sample: unknown): Decoded {
  switch (typeof sample) {
    case 'number':
      return decodeNumber(text);
    case 'boolean':
      return decodeBoolean(text);
    case 'object':
      if (sample === null) return { value: text };
      return Array.isArray(sample)
        ? decodeList(text, (part) => decodeMember(part, commonElement(sample)))
        : decodeObject(text);
    default:
      return { value: text };
  }
}

/** Whether the empty text is a value of the setting; elsewhere an empty variable says nothing. */
export function takesEmptyText(leaf: Leaf): boolean {
  const { text } = leaf.format;
  return (
    text === 'array' || text === 'coerced' || takesEveryText(leaf) || (text === 'open' && Array.isArray(leaf.default))
  );
}

/** Whether text stays as it is: every text is a value then, `null` too. */
export function takesEveryText({ format, node }: Leaf): boolean {
  return format.text === 'string' || (format.text === 'open' && typeof node.default === 'string');
}

function decodeAs(format: Format, text: string, leaf: Leaf): Decoded {
  switch (format.text) {
    case 'string':
      return { value: text };
    case 'number':
      return decodeNumber(text);
    case 'integer':
      return decodeInteger(text);
    case 'boolean':
      return decodeBoolean(text);
    case 'array':
      return decodeArray(text, leaf);
    case 'object':
      return decodeObject(text);
    case 'regexp':
      return decodeRegExp(text);
    case 'option':
      return decodeOption(text, format.options ?? []);
    case 'port or pipe':
      return text.includes(NAMED_PIPE) ? { value: text } : decodeInteger(text);
    case 'coerced':
      return coerced(format, text);
    case 'open':
      return decodeOpen(text, leaf);
  }
}

function decodeNumber(text: string): Decoded {
  if (!DECIMAL.test(text)) return { problem: 'must be a number' };
  const value = Number(text);
  if (!Number.isFinite(value)) return { problem: 'must be a finite number' };
  if (INTEGER.test(text) && !Number.isSafeInteger(value)) {
    return { problem: 'must be within ±(2^53-1), or it could not be held exactly' };
  }
  return { value: value === 0 ? 0 : value };
}

function decodeInteger(text: string): Decoded {
  return INTEGER.test(text) ? decodeNumber(text) : { problem: 'must be an integer' };
}

function decodeBoolean(text: string): Decoded {
  const value = BOOLEANS.get(text.toLowerCase());
  return value === undefined ? { problem: 'must be true or false (or 1, 0, yes, no, on, off)' } : { value };
}

function decodeArray(text: string, { items, default: sample }: Leaf): Decoded {
  if (items) return decodeList(text, (part) => decode(items, part));
  const element = Array.isArray(sample) ? commonElement(sample) : undefined;
  return decodeList(text, (part) => decodeMember(part, element));
}

function decodeList(text: string, decodeElement: (part: string) => Decoded): Decoded {
  const trimmed = text.trim();
  if (trimmed === '') return { value: [] };
  if (trimmed.startsWith('['))
    return decodeJson(trimmed, Array.isArray, 'must be a list: JSON, or values between commas');
  const value: unknown[] = [];
  for (const part of trimmed.split(',')) {
    const element = decodeElement(part.trim());
    if ('problem' in element) return { problem: `each element ${element.problem}` };
    value.push(element.value);
  }
  return { value };
}

/** An element that stands for all: the first, where all have its type. */
function commonElement(list: readonly unknown[]): unknown {
  const [first] = list;
  return list.every((element) => typeof element === typeof first) ? first : undefined;
}

function decodeObject(text: string): Decoded {
  return decodeJson(text, isPlainObject, 'must be a JSON object');
}

function decodeJson(text: string, accepts: (value: unknown) => boolean, expected: string): Decoded {
  const value = jsonValue(text);
  return value !== undefined && accepts(value) ? { value } : { problem: expected };
}

/** The value of a JSON text whose numbers can all be held exactly, or `undefined`. */
function jsonValue(text: string): unknown {
  try {
    const { root, unsafe } = parseJson(text, { comments: false });
    return root && unsafe.length === 0 ? toValue(root) : undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

function decodeRegExp(text: string): Decoded {
  try {
    return { value: new RegExp(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: 'must be a regular expression' };
    throw error;
  }
}

function decodeOption(text: string, options: readonly unknown[]): Decoded {
  const value = options.find((option) => option === text) ?? options.find((option) => String(option) === text);
  return value === undefined && !options.includes(undefined)
    ? { problem: `must be one of the possible values: ${JSON.stringify(options)}` }
    : { value };
}

/** A format's own `coerce`; what it throws could quote a secret, so its words are not repeated. */
function coerced({ name, coerce }: Format, text: string): Decoded {
  try {
    return { value: coerce?.(text) };
  } catch {
    return { problem: `must be text that the format ${name} takes` };
  }
}

/**
 * The first reading of `text` that the format accepts: by the type of the default, then as JSON, then as it stands.
 * So a number or `"auto"` can both be given as text.
 */
function decodeOpen(text: string, leaf: Leaf): Decoded {
  const first = decodeMember(text, leaf.default);
  const readings: Decoded[] = [first];
  const json = jsonValue(text);
  if (json !== undefined) readings.push({ value: json });
  readings.push({ value: text });
  return readings.find((reading) => 'value' in reading && isAccepted(leaf, reading.value)) ?? first;
}

function isAccepted(leaf: Leaf, input: unknown): boolean {
  return formatProblem({ leaf, input, value: input }) === undefined;
}
