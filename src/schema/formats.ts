import ms, { type StringValue } from 'ms';
import type { Format, Judge } from './format.ts';

/** Formats that convict leaves to packages of its own, stricter than there; each takes text, and gives what it means. */

/** An absolute URL with a host, by the URL standard (url.spec.whatwg.org): `https://…`, `postgres://…`; or `file:///…`. */
export const url: Format = textFormat('url', 'must be an absolute URL, like https://example.org/', isUrl);

/** An e-mail address by the rule of HTML's `<input type=email>`, which browsers apply. */
export const email: Format = textFormat('email', 'must be an e-mail address', isEmail);

/** An IPv4 address in dotted decimal, or an IPv6 address. */
export const ipaddress: Format = textFormat('ipaddress', 'must be an IP address', isIpAddress);

/** A length of time in milliseconds, as a number or as text: `90s`, `5 minutes`, `1.5h`. */
export const duration: Format = quantityFormat(
  'duration',
  'must be a length of time in milliseconds or with a unit (3000, "90s", "5 minutes")',
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
  'must be a size in bytes or with a unit (1024, "512MiB", "1.5GB")',
  byteCount,
);

function textFormat(name: string, expected: string, accepts: (text: string) => boolean): Format {
  const judge: Judge = (value) => {
    if (typeof value !== 'string' || !accepts(value)) throw new Error(expected);
    return value;
  };
  return { name, text: 'string', convict: undefined, judge };
}

function quantityFormat(name: string, expected: string, read: (text: string) => number | undefined): Format {
  const judge: Judge = (value) => {
    const quantity = typeof value === 'string' ? read(value) : value;
    if (!Number.isSafeInteger(quantity) || (quantity as number) < 0) throw new Error(expected);
    return quantity;
  };
  return { name, text: 'string', convict: undefined, judge };
}

function isUrl(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text) || !URL.canParse(text)) return false;
  const { protocol, host } = new URL(text);
  return protocol === 'file:' || host !== '';
}

const DOMAIN_LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const EMAIL = new RegExp(`^[a-z0-9.!#$%&'*+/=?^_\`{|}~-]+@${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*$`, 'i');

function isEmail(text: string): boolean {
  return text.length <= 254 && EMAIL.test(text);
}

const IPV4_PART = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${IPV4_PART}(?:\\.${IPV4_PART}){3}$`);

function isIpAddress(text: string): boolean {
  return IPV4.test(text) || (/^[0-9a-f:.]+$/i.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`));
}

/** Text longer than this is no length of time; `ms` throws on it. */
const LONGEST_DURATION = 100;

function milliseconds(text: string): number | undefined {
  if (text.length === 0 || text.length > LONGEST_DURATION) return undefined;
  const value: number | undefined = ms(text as StringValue);
  return value === undefined ? undefined : Math.round(value);
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
  return match && unit !== undefined ? Math.round(Number(match[1]) * unit) : undefined;
}
