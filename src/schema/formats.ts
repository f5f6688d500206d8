import ms, { type StringValue } from 'ms';
import { unicodePattern } from '../json/unicode-pattern.ts';
import type { Format, Validator } from './format.ts';

/** Formats that convict leaves to packages of its own, stricter than those. */

/** An absolute URL with a host, by the URL standard (url.spec.whatwg.org): `https://…`, `postgres://…`; or `file:///…`. */
export const url: Format = textFormat('url', isUrl, {
  expected: 'must be an absolute URL, like https://example.org/',
  pattern: '^[A-Za-z][A-Za-z0-9+.-]*://\\S+$',
});

/** An e-mail address: a dotted name, and a domain with a dot in it; letters of all alphabets. */
export const email: Format = textFormat('email', isEmail, {
  expected: 'must be an e-mail address',
  pattern: '^[^\\s@]+@[^\\s@.]+(\\.[^\\s@.]+)+$',
});

/** An IPv4 address in dotted decimal, or an IPv6 address, which may have a zone: `fe80::1%eth0`. */
export const ipaddress: Format = textFormat('ipaddress', isIpAddress, {
  expected: 'must be an IP address',
  pattern: '^(\\d{1,3}(\\.\\d{1,3}){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(%[\\w.\\-]+)?)$',
});

const UNIT =
  '(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|months?|years?|yrs?|y)';
const ISO_DURATION = 'P(?=.)(\\d+Y)?(\\d+M)?(\\d+W)?(\\d+D)?(T(?=.)(\\d+H)?(\\d+M)?(\\d+(\\.\\d+)?S)?)?';

/**
 * A length of time in milliseconds, as a number or as text: `90s`, `5 minutes`, `1.5h`, `1h30m`, or ISO 8601 `PT5M`.
 * A month has 30 days, a year 365.
 */
export const duration: Format = quantityFormat('duration', milliseconds, {
  expected: 'must be a length of time in whole milliseconds or with a unit (3000, "90s", "1h30m", "PT5M")',
  pattern: `^(\\d+|\\d*\\.\\d+) *${UNIT}?$|^(\\d+ *${UNIT} *)+$|^${ISO_DURATION}$`,
});

/** A moment as milliseconds since 1970, or as ISO 8601 text with a date that exists: `2026-01-31T10:00:00Z`. */
export const timestamp: Format = quantityFormat('timestamp', epochMilliseconds, {
  expected: 'must be milliseconds since 1970 or an ISO 8601 date ("2026-01-31", "2026-01-31T10:00:00Z")',
  pattern: '^(\\d+|\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+\\-]\\d\\d:?\\d\\d)?)?)$',
});

/** A size in bytes, as a number or as text: `512MiB` and `512Mi` (1024²), `512MB` and `512M` (1000²), `1.5 GiB`. */
export const bytes: Format = quantityFormat('bytes', byteCount, {
  expected: 'must be a size in whole bytes or with a unit (1024, "512MiB", "1.5GB", "512Mi")',
  pattern: '^\\d+(\\.\\d+)? ?(([KMGTPkmgtp][Ii]?)?[Bb]|[kMGTP]|[KMGTP]i)?$',
});

type FormatWords = Required<Pick<Format, 'expected' | 'pattern'>>;

function textFormat(name: string, accepts: (text: string) => boolean, words: FormatWords): Format {
  const validate: Validator = (value) => {
    if (typeof value !== 'string' || !accepts(value)) throw new Error(words.expected);
    return value;
  };
  return { name, text: 'string', convict: undefined, validate, ...words };
}

function quantityFormat(name: string, read: (text: string) => number | undefined, words: FormatWords): Format {
  const limits = [0, Number.MAX_SAFE_INTEGER] as const;
  const validate: Validator = (value) => {
    const quantity = typeof value === 'string' ? read(value) : value;
    if (!Number.isSafeInteger(quantity) || (quantity as number) < 0) throw new Error(words.expected);
    return quantity;
  };
  return { name, text: 'quantity', convict: undefined, validate, limits, ...words };
}

function isUrl(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text)) return false;
  try {
    // Not `URL.canParse`: compiled, that of Node.js 20 and 22 refuses the host of https://münchen.de.
    const { host, protocol } = new URL(text);
    return protocol === 'file:' || (!/^[^/]*:\/\/\//.test(text) && host !== '');
  } catch {
    return false;
  }
}

