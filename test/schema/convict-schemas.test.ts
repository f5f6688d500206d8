import { describe, expect, test } from 'vitest';
import { convictValues, type Inputs, message, type Schema, setting, values } from './convict.ts';

describe('has the values that convict has', () => {
  const SCHEMAS: readonly [title: string, schema: Schema, inputs?: Inputs][] = [
    ['shorthands', { port: 8080, host: 'h', on: true, list: ['a'], ratio: 0.5, empty: {}, nothing: undefined }],
    ['shorthands in groups', { a: { b: { c: 1 }, d: 'x' } }],
    ['shorthands that are given', { port: 8080, a: { b: 'x' } }, { file: { port: 80, a: { b: 'y' } } }],
    [
      'constructors',
      {
        s: { format: String, default: 'x' },
        n: { format: Number, default: 1.5 },
        b: { format: Boolean, default: false },
      },
    ],
    [
      'more constructors',
      {
        a: { format: Array, default: [1] },
        o: { format: Object, default: { x: 1 } },
        r: { format: RegExp, default: /x/ },
      },
    ],
    [
      'names of constructors',
      {
        s: { format: 'String', default: 'x' },
        n: { format: 'Number', default: 1 },
        b: { format: 'Boolean', default: true },
      },
    ],
    [
      'more names',
      {
        a: { format: 'Array', default: [] },
        o: { format: 'Object', default: {} },
        r: { format: 'RegExp', default: '.*' },
      },
    ],
    [
      'integers',
      {
        i: { format: 'int', default: -9 },
        j: { format: 'integer', default: 42 },
        n: { format: 'nat', default: 0 },
        p: { format: 'port', default: 65535 },
      },
    ],
    [
      'pipes',
      {
        w: { format: 'windows_named_pipe', default: '\\\\.\\pipe\\a' },
        p: { format: 'port_or_windows_named_pipe', default: '\\\\.\\pipe\\b' },
        q: { format: 'port_or_windows_named_pipe', default: 1 },
      },
    ],
    [
      'anything',
      {
        a: { format: '*', default: 'x' },
        b: { format: '*', default: undefined },
        c: { format: '*', default: null },
        d: { format: '*', default: { deep: [1] } },
      },
    ],
    [
      'defaults as text',
      {
        i: { format: 'int', default: '7' },
        p: { format: 'port', default: '80' },
        n: { format: Number, default: '1.5' },
        b: { format: Boolean, default: 'false' },
        a: { format: Array, default: 'a,b' },
        q: { format: 'port_or_windows_named_pipe', default: '1234' },
      },
    ],
    [
      'enumerations',
      {
        level: { format: ['debug', 'info'], default: 'info' },
        size: { format: [1, 2, 3], default: 2 },
        mixed: { format: ['auto', 0, null], default: 'auto' },
      },
    ],
    ['an enumeration from a variable', setting(['a', 'b'], 'a', { env: 'IT' }), { env: { IT: 'b' } }],
    [
      'nullable',
      {
        n: { format: Number, nullable: true, default: null },
        e: { format: ['a'], nullable: true, default: null },
        f: {
          format: () => {
            throw new Error('never asked');
          },
          nullable: true,
          default: null,
        },
      },
    ],
    ['null without a format', { a: null, b: { default: null }, c: { doc: 'd', default: null } }],
    ['no default', { a: { format: String, default: undefined }, b: { format: 'nat', default: undefined } }],
    ['names with spaces', { 'a b': { 'c_d e': { format: Boolean, default: true } } }],
    ['an object as a default that looks like a setting', { section: { format: Object, default: { default: 1 } } }],
    [
      'names of Object.prototype',
      { constructor: 1, toString: 'x', valueOf: true, isPrototypeOf: { format: 'nat', default: 3 } },
    ],
    [
      'names of Object.prototype that are given',
      { constructor: { env: 'C', default: 1 }, toString: { valueOf: 'x' } },
      { env: { C: '2' }, file: { toString: { valueOf: 'y' } } },
    ],
    [
      'variables',
      {
        i: { format: 'int', default: 1, env: 'I' },
        n: { format: Number, default: 1, env: 'N' },
        s: { default: 's', env: 'S' },
      },
      { env: { I: '7', N: '-1e-3', S: 'null' } },
    ],
    [
      'lists and objects from variables',
      {
        a: { format: Array, default: null, env: 'A' },
        o: { format: Object, default: null, env: 'O' },
        r: { format: RegExp, default: null, env: 'R' },
      },
      { env: { A: 'a,b,c', O: '{"foo": "bar"}', R: '^foo$' } },
    ],
    [
      'one variable for several settings',
      { a: { default: '', env: 'ZONE' }, b: { c: { format: Number, default: 1, env: 'ZONE' } } },
      { env: { ZONE: '5' } },
    ],
    [
      'flags',
      {
        i: { format: 'int', default: null, arg: 'int' },
        s: { default: 's', arg: 'text' },
        v: { format: Boolean, default: false, arg: 'verbose' },
        l: { format: Array, default: [], arg: 'list' },
      },
      { argv: ['--int', '77', '--text=x', '--verbose', '--list', 'a,b'] },
    ],
    ['a flag of one letter', setting('int', 1, { arg: 'i' }), { argv: ['-i', '5'] }],
    [
      'a flag over a variable over a file',
      setting(String, 'a', { env: 'IT', arg: 'it' }),
      { argv: ['--it=flag'], env: { IT: 'env' }, file: { it: 'file' } },
    ],
    ['a variable over a file', setting(String, 'a', { env: 'IT' }), { env: { IT: 'env' }, file: { it: 'file' } }],
    ['an empty variable of a text', setting(String, 'a', { env: 'IT' }), { env: { IT: '' } }],
    ['required, and given', setting(String, null, { env: 'IT' }), { env: { IT: 'x' } }],
    ['an Object that is merged', { o: { format: Object, default: { a: 1, b: 2 } } }, { file: { o: { b: 3, c: [4] } } }],
    [
      'null where the format takes it',
      { f: { format: () => undefined, default: null }, e: { format: ['a', null], default: null } },
    ],
    [
      'unknown members of settings',
      { a: { format: String, default: 'x', children: { b: 1 }, validator: () => 1, _private: null } },
    ],
    ['a list that replaces a list', setting(Array, [1, 2], { env: 'IT' }), { file: { it: [3] } }],
  ];

  test.each(SCHEMAS)('%s', (_, schema, inputs) => {
    expect(values(schema, inputs)).toEqual(convictValues(schema, inputs));
  });
});

