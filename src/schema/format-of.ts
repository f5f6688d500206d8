import { isPlainObject } from '../json/value.ts';
import type { Format, OwnFormat, OwnFormats, TextKind, Validator } from './format.ts';
import { bytes, duration, email, ipaddress, timestamp, url } from './formats.ts';
import type { SettingNode } from './setting-node.ts';
import { copyForValidator, isPromise, isStandardSchema, RETURNED_PROMISE, standardValidator } from './standard.ts';

const STRING: Format = { name: 'string', text: 'string', convict: String, expected: 'must be a string' };
const NUMBER: Format = { name: 'number', text: 'number', convict: Number, expected: 'must be a number' };
const BOOLEAN: Format = { name: 'boolean', text: 'boolean', convict: Boolean, expected: 'must be true or false' };
const ARRAY: Format = { name: 'array', text: 'array', convict: Array, expected: 'must be a list' };
const OBJECT: Format = { name: 'object', text: 'object', convict: Object, expected: 'must be an object' };
const REGEXP: Format = { name: 'regexp', text: 'regexp', convict: RegExp, expected: 'must be a regular expression' };
/** A format that every value has. */
export const ANY: Format = { name: '*', text: 'string', convict: '*', expected: 'must be a value' };

const LARGEST = Number.MAX_SAFE_INTEGER;
const WINDOWS_PIPE = '\\\\\\\\\\.\\\\pipe\\\\';

function integerFormat(name: string, expected: string, limits: readonly [number, number]): Format {
  return { name, text: 'integer', convict: name, expected, limits };
}

const BY_CONSTRUCTOR: ReadonlyMap<unknown, Format> = new Map<unknown, Format>([
  [String, STRING],
  [Number, NUMBER],
  [Boolean, BOOLEAN],
  [Array, ARRAY],
  [Object, OBJECT],
  [RegExp, REGEXP],
]);

const BY_NAME: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['String', STRING],
  ['Number', NUMBER],
  ['Boolean', BOOLEAN],
  ['Array', ARRAY],
  ['Object', OBJECT],
  ['RegExp', REGEXP],
  ['*', ANY],
  ['int', integerFormat('int', 'must be an integer', [-LARGEST, LARGEST])],
  ['integer', integerFormat('integer', 'must be an integer', [-LARGEST, LARGEST])],
  ['nat', integerFormat('nat', 'must be an integer of at least 0', [0, LARGEST])],
  ['port', integerFormat('port', 'must be a port from 0 to 65535', [0, 65_535])],
  [
    'windows_named_pipe',
    {
      name: 'windows_named_pipe',
      text: 'string',
      convict: 'windows_named_pipe',
      expected: 'must be the name of a Windows pipe',
      pattern: WINDOWS_PIPE,
    },
  ],
  [
    'port_or_windows_named_pipe',
    {
      name: 'port_or_windows_named_pipe',
      text: 'port or pipe',
      convict: 'port_or_windows_named_pipe',
      expected: 'must be a port from 0 to 65535 or the name of a Windows pipe',
      limits: [0, 65_535],
      pattern: WINDOWS_PIPE,
    },
  ],
  ['url', url],
  ['email', email],
  ['ipaddress', ipaddress],
  ['duration', duration],
  ['timestamp', timestamp],
  ['bytes', bytes],
]);

/** The names that a schema may give as `format`, besides those of the definition's own formats. */
export const FORMAT_NAMES: readonly string[] = [...BY_NAME.keys()];

/** The format that `node` asks for, or a sentence that says why there is none. */
export function formatOf(node: SettingNode, own: ReadonlyMap<string, Format>): Format | string {
  const { format } = node;
  if (format === undefined || format === null) return impliedFormat(node.default);
  if (typeof format === 'string') {
    return own.get(format) ?? BY_NAME.get(format) ?? `has the unknown format ${JSON.stringify(format)}`;
  }
  const found = formatFrom(format);
  if (!found) return 'has a "format" that is neither a name, a list of options, a function nor a schema';
  return found.options && node.sensitive === true ? unnamed(found) : found;
}

