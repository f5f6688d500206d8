import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Config, ConfigError, defineConfig, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';
import type { Node } from './doors.ts';

/** No part of it occurs in varve's own sentences. */
const SECRET = 'hunter2xyz';

const quotes = (value: unknown): void => {
  throw new Error(`cannot take ${JSON.stringify(value)}`);
};

const formats = {
  quoting: { validate: quotes },
  coercing: { validate: () => undefined, coerce: quotes },
};

/** Settings, and a text with the secret in it that each refuses. */
const REFUSING: readonly [title: string, node: Node, text?: string][] = [
  ['Number', { format: Number, default: 1 }],
  ['int', { format: 'int', default: 1 }],
  ['Boolean', { format: Boolean, default: true }],
  ['Object', { format: Object, default: {} }, `{"${SECRET}"`],
  ['an Object with another number', { format: Object, default: {} }, `{"${SECRET}": 9007199254740993}`],
  ['an Array', { format: Array, default: [] }, `["${SECRET}]`],
  ['RegExp', { format: RegExp, default: /a/ }, `(${SECRET}`],
  ['a pattern', { format: String, default: 'a', pattern: '^a$' }],
  ['a length', { format: String, default: 'a', maxLength: 3 }],
  ['an enumeration', { format: ['a', `${SECRET}!`], default: 'a' }],
  ['an enumeration with the secret as its default', { format: ['a', `${SECRET}!`], default: `${SECRET}!` }],
  ['a function', { format: (value: unknown) => void (value !== 'a' && quotes(value)), default: 'a' }],
  ['an own format', { format: 'quoting', default: null, nullable: true }],
  ['an own format with coerce', { format: 'coercing', default: 1 }],
  [
    'zod',
    {
      format: z.string().refine(() => false, { error: ({ input }) => `not ${String(input)}` }),
      default: null,
      nullable: true,
    },
  ],
  ['zod, an enumeration', { format: z.enum(['a', `${SECRET}!`]), default: 'a' }],
  ['valibot', { format: v.picklist(['a', 'b']), default: 'a' }],
  ['arktype', { format: type("'a' | 'b'"), default: 'a' }],
  ['url', { format: 'url', default: 'https://a.b' }],
  ['email', { format: 'email', default: 'a@b.cd' }],
  ['ipaddress', { format: 'ipaddress', default: '::1' }],
  ['duration', { format: 'duration', default: 1 }],
  ['bytes', { format: 'bytes', default: 1 }],
  ['elements: numbers', { format: Array, items: Number, default: [] }],
  ['elements: an enumeration', { format: Array, items: ['a', `${SECRET}!`], default: [] }],
  ['elements: a pattern', { format: Array, items: { format: String, pattern: '^a$' }, default: [] }],
  ['elements: a function', { format: Array, items: quotes, default: [] }],
  ['elements: a schema', { format: Array, items: v.picklist(['a']), default: [] }],
  ['elements of elements', { format: Array, items: { format: Array, items: quotes }, default: [] }, `[["${SECRET}"]]`],
];

function settingsOf(node: Node): Readonly<Record<string, unknown>> {
  return {
    name: 'app',
    formats,
    file: 'app.json',
    settings: { it: { env: 'IT', sensitive: true, ...node }, other: 1 },
  };
}

/** Everything that a program could print of what was thrown, or of the configuration. */
function everything(act: () => Config): string {
  try {
    const config = act();
    return JSON.stringify([config.issues, config.warnings, config.explainAll(), config, String(config)]);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      String(error),
      error.stack,
      JSON.stringify(error.issues),
      JSON.stringify(error.cause),
      String(error.cause),
    ].join('\n');
  }
}

describe('the value of a sensitive setting is in no message, whatever refuses it', () => {
  test.each(REFUSING)('%s', (_, node, text = SECRET) => {
    const definition = defineConfig(settingsOf(node) as never);
    const { path } = folder({ 'app.json': `{ "it": ${JSON.stringify(text)}, "other": 1 }` });
    const { path: empty } = folder();
    const inputs = [
      { cwd: empty, env: { IT: text }, argv: [] },
      { cwd: empty, env: {}, argv: [`--it=${text}`] },
      { cwd: path, env: {}, argv: [] },
      { cwd: path, env: { IT: text }, argv: [`--it=${text}`] },
    ];
    for (const invalid of ['throw', 'report'] as const) {
      for (const input of inputs) {
        const told = everything(() => loadConfigSync(definition, { ...input, invalid }));
        expect(told).toContain('must');
        expect(told).not.toContain(SECRET);
      }
    }
    const set = everything(() => {
      const config = loadConfigSync(definition, { cwd: empty, env: {}, argv: [] });
      config.set('it' as never, text as never);
      return config;
    });
    expect(set).toContain('must');
    expect(set).not.toContain(SECRET);
  });

  test.each(REFUSING.filter(([title]) => !title.includes('its default') && !title.includes('nullable')))(
    '%s, as a default',
    (_, node, text = SECRET) => {
      const told = everything(() => {
        defineConfig(settingsOf({ ...node, default: text }) as never);
        throw new ConfigError([{ code: 'INVALID_DEFINITION', message: 'nothing is wrong' }]);
      });
      expect(told).not.toContain('nothing is wrong');
      expect(told).not.toContain(SECRET);
    },
  );
});
