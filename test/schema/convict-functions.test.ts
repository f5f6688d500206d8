import convict from 'convict';
import { describe, expect, test } from 'vitest';
import { message, setting, values } from './convict.ts';

describe('a function as the format', () => {
  test('is asked with the value and the setting', () => {
    const asked: unknown[] = [];
    const format = (value: unknown, node: unknown): void => void asked.push([value, node]);
    values(setting(format, 'x', { env: 'IT', children: { a: 1 } }));
    expect(asked).toEqual([['x', { format, default: 'x', env: 'IT', children: { a: 1 } }]]);
  });

  test.each([
    ['number', 1, '5', 5],
    ['boolean', false, 'true', true],
    ['text', 'd', '5', '5'],
    ['list', ['a'], 'b,c', ['b', 'c']],
    ['object', { a: 1 }, '{"b":2}', { b: 2 }],
    ['null', null, '5', '5'],
  ])('takes the type of text from its default: %s', (_, value, text, expected) => {
    expect(
      values(
        setting(() => undefined, value, { env: 'IT' }),
        { env: { IT: text } },
      ),
    ).toEqual({ it: expected });
  });

  test.each([
    [
      'an Error',
      () => {
        throw new Error('must be even');
      },
    ],
    [
      'a text',
      () => {
        throw 'must be even';
      },
    ],
    [
      'a frozen Error',
      () => {
        throw Object.freeze(new Error('must be even'));
      },
    ],
  ])('refuses by throwing %s, in its own words', (_, refuse) => {
    const format = (value: unknown): void => void (value === 3 && refuse());
    expect(message(() => values(setting(format, 2), { file: { it: 3 } }))).toContain(
      'it: must be even, got 3 (app.json:1:7).',
    );
  });

  test('is asked about null, unless the setting is nullable', () => {
    const format = (value: unknown): void => {
      if (value === null) throw new Error('must be something');
    };
    expect(message(() => values(setting(format, 'x'), { file: { it: null } }))).toContain(
      'it: must be something, got null',
    );
    expect(values(setting(format, 'x', { nullable: true }), { file: { it: null } })).toEqual({ it: null });
  });

  test('with nested checks by convict itself, as its documentation has them', () => {
    const children = { name: { format: String, default: null }, bought: { format: Boolean, default: null } };
    const sources = (list: unknown, node: { children: never }): void => {
      if (!Array.isArray(list)) throw new Error('must be of type Array');
      for (const source of list) convict(node.children).load(source).validate();
    };
    const schema = { domains: { format: sources, default: [], children } };
    const good = { domains: [{ name: 'a', bought: true }] };
    expect(values(schema, { file: good })).toEqual(good);
    expect(message(() => values(schema, { file: { domains: [{ name: 'a', bought: 8 }] } }))).toContain(
      'domains: is not valid: bought: must be of type Boolean',
    );
  });
});

describe('formats of the definition', () => {
  const formats = {
    prime: {
      validate: (value: unknown) => {
        if (![2, 3, 5, 7].includes(value as number)) throw new Error('must be a prime number');
      },
      coerce: (text: string) => Number.parseInt(text, 10),
    },
    hex: {
      validate: (value: unknown) => {
        if (!/^[0-9a-f]+$/i.test(String(value))) throw new Error('must be hexadecimal');
      },
    },
  };

  test('check, and read text by their own coerce', () => {
    const schema = { p: { format: 'prime', default: '7', env: 'P' }, h: { format: 'hex', default: 'ff', env: 'H' } };
    expect(values(schema, { env: { P: '5', H: '10' } }, { formats })).toEqual({ p: 5, h: '10' });
    expect(message(() => values(schema, { env: { P: '4', H: 'x' } }, { formats }))).toMatch(
      /p +must be a prime number, got "4" +env P\n +h +must be hexadecimal, got "x" +env H/,
    );
  });

  test('are another definition’s unknown formats, and never convict’s', () => {
    values(setting('prime', 2), {}, { formats });
    expect(message(() => values(setting('prime', 2)))).toContain('has the unknown format "prime"');
    expect(() => convict(setting('prime', 2) as never)).toThrow('unknown format');
  });

  test('what coerce throws is why a text is refused', () => {
    const map = { validate: () => undefined, coerce: (text: string) => JSON.parse(text) as unknown };
    expect(
      message(() => values(setting('map', {}, { env: 'IT' }), { env: { IT: '{' } }, { formats: { map } })),
    ).toMatch(/^it: must be text that the format map takes: .*JSON/);
  });
});