const ATOM = "[\\p{L}\\p{N}!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?';
const address = unicodePattern(`^(?=.{1,64}@)${ATOM}(?:\\.${ATOM})*@(?:${LABEL}\\.)+(?!\\p{N}+$)${LABEL}$`);

function isEmail(text: string): boolean {
  return text.length <= 254 && address().test(text);
}

const IPV4_PART = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${IPV4_PART}(?:\\.${IPV4_PART}){3}$`);

function isIpAddress(text: string): boolean {
  const [, address] = /^([0-9a-f.]*:[0-9a-f:.]*)(?:%[\w.-]+)?$/i.exec(text) ?? [];
  return IPV4.test(text) || (address !== undefined && URL.canParse(`http://[${address}]/`));
}

/** Text longer than this is not a length of time; `ms` throws on it. */
const LONGEST_DURATION = 100;

const DAY = 86_400_000;

/** As convict's own duration has one of them; to `ms` a year has 365.25 days, and it knows no months. */
const LONG_UNITS = { month: 30 * DAY, year: 365 * DAY } as const;

function milliseconds(text: string): number | undefined {
  if (text.length > LONGEST_DURATION) return undefined;
  const parts = [...text.matchAll(/(\d+) *([a-z]+) */gi)];
  const isCompound = parts.length > 1 && parts.map(([part]) => part).join('') === text;
  if (text.startsWith('P')) return isoMilliseconds(text);
  return isCompound ? compoundMilliseconds(parts) : simpleMilliseconds(text);
}

/** One number with a unit: `90s`, `1.5 hours`. */
function simpleMilliseconds(text: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?) *(?:(month)s?|y(?:(?:ea)?rs?)?)$/i.exec(text) ?? [];
  if (count !== undefined) return whole(Number(count) * LONG_UNITS[unit === undefined ? 'year' : 'month']);
  const value: number | undefined = ms(text as StringValue);
  return value === undefined ? undefined : whole(value);
}

/** Several, each unit smaller than the one before: `1h30m`. */
function compoundMilliseconds(parts: readonly (readonly string[])[]): number | undefined {
  let sum = 0;
  let last = Number.POSITIVE_INFINITY;
  for (const [, count = '', unit = ''] of parts) {
    const size = simpleMilliseconds(`1${unit}`);
    if (size === undefined || size >= last) return undefined;
    sum += Number(count) * size;
    last = size;
  }
  return sum;
}

const ISO_8601_DURATION = new RegExp(`^${ISO_DURATION}$`);
const ISO_UNITS = [365 * DAY, 30 * DAY, 7 * DAY, DAY, 3_600_000, 60_000, 1000];

function isoMilliseconds(text: string): number | undefined {
  const match = ISO_8601_DURATION.exec(text);
  if (!match) return undefined;
  const counts = [1, 2, 3, 4, 6, 7, 8].map((group) => Number.parseFloat(match[group] ?? '0'));
  return whole(counts.reduce((sum, count, i) => sum + count * (ISO_UNITS[i] as number), 0));
}

const ISO_8601 = /^(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

function epochMilliseconds(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const match = ISO_8601.exec(text);
  if (!match) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}

/** The units by their names; Kubernetes' own, such as `Mi` and `M`, are case-sensitive: its `m` means a thousandth. */
const BYTE_UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...['k', 'M', 'G', 'T', 'P'].flatMap((prefix, i): [string, number][] => [
    [prefix, 1000 ** (i + 1)],
    [`${prefix.toUpperCase()}i`, 1024 ** (i + 1)],
    [`${prefix.toLowerCase()}b`, 1000 ** (i + 1)],
    [`${prefix.toLowerCase()}ib`, 1024 ** (i + 1)],
  ]),
]);

function byteCount(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]{0,3})$/i.exec(text) ?? [];
  const size = BYTE_UNITS.get(/b$/i.test(unit) ? unit.toLowerCase() : unit) ?? Number.NaN;
  return whole(Number(count) * size);
}

/** The integer nearest to a product that binary numbers cannot hold exactly (`1.1 GB`); `undefined` for a fraction and `NaN`. */
function whole(product: number): number | undefined {
  const integer = Math.round(product);
  return Math.abs(product - integer) <= integer * Number.EPSILON * 4 ? integer : undefined;
}
