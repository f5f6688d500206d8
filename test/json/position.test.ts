import { describe, expect, test } from 'vitest';
import { codeFrame, lineIndex } from '../../src/json/position.ts';

describe('lineIndex', () => {
  const text = '\ufeffab\r\nc\rd\n\n日e';
  test.each([
    [0, 1, 1],
    [1, 1, 1],
    [2, 1, 2],
    [3, 1, 3],
    [4, 1, 4],
    [5, 2, 1],
    [6, 2, 2],
    [7, 3, 1],
    [9, 4, 1],
    [10, 5, 1],
    [11, 5, 2],
    [12, 5, 3],
    [99, 5, 3],
    [-1, 1, 1],
  ])('offset %i is in line %i, column %i', (offset, line, column) => {
    expect(lineIndex(text).at(offset)).toEqual({ line, column });
  });

  test('counts as splitting into lines does', () => {
    const lines = ['', 'a', 'bc', '', '', 'def', ''];
    const joined = lines.join('\n');
    const index = lineIndex(joined);
    for (let offset = 0; offset <= joined.length; offset++) {
      const before = joined.slice(0, offset).split('\n');
      expect(index.at(offset)).toEqual({ line: before.length, column: (before.at(-1) ?? '').length + 1 });
    }
  });

  test('knows the empty text', () => {
    expect(lineIndex('').at(0)).toEqual({ line: 1, column: 1 });
  });
});

function frame(marked: string): string {
  const start = marked.indexOf('«');
  const end = marked.indexOf('»') - 1;
  return codeFrame(marked.replace('«', '').replace('»', ''), start, end);
}

describe('codeFrame', () => {
  test('marks the place in its line, below the line before', () => {
    expect(frame('{\n  "a": 1,\n  "trust_threshold": «1.7»\n}')).toBe(
      ['    2 |   "a": 1,', '    3 |   "trust_threshold": 1.7', '      |                      ^^^'].join('\n'),
    );
  });

  test('leaves out a blank line before, and marks one place at least', () => {
    expect(frame('\n  \n«»x')).toBe(['    3 | x', '      | ^'].join('\n'));
    expect(codeFrame('ab', 2)).toBe(['    1 | ab', '      |   ^'].join('\n'));
    expect(codeFrame('日', 0, 0)).toBe(['    1 | 日', '      | ^^'].join('\n'));
    expect(codeFrame('\ufeff{', 0)).toBe(['    1 | {', '      | ^'].join('\n'));
    expect(codeFrame('', 0)).toBe(['    1 |', '      | ^'].join('\n'));
  });

  test('marks no further than the line reaches, in every kind of line', () => {
    expect(frame('{\r\n"a": «[\r\n1]»\r\n}')).toBe(['    1 | {', '    2 | "a": [', '      |      ^'].join('\n'));
    expect(frame('{\r"a": «[1\r]»}')).toBe(['    1 | {', '    2 | "a": [1', '      |      ^^'].join('\n'));
    expect(frame('\ufeff«{»')).toBe(['    1 | {', '      | ^'].join('\n'));
  });

  test('keeps the mark beneath its place behind tabs, wide and combining characters', () => {
    expect(frame('\t\t"日本e\u0301": «1»')).toBe(['    1 | \t\t"日本e\u0301": 1', '      | \t\t         ^'].join('\n'));
    expect(frame('"«😀日»"')).toBe(['    1 | "😀日"', '      |  ^^^^'].join('\n'));
  });

  test('shows nothing that a terminal would act upon', () => {
    expect(frame('"\u001b[31m\u202e\u0000\u0085\u200b\ud800"«1»')).toBe(
      ['    1 | "\ufffd[31m\ufffd\ufffd\ufffd\ufffd\ufffd"1', `      | ${' '.repeat(12)}^`].join('\n'),
    );
  });

  test('cuts a long line around the place', () => {
    const middle = frame(`{"${'a'.repeat(500)}": «7», "${'b'.repeat(500)}": 1}`);
    expect(middle).toBe(
      [`    1 | …${'a'.repeat(37)}": 7, "${'b'.repeat(36)}…`, `      | ${' '.repeat(41)}^`].join('\n'),
    );
    expect(frame(`{\n${'a'.repeat(100)}«7»`)).toBe(
      [`    2 | …${'a'.repeat(79)}7`, `      | ${' '.repeat(80)}^`].join('\n'),
    );
    const start = frame(`«1»${' '.repeat(200)}x`);
    expect(start).toBe([`    1 | 1${' '.repeat(79)}…`, '      | ^'].join('\n'));
    const end = frame(`x${'y'.repeat(200)}«zz»`);
    expect(end).toBe([`    1 | …${'y'.repeat(78)}zz`, `      | ${' '.repeat(79)}^^`].join('\n'));
  });

  test('never cuts a character in two', () => {
    const shown = frame(`${'😀'.repeat(101)}«!»x${'😀'.repeat(101)}`);
    expect(shown).not.toContain('\ufffd');
    expect(shown).toContain('!x😀');
    expect(frame(`${'😀'.repeat(101)}x«!»${'😀'.repeat(101)}`)).not.toContain('\ufffd');
  });
});
