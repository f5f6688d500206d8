import { type } from 'arktype';
import * as v from 'valibot';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import type { StandardSchema } from '../../src/schema/standard.ts';
import type { AnyKey, SettingKey, SettingsDefinition, Values } from '../../src/schema/types.ts';

declare module '../../src/schema/types-formats.ts' {
  interface FormatTypes {
    readonly semver: `${number}.${number}.${number}`;
  }
}

declare const pair: StandardSchema<string, { left: number; right: string[] }>;
declare const level: (value: unknown) => asserts value is 'low' | 'high';
declare const anything: string;

type Known<T> = T & { readonly [member: string]: unknown };
type Open = { readonly [member: string]: unknown };

test('a named format has its value type', () => {
  const { settings } = defineConfig({
    name: 'formats',
    settings: {
      constructors: {
        string: { format: String, default: 'a' },
        number: { format: Number, default: 1 },
        boolean: { format: Boolean, default: true },
        regexp: { format: RegExp, default: /a/ },
      },
      names: {
        string: { format: 'String', default: 'a' },
        number: { format: 'Number', default: 1 },
        boolean: { format: 'Boolean', default: true },
        regexp: { format: 'RegExp', default: 'a' },
        int: { format: 'int', default: 1 },
        integer: { format: 'integer', default: 1 },
        nat: { format: 'nat', default: 1 },
        port: { format: 'port', default: '80' },
        pipe: { format: 'windows_named_pipe', default: '\\\\.\\pipe\\a' },
        portOrPipe: { format: 'port_or_windows_named_pipe', default: 80 },
        any: { format: '*', default: 1 },
        url: { format: 'url', default: 'https://example.org' },
        email: { format: 'email', default: 'a@example.org' },
        ip: { format: 'ipaddress', default: '::1' },
        duration: { format: 'duration', default: '5s' },
        timestamp: { format: 'timestamp', default: '2026-01-31' },
        bytes: { format: 'bytes', default: '1MiB' },
      },
    },
  });
  type V = Values<typeof settings>;
  expectTypeOf<V['constructors']>().toEqualTypeOf<{
    readonly string: string;
    readonly number: number;
    readonly boolean: boolean;
    readonly regexp: RegExp;
  }>();
  expectTypeOf<V['names']>().toEqualTypeOf<{
    readonly string: string;
    readonly number: number;
    readonly boolean: boolean;
    readonly regexp: RegExp;
    readonly int: number;
    readonly integer: number;
    readonly nat: number;
    readonly port: number;
    readonly pipe: string;
    readonly portOrPipe: number | string;
    readonly any: unknown;
    readonly url: string;
    readonly email: string;
    readonly ip: string;
    readonly duration: number;
    readonly timestamp: number;
    readonly bytes: number;
  }>();
});

test('an enumeration is the union of its options', () => {
  const { settings } = defineConfig({
    name: 'enumerations',
    settings: {
      inline: { format: ['debug', 'info'], default: 'info' },
      cast: { format: ['debug', 'info'] as ('debug' | 'info')[], default: 'info' as 'debug' | 'info' },
      mixed: { format: ['auto', 1, null, true], default: 'auto' },
      required: { format: ['a', 'b'], default: null },
    },
  });
  expectTypeOf<Values<typeof settings>>().toEqualTypeOf<{
    readonly inline: 'debug' | 'info';
    readonly cast: 'debug' | 'info';
    readonly mixed: 'auto' | 1 | null | true;
    readonly required: 'a' | 'b';
  }>();
});

test('without a format that says more, the default stands for its type', () => {
  const { settings } = defineConfig({
    name: 'defaults',
    settings: {
      text: { default: 'a' },
      none: { default: null },
      absent: { default: undefined },
      list: { default: ['a', 1] },
      nested: { default: { a: 1, b: { c: ['x'], d: null } } },
      checked: {
        format(value) {
          expectTypeOf(value).toEqualTypeOf<unknown>();
        },
        default: 5,
      },
      arrow: { format: (value: string, setting) => void [value, setting.default], default: 'a' },
      unknown: { format: () => {}, default: null },
      asserted: { format: level, default: null },
      group: { inner: { nested: { format: (value, setting) => void [value, setting.default], default: 1 } } },
    },
  });
  expectTypeOf<Values<typeof settings>>().toEqualTypeOf<{
    readonly text: string;
    readonly none: unknown;
    readonly absent: unknown;
    readonly list: readonly (string | number)[];
    readonly nested: { readonly a: number; readonly b: { readonly c: readonly string[]; readonly d: unknown } };
    readonly checked: number;
    readonly arrow: string;
    readonly unknown: unknown;
    readonly asserted: 'low' | 'high';
    readonly group: { readonly inner: { readonly nested: number } };
  }>();
});

