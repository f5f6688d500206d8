// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this
import { describe, expect, test } from 'vitest';
import {
  defineConfig,
  derived,
  each,
  exclusive,
  loadConfig,
  type Rule,
  requires,
  rule,
  setAll,
  transition,
} from '../../src/index.ts';
import { describeSettings, jsonSchema } from '../../src/tools.ts';
import { failure } from '../failure.ts';
import { folder } from '../folder.ts';

const settings = {
  db: {
    url: { format: 'url', default: null, nullable: true, sensitive: true },
    socket: { format: String, nullable: true, default: null },
    pool: { min: 1, max: { format: 'nat', default: 10 } },
  },
  tls: { enabled: false, cert: { format: String, nullable: true, default: null } },
  log: { kind: { format: ['stdout', 'file'], default: 'stdout' }, path: { format: String, default: '' } },
  version: { format: 'nat', default: 0 },
} as const;

let runs: string[] = [];

const definition = defineConfig({
  name: 'app',
  file: 'app.json',
  envPrefix: 'APP',
  settings,
  rules: ({ requires, exclusive, rule, transition }) => [
    requires('tls.cert', { when: 'tls.enabled' }),
    requires('log.path', { when: 'log.kind', is: 'file' }),
    exclusive('db.url', 'db.socket'),
    rule(['db.pool.min', 'db.pool.max'], (min, max) => {
      runs.push(`pool ${min} ${max}`);
      return min <= max || `db.pool.min must not exceed db.pool.max, which is ${max}`;
    }),
    transition('version', (next, before) => {
      runs.push(`version ${before} ${next}`);
      return next >= before || 'version must not go back';
    }),
  ],
});

const load = (at: string, env: Record<string, string> = {}, argv: readonly string[] = []) =>
  loadConfig(definition, { cwd: at, env, argv });

describe('declared rules', () => {
  test('a required setting has to be set by a layer above the defaults', async () => {
    const at = folder({ 'app.json': '{\n  "tls": { "enabled": true }\n}\n' }).path;
    const { issues, message } = await failure(() => load(at));
    expect(issues).toEqual([
      {
        code: 'INVALID_VALUE',
        keys: ['tls.cert', 'tls.enabled'],
        message: 'tls.cert is required when tls.enabled is true',
        origin: { layer: 'file', name: 'tls.enabled', location: 'app.json:2:23' },
        origins: {
          'tls.cert': { layer: 'default', name: 'tls.cert', location: 'schema' },
          'tls.enabled': { layer: 'file', name: 'tls.enabled', location: 'app.json:2:23' },
        },
        suggestion: 'Set APP_TLS__CERT or --tls.cert or "tls.cert" in the file.',
      },
    ]);
    expect(message).toBe(
      'tls.cert is required when tls.enabled is true (tls.cert schema, tls.enabled app.json:2:23). Set APP_TLS__CERT or --tls.cert or "tls.cert" in the file.',
    );
    const config = await load(at, { APP_TLS__CERT: '/cert.pem' });
    expect(config.values.tls).toEqual({ enabled: true, cert: '/cert.pem' });
  });

  test('an empty text does not count as set, and neither does null', async () => {
    const at = folder({ 'app.json': '{ "tls": { "enabled": true, "cert": "" } }' }).path;
    expect((await failure(() => load(at))).issues[0]?.keys).toEqual(['tls.cert', 'tls.enabled']);
    const both = folder({ 'app.json': '{ "db": { "socket": null } }' }).path;
    await load(both, { APP_DB__URL: 'postgres://h/d' });
  });

  test('a value of an enumeration decides', async () => {
    const at = folder().path;
    const { message } = await failure(() => load(at, {}, ['--log.kind', 'file']));
    expect(message).toContain(
      'log.path is required when log.kind is "file" (log.path schema, log.kind flag --log.kind)',
    );
    await load(at, {}, ['--log.kind', 'file', '--log.path', '/x']);
  });

  test('settings that exclude each other are listed with the location of each, without the secret', async () => {
    const at = folder({ 'app.json': '{ "db": { "socket": "/run/db" } }' }).path;
    const { message } = await failure(() => load(at, { APP_DB__URL: 'postgres://user:hunter22@h/d' }));
    expect(message).toBe(
      'db.url and db.socket exclude each other: only one may be set (db.url env APP_DB__URL, db.socket app.json:1:21).',
    );
  });
});

