// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defineConfig, loadConfig, loadConfigSync, redactor } from '../src/index.ts';
import { keyRedactions } from '../src/tools.ts';
import { thrown } from './failure.ts';
import { folder } from './folder.ts';

/** What no surface may show: each layer has its own mark. */
const MARK = /hunter2-\w+/;

const shown = (value: unknown): string =>
  `${String(value)}\n${inspect(value, { depth: 20, showHidden: true })}\n${JSON.stringify(value)}`;

/** Formats that could quote what they refuse. */
const FORMATS: Record<string, unknown> = {
  text: String,
  number: Number,
  option: ['a', 'b'],
  words: (value: unknown) => {
    throw new Error(`I refuse ${value}`);
  },
  list: Array,
  members: Object,
  pattern: String,
};

const secret = (format: unknown, more: object = {}) => ({
  format,
  sensitive: true,
  nullable: true,
  default: null,
  ...more,
});

const definition = (format: unknown, more: object = {}) =>
  defineConfig({
    name: 'vault',
    file: 'app.json',
    envPrefix: 'V',
    dotenv: true,
    settings: { token: secret(format, more), open: 'o' },
  } as never);

test('a secret is in values and get, and on no other surface', async () => {
  const { path } = folder({ 'app.json': '{ "token": "hunter2-file" }', '.env': 'V_TOKEN=hunter2-dotenv\n' });
  const config = await loadConfig(definition(String), { cwd: path, env: {}, argv: ['--token', 'hunter2-flag'] });
  expect(config.get('token')).toBe('hunter2-flag');
  const heard: unknown[] = [];
  config.subscribe((event) => heard.push(event));
  const surfaces = [
    config.set('token', 'hunter2-set'),
    config.pending,
    config.override('token', 'hunter2-override'),
    config.explain('token'),
    config.explainAll(),
    heard,
    config.warnings,
    config.issues,
    config,
    config.toJSON(),
    String(config),
    await config.save(),
    await config.reset('token'),
  ];
  expect(heard).toHaveLength(1);
  for (const surface of surfaces) expect(shown(surface)).not.toMatch(MARK);
});

test.each(Object.entries(FORMATS))('a secret of the format %s that is refused is in no error', async (name, format) => {
  const more = name === 'pattern' ? { pattern: '^x$' } : name === 'text' ? { maxLength: 3 } : {};
  const written = [
    { file: '{ "token": "hunter2-file" }' },
    { env: { V_TOKEN: 'hunter2-env' } },
    { argv: ['--token', 'hunter2-flag'] },
    { argv: ['--token=hunter2-flag', '--open'] },
    { file: '{ "token": { "hunter2-name": "hunter2-member" } }' },
    { file: '{ "token": ["hunter2-element"] }' },
    { file: '{ "token": "hunter2-file", "token": "hunter2-twice" }' },
    { file: '{ "token": "hunter2-file" "open": 1 }' },
    { file: '{ "token": hunter2-bare }' },
    { file: '{ "open": 1, "token": "hunter2-unterminated }' },
    { file: '"hunter2-root"' },
    { dotenv: 'V_TOKEN=hunter2-dotenv' },
  ];
  let failures = 0;
  for (const { file = '{}', env = {}, argv = [], dotenv = '' } of written) {
    const { path } = folder({ 'app.json': file, '.env': dotenv });
    const inputs = { cwd: path, env, argv };
    const reported = loadConfigSync(definition(format, more), { ...inputs, invalid: 'report' });
    for (const surface of [reported.issues, reported.warnings, reported.explainAll(), reported])
      expect(shown(surface)).not.toMatch(MARK);
    if (reported.issues.length === 0) continue;
    failures++;
    const error = thrown(() => loadConfigSync(definition(format, more), inputs));
    expect(shown(error)).not.toMatch(MARK);
    expect(shown(error.stack)).not.toMatch(MARK);
    const saving = await reported.save().catch((failure: unknown) => failure);
    expect(shown(saving)).not.toMatch(MARK);
  }
  expect(failures).toBeGreaterThan(4);
});

