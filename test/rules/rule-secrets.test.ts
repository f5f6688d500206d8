import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, defineConfig, loadConfigSync, rule } from '../../src/index.ts';

const SECRET = 'Hunter2-secret-73519';
const settings = { token: { format: String, default: '', sensitive: true }, lr: 1, name: 'x' } as const;

/** The error of a load with a secret, as a program prints it. */
function printed(...rules: readonly unknown[]): string {
  return printedWith(SECRET, ...rules);
}

function printedWith(secret: string, ...rules: readonly unknown[]): string {
  const definition = defineConfig({ name: 'app', envPrefix: 'RL', settings, rules: rules as never });
  try {
    loadConfigSync(definition, { env: { RL_TOKEN: secret }, argv: [], onWarning: false });
    return '';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
  }
}

/** Ways to change a text that no search for the text finds. */
const FORMS: Readonly<Record<string, (text: string) => string>> = {
  'in upper case': (text) => text.toUpperCase(),
  'its first letters': (text) => text.slice(0, 7),
  'its digits': (text) => text.replace(/\D/g, ''),
  backwards: (text) => [...text].reverse().join(''),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'as a hash': (text) => createHash('sha256').update(text).digest('hex'),
  'letter by letter': (text) => [...text].join(' '),
};

test.each(Object.entries(FORMS))('no message of a rule has a secret %s', (_, form) => {
  const wrong = form(SECRET);
  const whole = z.looseObject({ token: z.string() }).superRefine(({ token }, context) => {
    context.addIssue({ code: 'custom', path: ['lr'], message: `bad with ${form(token)}` });
    context.addIssue({ code: 'custom', path: [], message: form(token) });
  });
  const throwing = z.looseObject({}).refine((values) => {
    throw new Error(form(String((values as { token: string }).token)));
  });
  const own = rule(['token', 'lr'], (token: string) => `bad: ${form(token)}`);
  for (const text of [printed(whole), printed(throwing), printed(own), printed(whole, own)]) {
    expect(text).not.toBe('');
    expect(text).not.toContain(wrong);
  }
});

test('no message of a rule has another form of a secret that is not ASCII', () => {
  const text = printedWith(
    'пароль-дедушки',
    rule(['token'], (token: string) => `bad: ${token.toUpperCase()}`),
  );
  expect(text).toContain('token must keep rule(token)');
  expect(text).not.toContain('ПАРОЛЬ');
});

test('a rule runs once where its message cannot have a secret, and once more where it can', () => {
  let runs = 0;
  const counted = (answer: (token: string) => boolean | string) => {
    runs = 0;
    const own = rule(['token'], (token: string) => {
      runs += 1;
      return answer(token);
    });
    return [printed(own) === '', runs];
  };
  expect(counted(() => true)).toEqual([true, 1]);
  expect(counted(() => false)).toEqual([false, 1]);
  expect(counted((token) => `bad: ${token.length}`)).toEqual([false, 2]);
});

test('messages that do not depend on a secret stay', () => {
  const short = rule(['token'], (token: string) => token.length > 20 || 'the token is too short');
  expect(printed(short)).toContain('the token is too short');
  const length = rule(['token'], (token: string) => `a token of ${token.length} characters`);
  expect(printed(length)).toContain('a token of 20 characters');
  const schema = z.looseObject({ lr: z.number().max(0.5), token: z.string().min(30) });
  expect(printed(schema)).toMatch(/lr: Too big: expected number to be <=0.5[\s\S]*token: Too small: expected string/);
});

test('a schema that quotes a secret is named instead', () => {
  const schema = z.looseObject({}).refine(() => false, { error: ({ input }) => JSON.stringify(input).toUpperCase() });
  expect(printed(schema)).toContain('the values must keep the schema of zod over all values');
});