describe('checks', () => {
  test('the text of a check is the message, and the issue has the origin of every setting', async () => {
    const at = folder({ 'app.json': '{ "db": { "pool": { "min": 20 } } }' }).path;
    const { issues } = await failure(() => load(at, { APP_DB__POOL__MAX: '5' }));
    expect(issues).toMatchObject([
      {
        keys: ['db.pool.min', 'db.pool.max'],
        message: 'db.pool.min must not exceed db.pool.max, which is 5',
        origins: { 'db.pool.min': { location: 'app.json:1:28' }, 'db.pool.max': { name: 'APP_DB__POOL__MAX' } },
      },
    ]);
  });

  test('a check runs only if its settings are valid', async () => {
    const at = folder({ 'app.json': '{ "db": { "pool": { "min": 20, "max": "many" } } }' }).path;
    runs = [];
    expect((await failure(() => load(at))).issues).toMatchObject([{ key: 'db.pool.max' }]);
    expect(runs).toEqual([]);
  });

  test('a check runs once for each change of its settings', async () => {
    const at = folder({ 'app.json': '{}' });
    runs = [];
    const config = await load(at.path);
    expect(config.issues).toEqual([]);
    expect(runs).toEqual(['pool 1 10']);
    config.set('log.path', 'x');
    config.set('db.pool.max', 20);
    config.set('version', 2);
    await config.save();
    expect(config.warnings).toEqual([]);
    await config.reload();
    at.write('app.json', '{ "log": { "path": "y" }, "db": { "pool": { "max": 20 } }, "version": 2 }');
    await config.reload();
    await config.update((draft) => {
      draft.db.pool.min = 2;
    });
    expect(runs).toEqual(['pool 1 10', 'pool 1 20', 'version 0 2', 'pool 2 20']);
  });

  test('the functions for lists are the same', async () => {
    const listed = defineConfig({
      name: 'app',
      settings,
      rules: [
        requires('tls.cert', { when: 'tls.enabled' }),
        exclusive('tls.cert', 'db.socket'),
        rule(['db.pool.min', 'db.pool.max'], (min, max) => min <= max || 'too many'),
        transition('version', (next, before) => next > before),
      ],
    });
    const config = await loadConfig(listed, { cwd: folder().path, env: {}, argv: [] });
    expect(() => config.set('db.pool.min', 11)).toThrow(
      'too many (db.pool.min memory (not saved), db.pool.max schema)',
    );
    config.set('version', 1);
    expect(() => config.set('version', 0)).toThrow('version must keep transition(version)');
  });

  test('a setting that takes effect at the next start must fit now as well', async () => {
    const waiting = defineConfig({
      name: 'app',
      file: 'app.json',
      settings: { min: { format: 'nat', default: 1, reload: false }, max: 10 },
      rules: ({ rule }) => [rule(['min', 'max'], (min, max) => min <= max || `${min} exceeds ${max}`)],
    });
    const at = folder({ 'app.json': '{ "min": 5 }' });
    const config = await loadConfig(waiting, { cwd: at.path, env: {}, argv: [] });
    at.write('app.json', '{ "min": 1, "max": 3 }');
    await expect(config.reload()).rejects.toThrow('5 exceeds 3');
    expect(config.values).toEqual({ min: 5, max: 10 });
  });
});

