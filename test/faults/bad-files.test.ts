import { chmodSync, chownSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Expected, MARK, Victim } from './harness/bad-file.ts';
import { temporaryFolder } from './harness/folder.ts';
import { needRoot, runOrSkip } from './harness/skip.ts';
import { watchdog } from './harness/watchdog.ts';

/** Far above what any bad file costs; a case that hangs is ended and named. */
const STUCK_MS = 30_000;

const DEEP = 100_000;
const MIB = 2 ** 20;

const corrupt = (place: string, says: RegExp): Expected => ({ code: 'CORRUPT', says, location: `app.json:${place}` });
const tooDeep = (place: string): Expected => ({ code: 'TOO_LARGE', says: /512 levels/, location: `app.json:${place}` });
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const bytes = (...parts: readonly (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));

/** What can't be read as a JSON object at all. */
const UNREADABLE: Readonly<Record<string, readonly [Buffer | string, Expected]>> = {
  'UTF-16 with a byte order mark': [
    Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(`{"token":"${MARK}"}`)]),
    { code: 'CORRUPT', says: /UTF-16, not UTF-8.*Save it as UTF-8/ },
  ],
  'UTF-16, big end first': [
    Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(`{"token":"${MARK}"}`)]).swap16(),
    { code: 'CORRUPT', says: /UTF-16, not UTF-8/ },
  ],
  'UTF-16 without a mark': [utf16(`{"token":"${MARK}"}`), corrupt('1:2', /invisible character/)],
  'Latin-1': [
    Buffer.from(`{\n  "token": "${MARK} M\xfcller"\n}`, 'latin1'),
    corrupt('2:22', /not UTF-8: the byte at offset 23 \(line 2\)/),
  ],
  'Latin-1 behind a byte order mark': [
    bytes([0xef, 0xbb, 0xbf], `{ "${MARK}": "`, [0xfc], '" }'),
    corrupt('1:15', /not UTF-8/),
  ],
  'Latin-1 with old line ends': [
    Buffer.from(`{\r"token": "${MARK}",\r"name": "M\xfcller" }`, 'latin1'),
    corrupt('3:11', /line 3/),
  ],
  'half of a character': [bytes(`{"token":"${MARK}`, [0xc3], '"}'), corrupt('1:18', /not UTF-8/)],
  'half of a byte order mark, behind a replacement character': [
    bytes(`{"token":"${MARK}\ufffd`, [0xef, 0xbf], '"}'),
    corrupt('1:19', /not UTF-8: the byte at offset 20/),
  ],
  'an overlong character': [bytes(`{"${MARK}":"`, [0xc0, 0xaf], '"}'), corrupt('1:13', /not UTF-8/)],
  'half of a surrogate pair in UTF-8': [bytes(`{"${MARK}":"`, [0xed, 0xa0, 0x80], '"}'), corrupt('1:13', /not UTF-8/)],
  'NUL behind the end': [`{"token":"${MARK}"}\0`, corrupt('1:20', /invisible character/)],
  'NUL in a string': [`{"token":"${MARK}\0"}`, corrupt('1:18', /control character/)],
  'nothing but NUL, as after a crash': [Buffer.alloc(4_096), corrupt('1:1', /invisible character/)],
  'two byte order marks': [`\ufeff\ufeff{"token":"${MARK}"}`, corrupt('1:1', /invisible character/)],
  'a mistake behind a byte order mark': [`\ufeff{"token":"${MARK}",}`, corrupt('1:19', /trailing comma/)],
  'a bare word': [`{"token": ${MARK}}`, corrupt('1:11', /double quotes/)],
  'a missing comma': [`{\n\t"token": "${MARK}"\n\t"lr": 1\n}`, corrupt('3:2', /"," between two members/)],
  'a comment': [`{\r\n  "lr": 1, // ${MARK}\r\n}`, corrupt('2:12', /comments are not allowed/)],
  'two documents': [`{"token":"${MARK}"}{}`, corrupt('1:20', /only one JSON value/)],
  'a conflict of git': [`{\n<<<<<<< ${MARK}\n  "lr": 1\n=======\n  "lr": 2\n>>>>>>> x\n}`, corrupt('2:1', /a name/)],
  'an array': [`\n [ "${MARK}" ]`, corrupt('2:2', /must be a JSON object/)],
  'a string': [`"${MARK}"`, corrupt('1:1', /must be a JSON object/)],
  'a number': ['  12', corrupt('1:3', /must be a JSON object/)],
  null: ['null', corrupt('1:1', /must be a JSON object/)],
  true: ['true', corrupt('1:1', /must be a JSON object/)],
  'arrays that are not closed, very deep': ['['.repeat(DEEP), tooDeep('1:513')],
  'objects that are not closed, very deep': ['{"a":'.repeat(DEEP), tooDeep('1:2561')],
  'a closed value, very deep': [
    `{"token":"${MARK}",\n"tags":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
    tooDeep('2:519'),
  ],
  'more than a million values': [
    `{"layers":[${'0,'.repeat(MIB)}0]}`,
    { code: 'TOO_LARGE', says: /1000000 values/, location: 'app.json:1:2000008' },
  ],
};

describe.each([
  ['no setting is sensitive', false],
  ['a setting is sensitive, so no text is quoted', true],
])('a file that can’t be read, where %s', (_, withSecret) => {
  test.each(Object.entries(UNREADABLE))(
    '%s',
    async (name, [content, expected]) => {
      const dog = watchdog(STUCK_MS);
      const victim = new Victim(temporaryFolder(), withSecret);
      writeFileSync(victim.path, content);
      dog.next(name);
      await victim.expectRefused(expected);
      dog.next(`reset of ${name}`);
      await victim.expectStartedAnew();
    },
    60_000,
  );

  test('a sample, cut off behind every byte', async () => {
    const sample = Buffer.from(`\ufeff{\r
  "lr": 1.0e-2, "epochs": 12, "x\\u00fc": [true, null, -0, {}],
  "token": "${MARK} \u{1f600}ü\\n",
  "optimizer": { "name": "sgd", "momentum": 0.5 }\r
}\n`);
    const dog = watchdog(STUCK_MS);
    const victim = new Victim(temporaryFolder(), withSecret);
    let refused = 0;
    for (let length = 0; length <= sample.length; length += 1) {
      dog.next(`the first ${length} bytes`);
      const part = sample.subarray(0, length);
      if (isJson(part)) continue;
      writeFileSync(victim.path, part);
      await victim.expectRefused(expectedOf(part));
      refused += 1;
    }
    // All but the empty one, the mark alone, and those with the last bracket.
    expect(refused).toBe(sample.length - 3);
  }, 60_000);

  test.each([
    ['over the limit', 16 * MIB + 1],
    ['of 100 MB', 100_000_000],
  ] as const)(
    'a file %s',
    async (name, size) => {
      const dog = watchdog(STUCK_MS);
      const victim = new Victim(temporaryFolder(), withSecret);
      writeFileSync(victim.path, MARK);
      truncateSync(victim.path, size);
      dog.next(name);
      const look = (): unknown => [statSync(victim.path).size, statSync(victim.path).mtimeMs];
      await victim.expectRefused({ code: 'TOO_LARGE', says: /more than 16777216 bytes.*Raise `maxBytes`/ }, look);
      dog.next(`reset of a file ${name}`);
      await victim.expectStartedAnew();
    },
    60_000,
  );
});

function isJson(part: Buffer): boolean {
  const text = new TextDecoder().decode(part);
  if (text === '') return true;
  try {
    return typeof JSON.parse(text) === 'object' && new TextDecoder('utf-8', { fatal: true }).decode(part) === text;
  } catch {
    return false;
  }
}

/** The message for a part of a file: it ends too early, or in the middle of a character. */
function expectedOf(part: Buffer): Expected {
  const whole = part.toString().replace(/\ufffd$/, '');
  const lines = whole.replace('\ufeff', '').split(/\r\n|\n|\r/);
  const [last, end] = [lines.length, (lines.at(-1) ?? '').length + 1];
  if (Buffer.byteLength(whole) < part.length) return corrupt(`${last}:${end}`, /not UTF-8/);
  const isWithin = (location: string): boolean => {
    const [, line, column] = /^app\.json:(\d+):(\d+)$/.exec(location) ?? [];
    return Number(column) >= 1 && Number(column) <= (lines[Number(line) - 1] ?? '').length + 1;
  };
  return { code: 'CORRUPT', says: /not valid JSON/, location: expect.toSatisfy(isWithin) };
}

describe('something that is not a readable file stays as it is', () => {
  test.for([
    ['a folder', 'mkdir', /it is a folder, not a file/],
    ['a pipe without a writer', 'mkfifo', /it is a pipe, not a file/],
  ] as const)('%s', async ([name, command, says], context) => {
    const dog = watchdog(STUCK_MS);
    const victim = new Victim(temporaryFolder(), false);
    rmSync(victim.path);
    runOrSkip(context, command, victim.path);
    const look = (): unknown => [statSync(victim.path).mode, statSync(victim.path).ino];
    dog.next(name);
    await victim.expectRefused({ code: 'UNAVAILABLE', says }, look);
    await expect(victim.config.reset()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(look()).toEqual(look());
  });

  test('a file that this user may not read', async (context) => {
    needRoot(context);
    const victim = new Victim(temporaryFolder(), true);
    writeFileSync(victim.path, `{ "token": "${MARK}" }`);
    chownSync(victim.folder, NO_RIGHTS, NO_RIGHTS);
    chmodSync(victim.path, 0o200);
    const look = (): unknown => [statSync(victim.path).size, statSync(victim.path).mtimeMs];
    await asNobody(async () => {
      await victim.expectRefused({ code: 'DENIED', says: /could not be (read|saved): permission denied/ }, look);
      await expect(victim.config.reset()).rejects.toMatchObject({ code: 'DENIED' });
    });
    expect(victim.load().get('token' as never)).toBe(MARK);
  });
});

const NO_RIGHTS = 65_534;

async function asNobody(work: () => Promise<void>): Promise<void> {
  process.seteuid?.(NO_RIGHTS);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