test('a conflict over a secret is reported without values', async () => {
  const { path, write } = folder({ 'app.json': '{ "token": "hunter2-base" }' });
  const config = await loadConfig(definition(String), { cwd: path, env: {}, argv: [] });
  config.set('token', 'hunter2-mine');
  write('app.json', '{ "token": "hunter2-theirs" }');
  const error = await config.save().catch((failure: unknown) => failure);
  expect(error).toMatchObject({ code: 'CONFLICT', issues: [{ key: 'token' }] });
  expect(shown(error)).not.toMatch(MARK);
});

test('a refused secret default is in no mistake of the definition', () => {
  const error = thrown(() => definition(Number, { default: 'hunter2-default' }));
  expect(shown(error)).not.toMatch(MARK);
});

test('a mounted secret is read, and its text shown nowhere', async () => {
  const { path } = folder({ 'app.json': '{}', token: 'hunter2-mounted\n' });
  const config = await loadConfig(definition(String), { cwd: path, env: { V_TOKEN_FILE: 'token' }, argv: [] });
  expect(config.get('token')).toBe('hunter2-mounted');
  expect(config.explain('token').winner).toEqual({ layer: 'env', name: 'V_TOKEN_FILE', location: 'token' });
  expect(shown(config.explainAll())).not.toMatch(MARK);
});

test('a redactor replaces the secrets of all layers in any text, also those that come and go', async () => {
  const { path, write } = folder({
    'app.json': '{ "token": "hunter2-\\"file\\"" }',
    '.env': 'V_TOKEN=hunter2-dotenv\n',
  });
  const config = await loadConfig(definition(String), { cwd: path, env: { V_TOKEN: 'hunter2-env' }, argv: [] });
  const redact = redactor(config);
  const text =
    'a hunter2-"file", as JSON hunter2-\\"file\\", in a URL hunter2-%22file%22; hunter2-dotenv, hunter2-env.';
  expect(redact(text)).toBe(`a ********, as JSON ********, in a URL ********; ********, ********.`);
  expect(redact('nothing to replace')).toBe('nothing to replace');
  write('.env', 'V_TOKEN=hunter2-next\n');
  await config.reload();
  config.override('token', 'hunter2-override');
  expect(redact('hunter2-next hunter2-dotenv hunter2-override')).toBe('******** ******** ********');
  expect(redact.incompleteLength('the token is hunter2-ne')).toBe('hunter2-ne'.length);
  expect(redact.isEmpty).toBe(false);
});

test('a redactor finds the texts of a value that contains itself', () => {
  const format = {
    '~standard': {
      version: 1 as const,
      vendor: 'cyclic',
      validate: (value: unknown) => {
        const made = new Map<string, unknown>([['text', value]]);
        return { value: made.set('itself', made) };
      },
    },
  };
  const redact = redactor(loadConfigSync(definition(format), { env: { V_TOKEN: 'hunter2-map' }, argv: [] }));
  expect(redact('the hunter2-map')).toBe('the ********');
});

test('a redactor leaves defaults and texts under four characters as they are', async () => {
  const redact = redactor(
    loadConfigSync(definition(String, { default: 'none' }), { env: { V_TOKEN: 'abc' }, argv: [] }),
  );
  expect(redact('none of abc')).toBe('none of abc');
  expect(redact.isEmpty).toBe(true);
});

test('a redactor holds back a whole secret whose end may begin it again', () => {
  const redact = redactor(loadConfigSync(definition(String), { env: { V_TOKEN: 'hunter2h' }, argv: [] }));
  expect(redact.incompleteLength('token=hunter2h')).toBe('hunter2h'.length);
  expect(redact.incompleteLength('token=hunter2h\n')).toBe(0);
});

test('secrets that overlap are redacted as one', () => {
  const env = { V_TOKEN: 'hunter22' };
  const config = loadConfigSync(definition(String), { env, argv: ['--token=22abcd'] });
  expect(redactor(config)('(hunter22abcd)')).toBe('(********)');
});

