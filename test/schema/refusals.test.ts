import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeIssue } from '../../src/index.ts';
import { filed, given, type Node } from './doors.ts';

const even = (value: unknown): void => {
  if (Number(value) % 2 !== 0) throw new Error('an even number, please');
};
const odd = (value: unknown): void => {
  if (Number(value) % 2 === 0) throw new Error('must be odd');
};
const version = {
  validate: (value: unknown) => {
    if (typeof value !== 'object') throw new Error('must be a version');
  },
  coerce: (text: string) => (/^\d+\.\d+$/.test(text) ? { text } : undefined),
};

/** A setting of each format with a text and a JSON value that it refuses. */
const TABLE: readonly (readonly [Node, text: string | undefined, json: string])[] = [
  [{ format: String, default: 'a' }, undefined, '1'],
  [{ format: Number, default: 1 }, '12abc', 'true'],
  [{ format: Number, default: 1, min: 0, max: 2 }, '3', '-1'],
  [{ format: 'int', default: 1 }, '1e3', '1.5'],
  [{ format: 'nat', default: 1 }, '-1', '1.5'],
  [{ format: 'port', default: 1 }, '65536', '"a"'],
  [{ format: 'windows_named_pipe', default: '\\\\.\\pipe\\a' }, 'a', '1'],
  [{ format: 'port_or_windows_named_pipe', default: 1 }, '70000', 'null'],
  [{ format: Boolean, default: true }, 'y', '0'],
  [{ format: ['debug', 'info', 3], default: 'info' }, 'inof', 'null'],
  [{ format: ['only'], default: 'only' }, 'onyl', '1'],
  [{ format: ['a', 'b'], default: 'a', sensitive: true }, 'c', '1'],
  [{ format: Array, default: [] }, '[1', '{}'],
  [{ format: Array, items: 'nat', default: [] }, '1,x', '[1, -1]'],
  [{ format: Array, items: ['a', 'b'], default: [], maxLength: 1 }, 'a,c', '["a", "b"]'],
  [{ format: Object, default: {} }, '{a: 1}', '[]'],
  [{ format: RegExp, default: /a/ }, '(', '1'],
  [{ format: 'url', default: 'https://a.b' }, 'a.b', '1'],
  [{ format: 'email', default: 'a@b.cd' }, 'a@', '1'],
  [{ format: 'ipaddress', default: '::1' }, 'localhost', '1'],
  [{ format: 'duration', default: 1 }, '5 parsecs', '-1'],
  [{ format: 'timestamp', default: 1 }, 'yesterday', '1.5'],
  [{ format: 'bytes', default: 1 }, '512 cats', '1.5'],
  [{ format: String, default: 'ab', pattern: /^a/, minLength: 2, maxLength: 3 }, 'b', '"abcd"'],
  [{ format: even, default: 2 }, '3', '5'],
  [{ format: odd, default: 3 }, '4', '6'],
  [{ format: 'version', default: {} }, 'latest', '1'],
  [{ format: z.number().max(1), default: 1, nullable: true }, '2', '"a"'],
  [{ format: z.object({ a: z.string() }), default: { a: 'a' } }, '{"a":1}', '{}'],
];

test('every format refuses in a sentence', async () => {
  const lines = TABLE.flatMap(([node, text, json]) => {
    const answers = [
      text === undefined ? undefined : given('flag', node, text, { formats: { version } }),
      filed(node, json, { formats: { version } }),
    ];
    return answers.flatMap((answer) => {
      if (answer === undefined) return [];
      if (!('refused' in answer)) throw new Error(`${json} is accepted: ${JSON.stringify(answer)}`);
      return answer.refused.map(({ frame: _, origin: __, ...issue }) => describeIssue(issue));
    });
  });
  for (const line of lines) expect(line).toMatch(/^it: (?:element \d+ )?(?:must|is not valid:) .*[.?]$/s);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/refusals.txt');
});

test('an empty option is not suggested', () => {
  const answer = given('flag', { format: ['', 'on'], default: 'on' }, 'x');
  expect(answer).toMatchObject({ refused: [{ message: 'must be "" or "on", got "x"' }] });
  expect(answer).not.toHaveProperty('refused.0.suggestion');
});