/** The definition's own formats by name; those that are none are left out. */
export function ownFormats(formats: OwnFormats): ReadonlyMap<string, Format> {
  const known = new Map<string, Format>();
  for (const [name, own] of Object.entries(formats)) {
    const { validate, coerce } = (own ?? {}) as Partial<OwnFormat>;
    if (typeof validate !== 'function') continue;
    const text: TextKind = coerce ? 'coerced' : 'open';
    known.set(name, { name, text, convict: undefined, validate: asValidator(validate), ...(coerce && { coerce }) });
  }
  return known;
}

/** A setting without a format takes what has the type of its default. */
function impliedFormat(value: unknown): Format {
  if (typeof value === 'string') return STRING;
  if (typeof value === 'number') return NUMBER;
  if (typeof value === 'boolean') return BOOLEAN;
  if (Array.isArray(value)) return ARRAY;
  if (value instanceof RegExp) return REGEXP;
  return isPlainObject(value) ? OBJECT : ANY;
}

const enumerations = new WeakMap<object, Format>();
const judged = new WeakMap<object, Format>();

function formatFrom(format: unknown): Format | undefined {
  const builtIn = BY_CONSTRUCTOR.get(format);
  if (builtIn) return builtIn;
  if (Array.isArray(format)) return remembered(enumerations, format, enumeration);
  if (isStandardSchema(format)) {
    return remembered(judged, format, (schema) => ({
      name: schema['~standard'].vendor,
      text: 'open',
      convict: undefined,
      validate: standardValidator(schema),
    }));
  }
  if (typeof format === 'function') {
    return remembered(judged, format as OwnFormat['validate'], (validate) => ({
      name: validate.name === '' || validate.name === 'format' ? 'custom' : validate.name,
      text: 'open',
      convict: undefined,
      validate: asValidator(validate),
    }));
  }
  return undefined;
}

const withoutOptions = new WeakMap<Format, Format>();

/** An enumeration whose options are not listed anywhere, because the secret is one of them. */
function unnamed(format: Format): Format {
  const expected = 'must be one of the options of the enumeration';
  return remembered(withoutOptions, format, (named) => ({ ...named, name: 'enumeration', expected }));
}

/** How many enumerations are kept to be shared; a program has a few. */
const MOST_KEPT = 1000;

const kept = new Map<string, Format>();

/** One format for all enumerations of the same options: each format has a convict of its own. */
function enumeration(options: readonly unknown[]): Format {
  if (!options.every(isScalar)) return newEnumeration(options);
  const identity = JSON.stringify(options.map((option) => [typeof option, String(option)]));
  const found = kept.get(identity) ?? newEnumeration(options);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(identity, found);
  return found;
}

function isScalar(option: unknown): boolean {
  return option === null || ['string', 'number', 'boolean', 'undefined', 'bigint'].includes(typeof option);
}

function newEnumeration(options: readonly unknown[]): Format {
  const copy = Object.freeze([...options]);
  const names = copy.map((option) => optionName(option));
  const expected = `must be ${[names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' or ')}`;
  return { name: names.join(' | '), text: 'option', convict: copy, expected, options: copy };
}

function optionName(option: unknown): string {
  return typeof option === 'string' ? JSON.stringify(option) : String(option);
}

function asValidator(validate: OwnFormat['validate']): Validator {
  return (value, node) => {
    if (isPromise(validate(copyForValidator(value), node))) throw new Error(RETURNED_PROMISE);
    return value;
  };
}

function remembered<T extends object>(known: WeakMap<object, Format>, source: T, make: (source: T) => Format): Format {
  const found = known.get(source);
  if (found) return found;
  const made = make(source);
  known.set(source, made);
  return made;
}