describe('a Standard Schema over all values', () => {
  const schema = (validate: (value: { a: number; b: { c: number }; token: string }) => unknown) =>
    ({ '~standard': { version: 1, vendor: 'test', validate } }) as never;
  const of = (validate: Parameters<typeof schema>[0]) =>
    defineConfig({
      name: 'app',
      settings: { a: 1, b: { c: 2 }, token: { default: 'x', sensitive: true } },
      rules: [schema(validate)],
    });
  const open = (validate: Parameters<typeof schema>[0], env = {}) =>
    loadConfig(of(validate), { cwd: folder().path, env, argv: ['--b.c', '7', '--token', 'hunter22'] });

  test('its issues have the settings at their paths', async () => {
    const { issues } = await failure(() =>
      open(({ a, b }) =>
        a < b.c ? { issues: [{ message: 'must be less than a', path: ['b', { key: 'c' }] }] } : { value: 1 },
      ),
    );
    expect(issues).toMatchObject([{ keys: ['b.c'], message: 'b.c: must be less than a', origin: { name: '--b.c' } }]);
  });

  test('a promise is a mistake, and an error is one without the secrets in it', async () => {
    expect(await failure(() => open(async () => ({ value: 1 })))).toMatchObject({ code: 'INVALID_DEFINITION' });
    const { message } = await failure(() =>
      open(({ token }) => {
        throw new Error(`bad ${token}`);
      }),
    );
    expect(message).toBe('the schema of test over all values threw an error: bad ********.');
  });
});

describe('mistakes of a definition', () => {
  const define = (rules: unknown) => failure(() => defineConfig({ name: 'app', settings, rules: rules as never }));

  test.each([
    [
      requires('tls.crt', { when: 'tls.enabled' }),
      'requires(tls.crt, tls.enabled): "tls.crt" is not a setting. Did you mean tls.cert?',
    ],
    [rule(['db.pool'], () => true), 'rule(db.pool): "db.pool" is a group of settings.'],
    [exclusive('version', 'version'), 'exclusive(version, version) has the key version twice.'],
    [rule(['version'], 'no function' as never), 'rule(version) has no function that checks the values.'],
    [
      { keys: ['version'] },
      '"rules" has an element 1 that is not a rule. Make it with requires, exclusive, rule or transition, or give a Standard Schema.',
    ],
    [
      null,
      '"rules" has an element 1 that is not a rule. Make it with requires, exclusive, rule or transition, or give a Standard Schema.',
    ],
  ])('%j', async (one, message) => {
    expect((await define([one])).message).toBe(message);
  });

  test.each([
    rule(['databases.*.pool'], () => true),
    requires('databases.*.url', { when: 'version' }),
    transition('databases.*.pool', () => true),
  ])('a rule about each member of a group by name: $kind', async (one) => {
    const open = { version: 1, databases: each({ url: '', pool: 1 }) };
    const { message } = await failure(() => defineConfig({ name: 'app', settings: open, rules: [one] as never }));
    const [key] = one.keys;
    expect(message).toContain(
      `"${key}" names members of a group by name, which a rule cannot have. Compare them in a Standard Schema over all values, which "rules" takes too.`,
    );
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('oh');
      },
      'rule(version) threw an error: oh.',
    ],
    ['answers a promise', async () => true, 'rule(version) answered a promise: a rule must not be asynchronous.'],
    ['answers a number', () => 1, 'rule(version) answered 1: a rule answers true, false or a text.'],
    ['answers nothing', () => undefined, 'rule(version) answered undefined: a rule answers true, false or a text.'],
  ])('a rule that %s', async (_, check, message) => {
    const wrong = defineConfig({ name: 'app', settings, rules: [rule(['version'], check as never)] });
    const error = await failure(() => loadConfig(wrong, { cwd: folder().path, env: {}, argv: [] }));
    expect(error.code).toBe('INVALID_DEFINITION');
    expect(error.message).toBe(message.replace(/\.$/, ' (version schema).'));
  });
});

