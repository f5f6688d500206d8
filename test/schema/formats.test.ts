// @ts-expect-error: it has no types.
import * as moment from 'convict-format-with-moment';
// @ts-expect-error: it has no types.
import * as validator from 'convict-format-with-validator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { url } from '../../src/schema/formats.ts';
import { answer, DOORS, filed, given } from './doors.ts';

const HOUR = 3_600_000;

/** A long address whose parts are not too long. */
function emailOfLength(length: number): string {
  const label = 'b'.repeat(63);
  return `${'a'.repeat(64)}@${label}.${label}.`.padEnd(length, 'c');
}

const TEXTS: readonly { format: string; sample: unknown; takes: readonly string[]; refuses: readonly unknown[] }[] = [
  {
    format: 'url',
    sample: 'https://a.b',
    takes: [
      'https://example.org/',
      'http://localhost:3000',
      'http://10.0.0.1:80/a?b#c',
      'postgres://u:p%40@db/x',
      'redis://:pw@h:6379',
      'file:///etc/x',
      'https://[::1]/',
      'https://münchen.de',
    ],
    refuses: [
      'nope',
      '',
      'example.org',
      'http://',
      'http:///x',
      'https://a b',
      'javascript:alert(1)',
      'mailto:a@b.c',
      'http://999.999.999.999',
      '//a.b',
      ' https://a.b',
      1,
      null,
    ],
  },
  {
    format: 'email',
    sample: 'a@b.cd',
    takes: [
      'a@b.cd',
      'first.last+tag@sub.example.org',
      "o'neil@example.org",
      'jörg@münchen.de',
      '1@xn--mnchen-3ya.de',
      emailOfLength(254),
    ],
    refuses: [
      'nope',
      '',
      'a@',
      '@b.cd',
      'a@b',
      'a b@c.de',
      'a..b@c.de',
      '.a@c.de',
      'a@-c.de',
      'a@c..de',
      'a@b@c.de',
      'a@c.12',
      `${'x'.repeat(65)}@c.de`,
      emailOfLength(255),
      'A <a@b.cd>',
      1,
    ],
  },
  {
    format: 'ipaddress',
    sample: '127.0.0.1',
    takes: ['127.0.0.1', '255.255.255.255', '::', '::1', '2001:db8::ff00:42:8329', '::ffff:1.2.3.4', 'fe80::1%eth0'],
    refuses: [
      'nope',
      '',
      '256.0.0.1',
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '1.2.3.4/24',
      '::g',
      '1::2::3',
      '[::1]',
      'localhost',
      '%eth0',
      1,
    ],
  },
];

describe.each(TEXTS)('$format', ({ format, sample, takes, refuses }) => {
  test.each(takes)('takes %s as it stands', (text) => {
    for (const door of DOORS) expect(given(door, { format, default: sample }, text)).toEqual({ value: text });
  });

  test.each(refuses)('refuses %j', (value) => {
    expect(filed({ format, default: sample }, JSON.stringify(value))).toHaveProperty('refused');
  });
});

test('takes a host with an umlaut also when the engine has compiled the check', () => {
  const ascii = 'https://example.org/';
  for (let i = 0; i < 200_000; i++) url.validate?.(ascii, { default: ascii });
  expect(url.validate?.('https://münchen.de', { default: ascii })).toBe('https://münchen.de');
});

const QUANTITIES: readonly {
  format: string;
  takes: readonly (readonly [unknown, number])[];
  refuses: readonly unknown[];
}[] = [
  {
    format: 'duration',
    takes: [
      [3000, 3000],
      [0, 0],
      ['3000', 3000],
      ['90s', 90_000],
      ['5 minutes', 300_000],
      ['1 day', 24 * HOUR],
      ['1.5h', 1.5 * HOUR],
      ['1.1h', 3_960_000],
      ['100ms', 100],
      ['2 weeks', 336 * HOUR],
      ['1 month', 720 * HOUR],
      ['1 year', 8760 * HOUR],
      ['1.5y', 13_140 * HOUR],
      ['1h30m', 1.5 * HOUR],
      ['1d 2h 3m 4s 5ms', 26 * HOUR + 184_005],
      ['PT5M', 300_000],
      ['P1DT12H', 36 * HOUR],
      ['PT0.25S', 250],
      ['P2W', 336 * HOUR],
      ['P1Y2M', (365 + 60) * 24 * HOUR],
    ],
    refuses: [
      '5 parsecs',
      'nope',
      '',
      '5s 3s',
      '30m1h',
      '1h30',
      'P',
      'PT',
      'P1H',
      'pt5m',
      'PT-5M',
      'PT5.5M',
      '-5s',
      -1,
      1.5,
      '1.5ms',
      '0.1ms',
      '5minutes ago',
      '1e999s',
      true,
      null,
      [],
      '9'.repeat(101),
    ],
  },
  {
    format: 'timestamp',
    takes: [
      [0, 0],
      [1_769_853_600_000, 1_769_853_600_000],
      ['1769853600000', 1_769_853_600_000],
      ['2026-01-31', Date.UTC(2026, 0, 31)],
      ['2026-01-31T10:00:00Z', Date.UTC(2026, 0, 31, 10)],
      ['2026-01-31T10:00:00.250+02:00', Date.UTC(2026, 0, 31, 8, 0, 0, 250)],
      ['2024-02-29', Date.UTC(2024, 1, 29)],
    ],
    refuses: [
      'nope',
      '',
      '2026-02-30',
      '2026-13-01',
      '2025-02-29',
      '2026-01-31T25:00:00Z',
      '31.01.2026',
      '01/31/2026',
      'yesterday',
      '1969-12-31T00:00:00Z',
      -1,
      1.5,
      true,
      null,
    ],
  },
  {
    format: 'bytes',
    takes: [
      [1024, 1024],
      [0, 0],
      ['1024', 1024],
      ['10b', 10],
      ['512MiB', 512 * 1024 ** 2],
      ['512MB', 512 * 1000 ** 2],
      ['1.5 GiB', 1.5 * 1024 ** 3],
      ['1.1GB', 1_100_000_000],
      ['2kib', 2048],
      ['512Mi', 512 * 1024 ** 2],
      ['1G', 1e9],
      ['100k', 100_000],
      ['1.5Gi', 1.5 * 1024 ** 3],
      ['2Ki', 2048],
      ['1TiB', 1024 ** 4],
    ],
    refuses: [
      'nope',
      '',
      '512 MiBs',
      '1m',
      '1g',
      '1mi',
      '1K',
      '1e3',
      '-1MB',
      -1,
      1.5,
      '1.5B',
      '0.1KiB',
      '0x10',
      '9PiB 1',
      '10PiB',
      '512  MiB',
      true,
      null,
    ],
  },
];