test('null and undefined are values only where they are declared', () => {
  const { settings } = defineConfig({
    name: 'absence',
    settings: {
      required: { format: 'nat', default: null },
      nullable: { format: 'nat', nullable: true, default: null },
      never: { format: 'nat', nullable: false, default: 1 },
      optional: { format: 'nat', default: undefined },
      both: { format: String, nullable: true, default: undefined },
    },
  });
  expectTypeOf<Values<typeof settings>>().toEqualTypeOf<{
    readonly required: number;
    readonly nullable: number | null;
    readonly never: number;
    readonly optional: number | undefined;
    readonly both: string | null | undefined;
  }>();
});

test('a list has the elements of its items, else of its default', () => {
  const { settings } = defineConfig({
    name: 'lists',
    settings: {
      byItems: { format: Array, items: String, default: [] },
      byName: { format: 'Array', items: 'port', default: ['80'] },
      byOptions: { format: Array, items: ['a', 'b'], default: ['a'] },
      bySchema: { format: Array, items: pair, default: [] },
      byFunction: { format: Array, items: () => {}, default: [1] },
      byDeclaration: { format: Array, items: { format: 'nat', min: 1, nullable: true }, default: [] },
      nested: { format: Array, items: { format: Array, items: Number }, default: [] },
      byDefault: { format: Array, default: ['a'] },
      objects: { format: Array, default: [{ a: 1 }] },
      unknown: { format: Array, default: [] },
      nullable: { format: Array, items: Number, nullable: true, default: null },
    },
  });
  type V = Values<typeof settings>;
  expectTypeOf<V>().toEqualTypeOf<{
    readonly byItems: readonly string[];
    readonly byName: readonly number[];
    readonly byOptions: readonly ('a' | 'b')[];
    readonly bySchema: readonly { readonly left: number; readonly right: readonly string[] }[];
    readonly byFunction: readonly number[];
    readonly byDeclaration: readonly (number | null)[];
    readonly nested: readonly (readonly number[])[];
    readonly byDefault: readonly string[];
    readonly objects: readonly { readonly a: number }[];
    readonly unknown: readonly unknown[];
    readonly nullable: readonly number[] | null;
  }>();
});

test('an object has the members of its default, and any others', () => {
  const { settings } = defineConfig({
    name: 'objects',
    settings: {
      labels: { format: Object, default: { team: 'a', weights: [1] } },
      empty: { format: 'Object', default: {} },
      nullable: { format: Object, nullable: true, default: null },
      bare: {},
    },
  });
  type V = Values<typeof settings>;
  expectTypeOf<V['labels']>().toEqualTypeOf<Known<{ readonly team: string; readonly weights: readonly number[] }>>();
  expectTypeOf<V['labels']['other']>().toEqualTypeOf<unknown>();
  expectTypeOf<V['empty']['a']>().toEqualTypeOf<unknown>();
  expectTypeOf<V['nullable']>().toEqualTypeOf<Open | null>();
  expectTypeOf<V['bare']>().toEqualTypeOf<Open>();
});

test('a Standard Schema has its output, deeply readonly', () => {
  const { settings } = defineConfig({ name: 'schemas', settings: { pair: { format: pair, default: '1,a' } } });
  expectTypeOf<Values<typeof settings>>().toEqualTypeOf<{
    readonly pair: { readonly left: number; readonly right: readonly string[] };
  }>();
});

test('the schemas of zod, valibot and arktype are such', () => {
  const { settings } = defineConfig({
    name: 'libraries',
    settings: {
      zod: { format: z.object({ a: z.coerce.number(), b: z.array(z.string()).optional() }), default: null },
      valibot: { format: v.pipe(v.string(), v.transform(Number)), default: '1' },
      arktype: { format: type({ a: 'string[]' }), default: null },
      items: { format: Array, items: z.enum(['x', 'y']), default: ['x'] },
    },
  });
  expectTypeOf<Values<typeof settings>>().toEqualTypeOf<{
    readonly zod: { readonly a: number; readonly b?: readonly string[] | undefined };
    readonly valibot: number;
    readonly arktype: { readonly a: readonly string[] };
    readonly items: readonly ('x' | 'y')[];
  }>();
});

