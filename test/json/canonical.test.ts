import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/json/canonical.ts';

describe('the canonical JSON of RFC 8785', () => {
  test('its example', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '€$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('its order of names: by UTF-16 code units', () => {
    const names = ['€', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', 'ö'];
    const order = [...canonicalJson(Object.fromEntries(names.map((name) => [name, 0]))).matchAll(/"(.+?)":/g)];
    expect(order.map(([, name]) => name)).toEqual(['\\r', '1', '\u0080', 'ö', '€', '\u{1f600}', '\ufb33']);
  });

  test('says the same as the value, whatever the order of its members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('keeps a member whatever it is called', () => {
    expect(canonicalJson(JSON.parse('{ "b": 1, "__proto__": { "a": 2 } }'))).toBe('{"__proto__":{"a":2},"b":1}');
  });

  test.each([
    [/a"b/, '"a\\"b"'],
    [/a/i, '"/a/i"'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ a: undefined, b: () => 1, c: [undefined] }, '{"c":[null]}'],
    [-0, '0'],
    [12n, '"12"'],
  ])('writes %s as %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });
});
