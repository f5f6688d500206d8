import { parseEnv } from 'node:util';
import { parse } from 'dotenv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { folder } from '../folder.ts';
import { randomInputs } from '../random-inputs.ts';
import { loaded } from './loaded.ts';

const settings = {
  a: { default: null, format: String, nullable: true },
  b: { default: null, format: String, nullable: true },
};

/** What varve makes of a `.env` file. */
function ours(text: string): Record<string, unknown> {
  const { path } = folder({ '.env': text });
  const { a, b } = loaded({ settings, cwd: path, dotenv: true }).values as { a: unknown; b: unknown };
  return given({ RL_A: a, RL_B: b });
}

/** What Node.js makes of it (`node --env-file`). */
function nodes(text: string): Record<string, unknown> {
  const { RL_A, RL_B } = parseEnv(text);
  return given({ RL_A, RL_B });
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

/** Node.js 20 has further differences, which 22 mended. */
const isMended = Number(process.versions.node.split('.')[0]) >= 22;

describe('beside the parser of Node.js', () => {
  const word = fc.stringMatching(/^[\w./:@%+=~^*(){}[\]<>|&;!?$\\-]{1,12}$/u).filter((text) => !text.includes('\\'));
  const quoted = fc.stringMatching(/^[\w \n=#$:/.{}-]{0,20}$/u);
  const line = fc.oneof(
    word.map((value) => [value, value] as const),
    word.map((value) => [`${value} # why`, value] as const),
    quoted.map((value) => [`"${value}"`, value] as const),
    quoted.map((value) => [`'${value}'`, value] as const),
    quoted.map((value) => [`\`${value}\``, value] as const),
    fc.constant(['""', ''] as const),
  );

  test('plain and quoted values, comments, `export`, blank lines and repeated names mean the same', () => {
    const ending = fc.constantFrom('\n', '\n\n', '\n# RL_A=no\n', isMended ? '\n   \n' : '\n');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('RL_A', 'RL_B', 'export RL_A'), line, ending), { maxLength: 6 }),
        (lines) => {
          const text = lines.map(([name, [written], end]) => `${name}=${written}${end}`).join('');
          const expected = Object.fromEntries(lines.map(([name, [, value]]) => [name.replace('export ', ''), value]));
          expect([ours(text), nodes(text)]).toEqual([expected, expected]);
        },
      ),
      { numRuns: randomInputs(75) },
    );
  });

  test.each<[string, string, string | undefined, string | undefined]>([
    ['a colon assigns, as in YAML', 'RL_A: x', 'x', undefined],
    ['`\\r` is a carriage return in double quotes', 'RL_A="x\\ry"', 'x\ry', 'x\\ry'],
    ['a carriage return alone ends a line, as on old Macs', 'RL_A=x\rRL_B=y', 'x', 'xRL_B=y'],
    ['a byte order mark does not belong to the first name', '\uFEFFRL_A=x', 'x', undefined],
    ['a quoted value may begin on the next line', 'RL_A=\n"x"', 'x', ''],
    ['the equals sign may stand on the next line', 'RL_A\n=x', 'x', undefined],
    ['text behind a quote makes the quotes part of the value', 'RL_A="x" y', '"x" y', 'x'],
    ['so it does without a space', 'RL_A="x"y', '"x"y', 'x'],
    ['and with a second pair', "RL_A='it''s'", "it''s", 'it'],
    ['an escaped quote does not end the value, and stays escaped', 'RL_A="x\\"y"', 'x\\"y', 'x\\'],
    ['nothing may be assigned behind `export`', 'export RL_A=\n', '', undefined],
    ['a space that does not break is a space', 'RL_A=\u00a0x', 'x', '\u00a0x'],
  ])('they differ: %s', (_, text, here, there) => {
    expect(ours(text)['RL_A']).toBe(here);
    if (isMended) expect(nodes(text)['RL_A']).toBe(there);
  });
});

test('the scanner that is used gives the answers of dotenv’s regular expression', () => {
  const token = fc.constantFrom(
    ...[
      'A',
      'B',
      '=',
      ':',
      ' ',
      '\n',
      '\r',
      '\r\n',
      '"',
      "'",
      '`',
      '#',
      '\\',
      '\\n',
      'export ',
      '\t',
      '\u2028',
      '.',
      '-',
      '\uFEFF',
      '$(x)',
      '\n\n',
    ],
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 16 }), (tokens) => {
      const text = tokens.join('');
      expect(parse(text, { fast: true })).toEqual(parse(text));
    }),
    { numRuns: randomInputs(1_500) },
  );
});