describe('takes what convict fails at', () => {
  test('names with dots in an Object', () => {
    const dotted = { 'a.b': 1, c: { 'd.e': [2] } };
    expect(values(setting(Object, dotted))).toEqual({ it: dotted });
    expect(values(setting(Object, {}), { file: { it: dotted } })).toEqual({ it: dotted });
  });

  test('objects of two levels under *', () => {
    expect(values(setting('*', null, { nullable: true }), { file: { it: { a: { b: 1 } } } })).toEqual({
      it: { a: { b: 1 } },
    });
  });

  test('an object in the file where the schema has a list: it is refused, not passed over', () => {
    expect(message(() => values(setting(Array, []), { file: { it: { a: 1 } } }))).toContain(
      'must be a list, got {"a":1}',
    );
  });

  test('a setting called hasOwnProperty with others in it', () => {
    expect(values({ hasOwnProperty: { valueOf: true } })).toEqual({ hasOwnProperty: { valueOf: true } });
  });

  test('a default of an Object that is JSON text', () => {
    expect(values(setting(Object, '{"a":1}'))).toEqual({ it: { a: 1 } });
  });

  test('an Object is merged at all depths, where convict merges the first', () => {
    const schema = setting(Object, { a: 1, b: { c: 2 } });
    expect(values(schema, { file: { it: { b: { d: [3] } } } })).toEqual({ it: { a: 1, b: { c: 2, d: [3] } } });
  });

  test('commas in the texts of a JSON list', () => {
    expect(values(setting(Array, [], { env: 'IT' }), { env: { IT: '["a,b"]' } })).toEqual({ it: ['a,b'] });
  });
});

describe('a schema from a JSON file', () => {
  test('is taken as convict takes it', () => {
    const schema = JSON.parse(`{
      "someNumber": { "format": "Number", "default": 1, "env": "SOME_NUMBER" },
      "someObject": { "format": "Object", "default": {} },
      "someRegExp": { "format": "RegExp", "default": ".*" },
      "level": { "format": ["debug", "info"], "default": "info" },
      "foo": { "bar": 7, "baz": { "name with spaces": { "name_with_underscores": true } } }
    }`) as Schema;
    expect(values(schema, { env: { SOME_NUMBER: '2' } })).toEqual(convictValues(schema, { env: { SOME_NUMBER: '2' } }));
  });
});

describe('a schema', () => {
  test('is not changed, and may be frozen and used again', () => {
    const schema = Object.freeze({
      a: Object.freeze({ format: Array, default: Object.freeze([1]) }),
      b: Object.freeze({ c: 1 }),
    });
    const first = values(schema) as { a: number[] };
    expect(values(schema)).toEqual(first);
    expect(Object.isFrozen(first.a)).toBe(true);
  });

  test('a value given to it is not kept by reference', () => {
    const list = [1];
    const given = values(setting(Array, list));
    list.push(2);
    expect(given).toEqual({ it: [1] });
  });

  test.each(['__proto__', '_cvtProperties'])('has no setting called %s', (name) => {
    const schema = JSON.parse(`{ "a": { ${JSON.stringify(name)}: 1 } }`) as Schema;
    expect(message(() => values(schema))).toBe(`a.${name}: has a reserved name.`);
  });
});