test('several settings change together', async () => {
  const config = await load(folder().path);
  expect(() => config.set('db.pool.min', 20)).toThrow('must not exceed');
  const events: unknown[] = [];
  config.subscribe((event) => events.push(event));
  expect(setAll(config, { 'db.pool.max': 30, 'db.pool.min': 20 }).map(({ value }) => value)).toEqual([30, 20]);
  expect(events).toHaveLength(1);
  const { issues } = await failure(() => setAll(config, { 'db.pool.max': 'many', version: -1 } as never));
  expect(issues.map(({ key }) => key)).toEqual(['db.pool.max', 'version']);
  setAll(config, { 'db.pool.max': undefined, 'db.pool.min': undefined });
  expect(config.pending).toEqual([]);
});

describe('where rules appear', () => {
  test('in descriptions', () => {
    const described = new Map(describeSettings(definition).map(({ key, rules }) => [key, rules]));
    expect(described.get('tls.cert')).toEqual(['required when tls.enabled is true']);
    expect(described.get('log.path')).toEqual(['required when log.kind is "file"']);
    expect(described.get('db.socket')).toEqual(['not together with db.url']);
    expect(described.get('db.pool.max')).toEqual(['checked together with db.pool.min']);
    expect(described.get('version')).toEqual(['each change is checked']);
    expect(described.get('tls.enabled')).toBeUndefined();
  });

  test('in the JSON Schema of the file', () => {
    const set = { not: { enum: [null, ''] } };
    const at = (group: string, name: string, schema: object) => ({
      properties: { [group]: { properties: { [name]: schema }, required: [name] } },
      required: [group],
    });
    const { allOf, properties } = jsonSchema(definition) as { allOf: unknown; properties: Record<string, object> };
    expect(allOf).toEqual([{ not: { allOf: [at('db', 'url', set), at('db', 'socket', set)] } }]);
    // A variable may provide what the file lacks, so editors only describe it.
    expect(properties).toMatchObject({
      tls: { properties: { cert: { description: 'required when tls.enabled is true' } } },
      log: { properties: { path: { description: 'required when log.kind is "file"' } } },
      db: { properties: { socket: { description: 'not together with db.url' } } },
    });
  });
});

test('a list-valued setting requires another one by its whole list', async () => {
  const list = { format: Array, of: { format: String }, default: [] };
  const made = (is: readonly unknown[]) =>
    defineConfig({
      name: 'app',
      settings: { protocols: list, cert: { format: String, default: '' } } as const,
      rules: [requires('cert', { when: 'protocols', is })],
    });
  const problems = async (is: readonly unknown[], protocols: readonly string[]) => {
    const argv = protocols.map((protocol) => `--protocols=${protocol}`);
    const config = await loadConfig(made(is), { env: {}, argv, invalid: 'report' });
    return config.issues.map(({ message }) => message);
  };
  expect(await problems(['tls'], ['tls'])).toEqual(['cert is required when protocols is ["tls"]']);
  expect(await problems(['tls'], ['tcp'])).toEqual([]);
  expect(await problems(['tls', 'tcp'], ['tls'])).toEqual([]);
  expect(await problems([['tls'], ['tls', 'tcp']], ['tls', 'tcp'])).toEqual([
    'cert is required when protocols is ["tls"] or ["tls","tcp"]',
  ]);
  expect(jsonSchema(made(['tls']))).toMatchObject({
    properties: { cert: { description: 'required when protocols is ["tls"]' } },
  });
});

test('a rule is asked once for a change of its settings, and for no other change', async () => {
  let calls = 0;
  const below = rule(['min', 'max'], (min: number, max: number) => {
    calls += 1;
    return min < max;
  });
  const settings = { min: 1, max: 2, other: 3 };
  const config = await loadConfig(defineConfig({ name: 'app', settings, rules: [below] }), { env: {}, argv: [] });
  const callsOf = (change: () => unknown): number => {
    calls = 0;
    change();
    return calls;
  };
  expect(callsOf(() => config.set('max', 5))).toBe(1);
  expect(callsOf(() => config.set('other', 5))).toBe(0);
});