describe.each(QUANTITIES)('$format', ({ format, takes, refuses }) => {
  test.each(takes)('%j is %d', (written, value) => {
    expect(filed({ format, default: 7 }, JSON.stringify(written))).toEqual({ value });
    expect(answer({ format, default: written }, {})).toEqual({ value });
    if (typeof written === 'string')
      for (const door of DOORS) expect(given(door, { format, default: 7 }, written)).toEqual({ value });
  });

  test.each(refuses)('refuses %j', (value) => {
    expect(filed({ format, default: 7 }, JSON.stringify(value))).toHaveProperty('refused');
  });

  test('an empty variable has no value, and null is null for a nullable setting', () => {
    expect(given('env', { format, default: 7 }, '')).toEqual({ value: 7 });
    expect(given('flag', { format, default: 7, nullable: true }, 'null')).toEqual({ value: null });
  });

  test('min and max are about the number', () => {
    const [[written, value]] = takes.slice(-1) as [[unknown, number]];
    expect(filed({ format, default: value, min: value }, JSON.stringify(written))).toEqual({ value });
    expect(filed({ format, default: value + 1, min: value + 1 }, JSON.stringify(written))).toMatchObject({
      refused: [{ message: expect.stringContaining(`must be at least ${value + 1}`) }],
    });
  });
});

describe('formats of convict’s packages, as users pass them', () => {
  const { email, ipaddress, url } = validator;
  const { duration, timestamp } = moment;
  const own = [email, ipaddress, url, duration, timestamp] as { name: string }[];
  const formats = Object.fromEntries(own.map((format) => [format.name, format]));

  test.each([
    ['email', 'a@b.cd', 'x@y.zz', 'x@y.zz'],
    ['ipaddress', '127.0.0.1', '10.0.0.1', '10.0.0.1'],
    ['url', 'http://a.b', 'example.org', 'example.org'],
    ['duration', '5 minutes', '2 hours', 2 * HOUR],
    ['duration', 604_800_000, '12345', 12_345],
    ['timestamp', '2013-05-05T00:00:00Z', '2014-01-01T00:00:00Z', Date.UTC(2014, 0, 1)],
  ])('%s, with the default %j, takes %j', (format, value, text, expected) => {
    for (const door of DOORS)
      expect(given(door, { format, default: value }, text, { formats })).toEqual({ value: expected });
  });

  test.each([
    ['email', 'a@b.cd', ';aaaa;', 'must be an email address'],
    ['ipaddress', '::1', 'nope', 'must be an IP address'],
    ['url', 'http://a.b', 'n o p e', 'must be a URL'],
    ['duration', 1, '-7 days', 'must be a positive integer or human readable string'],
    ['duration', 1, 'zz', 'must be text that the format duration takes, got "zz"'],
    ['timestamp', 1, '1969-01-01T00:00:00Z', 'must be a positive integer'],
  ])('%s refuses in its own words', (format, value, text, words) => {
    expect(filed({ format, default: value }, JSON.stringify(text), { formats })).toMatchObject({
      refused: [{ message: expect.stringContaining(words) }],
    });
  });

  test.each(['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'year'])(
    'a duration in %ss is theirs',
    (unit) => {
      // Of more than one month or year, theirs counts the days of a calendar.
      for (const text of [`1 ${unit}`, ...(/month|year/.test(unit) ? [] : [`7 ${unit}s`])]) {
        const answer = given('env', { format: 'duration', default: 1 }, text);
        expect(answer).toEqual(given('env', { format: 'duration', default: 1 }, text, { formats }));
        expect(answer).toHaveProperty('value');
      }
    },
  );

  test('what they take of addresses, ours do too', () => {
    const accepts = (format: string, text: string, options = {}): boolean =>
      'value' in given('env', { format, default: null, nullable: true }, text, options);
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.ipV4(), fc.ipV6(), fc.webUrl()), (text) => {
        for (const format of ['email', 'ipaddress'])
          expect(accepts(format, text)).toBe(accepts(format, text, { formats }));
        if (/^https?:/.test(text)) expect(accepts('url', text)).toBe(true);
      }),
    );
  });
});