test.each([
  ['a repeated letter', 'a'.repeat(50_000), 'a'.repeat(1_000_000), '********', 1_000_000],
  ['almost a secret', `b${'a'.repeat(50_000)}`, 'a'.repeat(1_000_000), 'a'.repeat(1_000_000), 0],
  ['almost the end of a secret', `${'a'.repeat(50_000)}b`, 'a'.repeat(1_000_000), 'a'.repeat(1_000_000), 50_000],
  ['a short secret that overlaps itself', 'aaaa', 'a'.repeat(5_000_000), '********', 5_000_000],
])('redacting takes linear time: %s', (_, token, text, expected, incomplete) => {
  const redact = redactor(loadConfigSync(definition(String), { env: { V_TOKEN: token }, argv: [] }));
  const before = process.cpuUsage();
  expect(redact(text) === expected).toBe(true);
  expect(redact.incompleteLength(text)).toBe(incomplete);
  const { user, system } = process.cpuUsage(before);
  // Microseconds: work that grows with the product of both lengths takes minutes.
  expect(user + system).toBeLessThan(5_000_000);
});

test('a text is redacted in chunks as it is as a whole', () => {
  const letters = fc.constantFrom('a', 'b', '*');
  const secret = fc.string({ unit: letters, minLength: 4, maxLength: 7 });
  const cases = fc.array(secret, { minLength: 1, maxLength: 3 }).chain((secrets) => {
    const part = fc.oneof(fc.constantFrom(...secrets), fc.string({ unit: letters, maxLength: 3 }), fc.constant(' '));
    const cuts = fc.array(fc.nat(40), { maxLength: 6 });
    return fc.record({ secrets: fc.constant(secrets), parts: fc.array(part, { maxLength: 6 }), cuts });
  });
  fc.assert(
    fc.property(cases, ({ secrets, parts, cuts }) => {
      const config = loadConfigSync(definition(String), { env: {}, argv: [] });
      const redact = redactor(config);
      for (const one of secrets) {
        config.override('token', one);
        redact.secrets();
      }
      const whole = parts.join('');
      const ends = [...cuts.toSorted((a, b) => a - b), whole.length];
      let waiting = '';
      let written = '';
      for (const [i, end] of ends.entries()) {
        const text = waiting + whole.slice(ends[i - 1] ?? 0, end);
        const cut = text.length - redact.incompleteLength(text);
        written += redact(text.slice(0, cut));
        waiting = text.slice(cut);
      }
      expect(written + redact(waiting)).toBe(redact(whole));
      for (const one of secrets) if (!one.includes('*')) expect(redact(whole)).not.toContain(one);
    }),
  );
});

test('the keys of a configuration with whether their values are redacted are those that it explains', async () => {
  const { path } = folder({ 'app.json': '{ "extra": { "x": 1 }, "token": "hunter2" }' });
  const settings = { token: secret(String), open: 'o', tags: secret(Object), list: { format: Array, default: [1] } };
  const config = await loadConfig(defineConfig({ name: 'v', file: 'app.json', unknown: 'allow', settings } as never), {
    cwd: path,
    env: {},
    argv: [],
  });
  expect(keyRedactions(config)).toEqual([
    { key: 'token', redacted: true },
    { key: 'open', redacted: false },
    { key: 'tags', redacted: true },
    { key: 'list', redacted: false },
    { key: 'extra', redacted: false },
  ]);
  expect(keyRedactions(config)).toEqual(config.explainAll().map(({ key, redacted }) => ({ key, redacted })));
});

test('a redactor knows every text of a secret, also refused ones, and no other part of what is computed', () => {
  const settings = {
    n: { format: 'nat', default: 1, sensitive: true },
    list: { format: Array, items: 'nat', default: [], sensitive: true },
    labels: { format: Object, members: 'nat', default: {}, sensitive: true },
    token: { format: String, default: '', sensitive: true },
    user: 'public-user',
    url: '${user}:${token}',
  };
  const definition = defineConfig({ name: 'app', references: true, settings } as never);
  const argv = [
    '--n=plain-text',
    '--list=part-one',
    '--list=part-two',
    '--labels.a=of-a-member',
    '--token=of-the-token',
  ];
  const redact = redactor(loadConfigSync(definition, { env: {}, argv, invalid: 'report', onWarning: false }));
  for (const text of ['plain-text', 'part-one', 'part-two', 'of-a-member', 'of-the-token'])
    expect(redact(text)).toBe('********');
  expect(redact('public-user public-user:of-the-token')).toBe('public-user ********');
});