test('keys and values are typed by the definition', () => {
  const parts = { name: 'app', settings: { a: 1, b: { format: ['x', 'y'], default: 'x' } } } as const;
  defineConfig({ ...parts, rules: ({ rule }) => [rule(['a', 'b'], (a: number, b: 'x' | 'y') => a > 0 || b)] });
  // @ts-expect-error: the value of a is a number
  defineConfig({ ...parts, rules: ({ rule }) => [rule(['a'], (a) => a.trim() === '')] });
  // @ts-expect-error: b never has the value z
  expect(() => defineConfig({ ...parts, rules: ({ requires }) => [requires('a', { when: 'b', is: 'z' })] })).toThrow(
    'z',
  );
  // @ts-expect-error: c is not a setting
  expect(() => defineConfig({ ...parts, rules: ({ exclusive }) => [exclusive('a', 'c')] })).toThrow('c');
  // @ts-expect-error: c is not a setting
  expect(() => defineConfig({ ...parts, rules: [exclusive('a', 'c')] })).toThrow('c');
});

describe('secrets that a value is computed from', () => {
  const settings = {
    url: 'http',
    pw: { default: 'longpassword', sensitive: true },
    encoded: { format: String, default: derived(['pw'], (pw: string) => btoa(pw)) },
  };
  const load = (app: unknown, one: Rule<'url' | 'encoded'>) => {
    const made = folder({ 'app.json': JSON.stringify(app), tok: 'S3CRETTOKEN' });
    const definition = defineConfig({ name: 'app', file: 'app.json', references: true, settings, rules: [one] });
    return { made, loading: loadConfig(definition, { cwd: made.path, env: {}, argv: [] }) };
  };
  const bad = rule(['url'], (url) => url === 'http' || `bad ${url}`);

  test('are not in the messages of a load', async () => {
    await expect(load({ url: '${file:tok}' }, bad).loading).rejects.toThrow('bad ********');
    const encoded = rule(['encoded'], (text) => `bad ${text}`);
    await expect(load({}, encoded).loading).rejects.toThrow('bad ********');
    const failing = rule(['encoded'], (text) => {
      throw new Error(`no ${text.slice(1)}`);
    });
    await expect(load({}, failing).loading).rejects.toThrow('rule(encoded) threw an error (');
    const wanted = requires('encoded', { when: 'url', is: 'S3CRETTOKEN' });
    await expect(load({ url: '${file:tok}' }, wanted).loading).rejects.toThrow('required when url is ********');
  });

  test('are not in the messages of a reload or an edit that is refused', async () => {
    const { made, loading } = load({}, bad);
    const config = await loading;
    expect(() => config.set('url', '${file:tok}')).toThrow('bad ********');
    made.write('app.json', '{ "url": "${file:tok}" }');
    await expect(config.reload()).rejects.toThrow('bad ********');
  });

  test('are not in the message of a transition away from them', async () => {
    const kept = transition('url', (next, before) => `not from ${before} to ${next}`);
    const config = await load({ url: '${file:tok}' }, kept).loading;
    expect(() => config.set('url', 'plain')).toThrow('not from ******** to plain');
  });
});

test('of two secrets, the longer one is redacted first', async () => {
  const secret = (text: string) => ({ default: text, sensitive: true });
  const both = rule(['a', 'b'], (a, b) => `bad ${a} ${b}`);
  const settings = { a: secret('pass'), b: secret('passw0rd123') };
  const definition = defineConfig({ name: 'app', settings, rules: [both] });
  await expect(loadConfig(definition, { env: {}, argv: [] })).rejects.toThrow('bad ******** ******** (');
});
