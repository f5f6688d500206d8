import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomInputs } from '../random-inputs.ts';
import { DOORS, type Door, filed, given, type Node } from './doors.ts';

const NODES: readonly Node[] = [
  { format: Number, default: 1 },
  { format: Number, nullable: true, default: null },
  { format: 'int', default: 1 },
  { format: 'nat', default: 1 },
  { format: 'port', default: 1 },
  { format: 'port_or_windows_named_pipe', default: 1 },
  { format: Boolean, default: true },
  { format: ['auto', 'on', 1, 2.5, true], default: 'auto' },
  { format: Array, default: [] },
  { format: Array, items: Number, default: [] },
  { format: Array, items: 'int', default: [] },
  { format: Array, nullable: true, default: null },
  { default: [[1], [2]] },
  { format: Object, default: {} },
  { format: RegExp, default: /a/ },
  { format: String, default: 'd' },
  { format: '*', default: 'd' },
  { format: (value: unknown) => void value, default: 1 },
  { format: (value: unknown) => void value, default: [1] },
  { format: 'duration', default: 1 },
  { format: 'bytes', default: 1 },
  { format: 'timestamp', default: 1 },
];

/** Texts that look like values of some kind, and any others. */
const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.double().map(String),
  fc.bigInt().map(String),
  fc.tuple(fc.integer(), fc.integer({ min: -300, max: 400 })).map(([digits, exponent]) => `${digits}e${exponent}`),
  fc.json(),
  fc.array(fc.oneof(fc.double(), fc.string())).map(String),
  fc.constantFrom(
    'true',
    'YES',
    'off',
    'null',
    '',
    '0',
    '1',
    'auto',
    '[',
    '{',
    '1,2',
    '[1,2]',
    '5s',
    '1GiB',
    '2026-01-31',
  ),
  fc.stringMatching(/^[+-]?[0-9]{0,20}\.?[0-9]{0,20}(?:e[+-]?[0-9]{1,2})?$/),
);

/** The text that a typed value is written as. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof RegExp ? value.source : JSON.stringify(value);
}

/** A number of the text itself, counted exactly: `[digits, exponent]`, without zeros at either end. */
function exactly(text: string): string {
  const [, sign, whole = '', part = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = (whole + part).replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  const power = Number(exponent) - part.length + digits.length - trimmed.length;
  return trimmed === '' ? '0' : `${sign === '-' ? '-' : ''}${trimmed}e${power}`;
}

describe('decoding never invents', () => {
  test.each(DOORS.filter((door) => door !== '.env'))(
    'what is accepted by %s, and printed again, means the same',
    (door) => {
      fc.assert(
        fc.property(fc.constantFrom(...NODES), texts, (node, text) => {
          fc.pre(!text.includes('\0'));
          const first = given(door, node, text);
          if ('refused' in first || first.value === node['default']) return;
          const again = printed(first.value);
          fc.pre(again !== '' || typeof first.value === 'string');
          expect(given('set', node, again)).toEqual(first);
        }),
        { numRuns: randomInputs(750) },
      );
    },
  );

  test('an integer that is accepted is the one that was written', () => {
    fc.assert(
      fc.property(fc.constantFrom('int', 'nat', 'port'), texts, (format, text) => {
        const answer = given('env', { format, default: null, nullable: true }, text);
        if ('refused' in answer || answer.value === null) return;
        expect(exactly(String(answer.value))).toBe(exactly(text));
      }),
      { numRuns: randomInputs(1_000) },
    );
  });

  test('a number with at most 15 digits is the one that was written', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[+-]?[0-9]{1,8}\.[0-9]{1,7}(?:e[+-]?[0-9]{1,2})?$/), (text) => {
        const answer = given('flag', { format: Number, default: 1 }, text);
        expect('value' in answer && exactly(String(answer.value))).toBe(exactly(text));
      }),
    );
  });

  test('a text that means a number in the file means the same number elsewhere', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NODES.slice(0, 5)),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (node, number) => {
          const text = JSON.stringify(number === 0 ? 0 : number);
          const [file, env] = [filed(node, text), given('env', node, text)];
          // An integer with an exponent is a number in JSON, but no digits.
          if ('value' in env) expect(file).toEqual(env);
        },
      ),
    );
  });
});

describe('in a string setting every text survives', () => {
  const STRINGS: readonly Node[] = [
    { format: String, default: 'd' },
    { format: 'String', default: null, nullable: true },
    { format: '*', default: 'd' },
    { default: 'd' },
    { format: (value: unknown) => void value, default: 'd' },
  ];
  const anyText = fc.oneof(
    texts,
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', "'", '\\', '\n', '=', '-', ' ') }),
  );
  // The operating system takes no NUL in variables and arguments.
  const handed = anyText.filter((text) => !text.includes('\0'));

  test.each<Door>(['env', 'flag', 'set'])('by %s', (door) => {
    fc.assert(
      fc.property(fc.constantFrom(...STRINGS), handed, (node, text) => {
        expect(given(door, node, text)).toEqual({ value: text });
      }),
      { numRuns: randomInputs(500) },
    );
  });

  test('by the file', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STRINGS), anyText, (node, text) => {
        // A surrogate alone has no UTF-8; JSON.stringify escapes it.
        expect(filed(node, JSON.stringify(text))).toEqual({ value: text });
      }),
      { numRuns: randomInputs(150) },
    );
  });

  test.each(['', 'a', "it's", 'say "x"', '$HOME', '$(ls)', '#no comment', 'a=b', ' padded ', 'zwei\nzeilen'])(
    '%j by .env',
    (text) => {
      expect(given('.env', { format: String, default: 'd' }, text)).toEqual({ value: text });
    },
  );
});