test("a definition's own format has the type declared for its name, else what its default tells", () => {
  const { settings } = defineConfig({
    name: 'own',
    settings: {
      declared: { format: 'semver', default: '1.0.0' },
      counted: { format: 'dozen', default: 12 },
      // Its `coerce` may turn the text into anything.
      text: { format: 'money', default: '5 EUR' },
      absent: { format: 'money', default: null },
    },
  });
  expectTypeOf<Values<typeof settings>>().toEqualTypeOf<{
    readonly declared: `${number}.${number}.${number}`;
    readonly counted: number;
    readonly text: unknown;
    readonly absent: unknown;
  }>();
});

test('a schema written for convict has its types: shorthands, and a node with a child called default', () => {
  const { settings } = defineConfig({
    name: 'convict',
    settings: {
      port: 8080,
      name: 'svc',
      on: false,
      hosts: ['a'],
      nothing: null,
      section: { default: { default: 'x', format: String }, other: { default: 1 } },
      group: { inner: { level: { default: 'a', custom: true, more: { of: ['this'] } } } },
    },
  });
  type V = Values<typeof settings>;
  expectTypeOf<V['port']>().toEqualTypeOf<number>();
  expectTypeOf<V['name']>().toEqualTypeOf<string>();
  expectTypeOf<V['on']>().toEqualTypeOf<boolean>();
  expectTypeOf<V['hosts']>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<V['nothing']>().toEqualTypeOf<unknown>();
  expectTypeOf<V['group']>().toEqualTypeOf<{ readonly inner: { readonly level: string } }>();
  expectTypeOf<SettingKey<typeof settings>>().toEqualTypeOf<
    'port' | 'name' | 'on' | 'hosts' | 'nothing' | 'section' | 'group.inner.level'
  >();
  expectTypeOf<AnyKey<typeof settings>>().toEqualTypeOf<SettingKey<typeof settings> | 'group' | 'group.inner'>();
});

test('a schema in a variable keeps its keys; without `as const` its types come from the defaults', () => {
  const widened = {
    port: { format: 'port', default: 80, nullable: true },
    level: { format: ['debug', 'info'], default: 'info' },
    list: { format: Array, items: 'nat', default: [1] },
    group: { size: { format: 'bytes', default: 1 } },
  };
  const literal = {
    level: { format: ['debug', 'info'], default: 'info' },
    port: { format: 'port', default: '80' },
  } as const;
  const wide = defineConfig({ name: 'widened', settings: widened });
  expectTypeOf<Values<typeof wide>>().toEqualTypeOf<{
    readonly port: number | null;
    readonly level: string;
    readonly list: readonly number[];
    readonly group: { readonly size: number };
  }>();
  expectTypeOf<SettingKey<typeof widened>>().toEqualTypeOf<'port' | 'level' | 'list' | 'group.size'>();
  const narrow = defineConfig({ name: 'literal', settings: literal });
  expectTypeOf<Values<typeof narrow>>().toEqualTypeOf<{ readonly level: 'debug' | 'info'; readonly port: number }>();
});

test('a schema that is not known until run time is an unknown tree', () => {
  const config = loadConfigSync(defineConfig({ name: 'loaded', settings: JSON.parse(anything) as SettingsDefinition }));
  expectTypeOf(config.get(anything)).toEqualTypeOf<unknown>();
  expectTypeOf(config.values['a']).toEqualTypeOf<unknown>();
  config.set(anything, 5);
  const partly = loadConfigSync(
    defineConfig({
      name: 'partly',
      settings: { known: { format: 'nat', default: 1 }, rest: {} as SettingsDefinition },
    }),
  );
  expectTypeOf(partly.get('known')).toEqualTypeOf<number>();
  expectTypeOf(partly.get('rest.of.it')).toEqualTypeOf<unknown>();
  expectTypeOf<SettingKey<SettingsDefinition>>().toEqualTypeOf<string>();
});

test('a wrong declaration does not compile', () => {
  defineConfig({
    name: 'wrong',
    settings: {
      // @ts-expect-error a text for a number
      least: { format: 'nat', default: 1, min: '0' },
      // @ts-expect-error a text for a boolean
      shown: { format: String, default: '', sensitive: 'yes' },
      // @ts-expect-error a format is not a number
      formatted: { format: 5, default: 1 },
      group: {
        // @ts-expect-error a list of names
        aliased: { format: String, default: '', aliases: 'old' },
      },
    },
  });
});
