import ms, { type StringValue } from 'ms';
import { unicodePattern } from '../json/unicode-pattern.ts';
import type { Format, Validator } from './format.ts';

/** Formats that convict leaves to packages of its own, stricter than there; each takes text, and gives what it means. */

/** An absolute URL with a host, by the URL standard (url.spec.whatwg.org): `https://…`, `postgres://…`; or `file:///…`. */
export const url: Format = textFormat('url', 'must be an absolute URL, like https://example.org/', isUrl);

/** An e-mail address: a dotted name, and a domain with a dot in it; letters of all alphabets. */
export const email: Format = textFormat('email', 'must be an e-mail address', isEmail);

/** An IPv4 address in dotted decimal, or an IPv6 address, which may have a zone: `fe80::1%eth0`. */
export const ipaddress: Format = textFormat('ipaddress', 'must be an IP address', isIpAddress);

/** A length of time in milliseconds, as a number or as text: `90s`, `5 minutes`, `1.5h`. A month has 30 days, a year 365. */
export const duration: Format = quantityFormat(
  'duration',
  'must be a length of time in whole milliseconds or with a unit (3000, "90s", "5 minutes")',
  milliseconds,
);

/** A moment as milliseconds since 1970, or as ISO 8601 text with a date that exists: `2026-01-31T10:00:00Z`. */
export const timestamp: Format = quantityFormat(
  'timestamp',
  'must be milliseconds since 1970 or an ISO 8601 date ("2026-01-31", "2026-01-31T10:00:00Z")',
  epochMilliseconds,
);

/** A size in bytes, as a number or as text: `512MiB` (1024²), `512MB` (1000²), `1.5 GiB`. */
export const bytes: Format = quantityFormat(
  'bytes',
  'must be a size in whole bytes or with a unit (1024, "512MiB", "1.5GB")',
  byteCount,
);

function textFormat(name: string, expected: string, accepts: (text: string) => boolean): Format {
  const validate: Validator = (value) => {
    if (typeof value !== 'string' || !accepts(value)) throw new Error(expected);
    return value;
  };
  return { name, text: 'string', convict: undefined, validate };
}

function quantityFormat(name: string, expected: string, read: (text: string) => number | undefined): Format {
  const validate: Validator = (value) => {
    const quantity = typeof value === 'string' ? read(value) : value;
    if (!Number.isSafeInteger(quantity) || (quantity as number) < 0) throw new Error(expected);
    return quantity;
  };
  return { name, text: 'quantity', convict: undefined, validate };
}

function isUrl(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text) || !URL.canParse(text)) return false;
  if (/^file:/i.test(text)) return true;
  return !/^[^/]*:\/\/\//.test(text) && new URL(text).host !== '';
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

/** Text longer than this is no length of time; `ms` throws on it. */
const LONGEST_DURATION = 100;

const DAY = 86_400_000;

/** As convict has one of them, by moment; to `ms` a year has 365.25 days, and it knows no months. */
const LONG_UNITS = { month: 30 * DAY, year: 365 * DAY } as const;

function milliseconds(text: string): number | undefined {
  if (text.length === 0 || text.length > LONGEST_DURATION) return undefined;
  const [, count, unit] = /^(\d+(?:\.\d+)?) *(?:(month)s?|y(?:(?:ea)?rs?)?)$/i.exec(text) ?? [];
  if (count !== undefined) return whole(Number(count) * LONG_UNITS[unit === undefined ? 'year' : 'month']);
  const value: number | undefined = ms(text as StringValue);
  return value === undefined ? undefined : whole(value);
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

const BYTE_UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...['k', 'm', 'g', 't', 'p'].flatMap((prefix, i): [string, number][] => [
    [`${prefix}b`, 1000 ** (i + 1)],
    [`${prefix}ib`, 1024 ** (i + 1)],
  ]),
]);

function byteCount(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]{0,3})$/i.exec(text);
  const unit = BYTE_UNITS.get((match?.[2] ?? '?').toLowerCase());
  return match && unit !== undefined ? whole(Number(match[1]) * unit) : undefined;
}

/** The integer that a product stands for whose factors binary numbers can't hold exactly (`1.1 GB`); else it is none. */
function whole(product: number): number | undefined {
  const integer = Math.round(product);
  return Math.abs(product - integer) <= integer * Number.EPSILON * 4 ? integer : undefined;
}

/** Patterns that the texts of formats match, for those who check without varve; the formats themselves are stricter. */
export const patterns: Readonly<Record<string, string>> = {
  url: '^[A-Za-z][A-Za-z0-9+.-]*://\\S+$',
  email: '^[^\\s@]+@[^\\s@.]+(\\.[^\\s@.]+)+$',
  ipaddress: '^(\\d{1,3}(\\.\\d{1,3}){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(%[\\w.\\-]+)?)$',
  duration:
    '^(\\d+|\\d*\\.\\d+) *(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|months?|years?|yrs?|y)?$',
  timestamp: '^(\\d+|\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+\\-]\\d\\d:?\\d\\d)?)?)$',
  bytes: '^\\d+(\\.\\d+)? ?(([KMGTPkmgtp][Ii]?)?[Bb])?$',
  windows_named_pipe: '\\\\\\\\\\.\\\\pipe\\\\',
};
