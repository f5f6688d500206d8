import { expect, test } from 'vitest';
import { parseBoundedJson } from '../../src/words/bounded-json.ts';

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

test('JSON of up to 1,000 levels is parsed', () => {
  const brackets = JSON.stringify(['['.repeat(2_000), `"${'{'.repeat(2_000)}\\`]);
  for (const text of [nested(1_000), `[${nested(999)},${nested(999)}]`, brackets, '"\\""', '1'])
    expect(parseBoundedJson(text)).toEqual(JSON.parse(text));
});

test.each([
  ['deeper', nested(1_001)],
  ['deeper, and objects', '{"a":'.repeat(1_001)],
  ['deeper than memory allows', '['.repeat(2 ** 28)],
  ['not JSON', '[1'],
  ['a string without an end', '"a\\'],
])('JSON that is %s is a syntax error', (_, text) => {
  expect(() => parseBoundedJson(text)).toThrow(SyntaxError);
});
