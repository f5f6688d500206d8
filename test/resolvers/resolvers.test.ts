// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this
import { describe, expect, test } from 'vitest';
import {
  type ConfigEvent,
  defineConfig,
  derived,
  loadConfig,
  loadConfigSync,
  redactor,
  resolveTexts,
  rule,
  type SettingsDefinition,
} from '../../src/index.ts';
import { describeSettings, jsonSchema } from '../../src/tools.ts';
import { explanationText } from '../../src/words/explanation.ts';
import { failure } from '../failure.ts';
import { type Case, load, messages, Vault } from './vault.ts';

const TEXT = 'vault:kv/db#password';

describe('texts', () => {
  const values = {
    'kv/db#password': 'hunter22',
    port: '5432',
    number: 7,
    list: ['a', 'b'],
    object: { team: 'core' },
    nothing: null,
    empty: '',
    'eu/host': 'db.eu',
  };
  test.each<[string, SettingsDefinition[string], unknown, unknown]>([
    ['a string', '', TEXT, 'hunter22'],
    ['text for a number', { format: 'port', default: 1 }, 'vault:port', 5432],
    ['a number', 1, 'vault:number', 7],
    ['a list', { format: Array, default: [] }, 'vault:list', ['a', 'b']],
    ['an object', { format: Object, default: {} }, 'vault:object', { team: 'core' }],
    ['null', { format: String, nullable: true, default: 'x' }, 'vault:nothing', null],
    ['an empty text', 'x', 'vault:empty', ''],
    ['elements', { format: Array, default: [] }, ['vault:port', 'x'], ['5432', 'x']],
    ['members', { format: Object, default: {} }, { a: TEXT, b: { c: 'vault:number' } }, { a: 'hunter22', b: { c: 7 } }],
    ['a reference in the name', '', 'vault:${region}/host', 'db.eu'],
    ['an escaped text', '', 'vault::kv/db#password', 'vault:kv/db#password'],
    ['another scheme', '', 'https://example.com', 'https://example.com'],
    ['a scheme in another place', '', `x ${TEXT}`, `x ${TEXT}`],
    ['another case', '', 'Vault:port', 'Vault:port'],
    ['no colon', '', 'vault', 'vault'],
    ['a longer scheme', '', 'vaults:port', 'vaults:port'],
  ])('%s', async (_, setting, written, expected) => {
    const vault = new Vault(values);
    const settings = { it: setting, region: 'eu' };
    const resolvers = { vault: vault.resolver() };
    const { config } = await load({ settings, resolvers, references: true, app: { it: written } });
    expect(config.get('it')).toEqual(expected);
  });

  test('a scheme that is not declared is text', async () => {
    const { config } = await load({ settings: { it: '' }, app: { it: TEXT } });
    expect(config.get('it')).toBe(TEXT);
    expect(config.explain('it').redacted).toBe(false);
  });

  test('an unknown key that is allowed keeps its text', async () => {
    const vault = new Vault(values);
    const resolvers = { vault: vault.resolver() };
    const { config } = await load({ settings: {}, resolvers, unknown: 'allow', app: { extra: TEXT } });
    expect([config.get('extra'), vault.calls]).toEqual([TEXT, []]);
  });

  test('without references, a name is not expanded', async () => {
    const vault = new Vault({ '${region}': 'literal' });
    const { config } = await load({
      settings: { it: '', region: 'eu' },
      resolvers: { vault: vault.resolver() },
      app: { it: 'vault:${region}' },
    });
    expect(config.get('it')).toBe('literal');
  });
});

describe('layers', () => {
  const settings = { it: '' };
  const given: readonly [string, Case, { readonly env?: Record<string, string>; readonly argv?: string[] }][] = [
    ['default', { settings: { it: { format: String, default: TEXT } } }, {}],
    ['base file', { settings, files: ['base.json'], other: { 'base.json': `{"it":"${TEXT}"}` } }, {}],
    ['file', { settings, app: { it: TEXT } }, {}],
    ['.env', { settings, dotenv: true, other: { '.env': `APP_IT="${TEXT}"` } }, {}],
    ['env', { settings }, { env: { APP_IT: TEXT } }],
    ['flag', { settings }, { argv: ['--it', TEXT] }],
  ];
  test.each(given)('%s', async (_, given, options) => {
    const vault = new Vault({ 'kv/db#password': 'hunter22' });
    const { config } = await load({ resolvers: { vault: vault.resolver() }, ...given }, options);
    expect(config.get('it')).toBe('hunter22');
    const [first] = config.explain('it').candidates;
    expect(first).toMatchObject({ raw: TEXT, value: '********', state: 'wins' });
    expect(JSON.stringify([config.explainAll(), config, config.snapshot(), config.warnings])).not.toContain('hunter22');
  });

  test('the source of a program', async () => {
    const vault = new Vault({ x: 'hunter22' });
    const { config } = await load({
      settings,
      resolvers: { vault: vault.resolver() },
      layers: ['default', { name: 'own', read: () => ({ entries: new Map([['it', entry('vault:x')]]) }) }],
    });
    expect(config.get('it')).toBe('hunter22');
  });

  test('only what wins is asked for, all names of a resolver in one call', async () => {
    const vault = new Vault({ a: '1', b: '2' });
    const { config } = await load(
      {
        settings: { a: '', b: '', c: '' },
        resolvers: { vault: vault.resolver() },
        files: ['base.json'],
        other: { 'base.json': '{ "a": "vault:old-a", "b": "vault:old-b", "c": "vault:c" }' },
        app: { a: 'vault:a', b: 'vault:b', c: 'vault:old-c' },
      },
      { env: { APP_C: 'plain' } },
    );
    expect(config.values).toEqual({ a: '1', b: '2', c: 'plain' });
    expect(vault.calls).toEqual([['a', 'b']]);
    expect(config.explain('c')).toMatchObject({ redacted: true, value: '********' });
    expect(config.explain('c').candidates.map(({ raw, state }) => [raw, state])).toEqual([
      ['********', 'wins'],
      ['vault:old-c', 'shadowed'],
      ['vault:c', 'shadowed'],
      [undefined, 'shadowed'],
    ]);
  });

  test('the layers of an object all have a part', async () => {
    const vault = new Vault({ a: '1', b: '2' });
    const { config } = await load({
      settings: { it: { format: Object, default: {} } },
      resolvers: { vault: vault.resolver() },
      files: ['base.json'],
      other: { 'base.json': '{ "it": { "a": "vault:a" } }' },
      app: { it: { b: 'vault:b' } },
    });
    expect(config.values).toEqual({ it: { a: '1', b: '2' } });
    expect(vault.calls).toEqual([['b', 'a']]);
  });
});

describe('needs', () => {
  const settings = {
    vault: { addr: '', token: { format: String, sensitive: true, default: '' } },
    password: '',
    url: 'postgres://app:${password}@db',
  };

  test('what a resolver needs comes from any layer, and from other resolvers', async () => {
    const vault = new Vault({ db: 'hunter22' });
    const tokens = new Vault({ app: 'token-1' });
    const { config } = await load(
      {
        settings,
        references: true,
        resolvers: { vault: vault.resolver({ needs: ['vault.addr', 'vault.token'] }), token: tokens.resolver() },
        app: { vault: { addr: 'http://vault' }, password: 'vault:db' },
      },
      { env: { APP_VAULT__TOKEN: 'token:app' } },
    );
    expect(config.values).toMatchObject({ url: 'postgres://app:hunter22@db' });
    expect(vault.settings).toEqual([{ 'vault.addr': 'http://vault', 'vault.token': 'token-1' }]);
    expect(config.explain('url').value).toBe('********');
    expect(explanationText(config.explain('password'), { width: 80 } as never)).toMatch(
      /vault:db = \*{8}\n +vault.addr = http:\/\/vault +app.json:1:\d+\n +vault.token = \*{8}/,
    );
  });

  test('a need without a value, a cycle, and a failure that quotes a secret', async () => {
    const vault = new Vault({});
    const needy = { vault: vault.resolver({ needs: ['vault.addr', 'vault.token'] }) };
    const empty = {
      ...settings,
      vault: { ...settings.vault, addr: { format: 'url', nullable: true, default: undefined } },
    };
    expect(await messages(load({ settings: empty as never, resolvers: needy, app: { password: 'vault:db' } }))).toEqual(
      ['password refers to vault:db, which needs vault.addr, and that has no value'],
    );
    expect(
      await messages(
        load({ settings, resolvers: needy, app: { password: 'vault:db', vault: { addr: 'vault:addr' } } }),
      ),
    ).toEqual(expect.arrayContaining(['vault.addr must not refer to itself: vault.addr → vault.addr']));
    for (const token of ['s3cret-token', 's3cret token+']) {
      vault.failure = new Error(`403 for ?token=${encodeURIComponent(token)}`);
      expect(
        await messages(load({ settings, resolvers: needy, app: { password: 'vault:db', vault: { token } } })),
      ).toEqual(['password refers to vault:db, which could not be resolved: 403 for ?token=********']);
    }
  });
});

describe('failures', () => {
  const settings = { a: '', b: '' };

  test('a failure, a failure of one name, and a name without a value are issues with their locations', async () => {
    const vault = new Vault({ bad: new Error('sealed') });
    const resolvers = { vault: vault.resolver() };
    const failed = load({ settings, resolvers, app: { a: 'vault:bad', b: 'vault:none' } });
    await expect(failed).rejects.toMatchObject({
      issues: [
        {
          code: 'INVALID_VALUE',
          key: 'a',
          message: 'refers to vault:bad, which could not be resolved: sealed',
          origin: { location: 'app.json:1:6' },
        },
        { key: 'b', message: 'refers to vault:none, which has no value', origin: { location: 'app.json:1:22' } },
      ],
    });
  });

  test.each<[string, unknown, string]>([
    [
      'a throw',
      () => {
        throw new Error('no');
      },
      'could not be resolved: no',
    ],
    ['a text', () => 'x', 'could not be resolved: it returned no object'],
    ['nothing', () => undefined, 'could not be resolved: it returned no object'],
    ['a rejection', () => Promise.reject('no'), 'could not be resolved: no'],
  ])('%s of the resolver', async (_, resolve, problem) => {
    const resolvers = { vault: { resolve: resolve as never } };
    expect(await messages(load({ settings, resolvers, app: { a: 'vault:x' } }))).toEqual([
      `a refers to vault:x, which ${problem}`,
    ]);
  });

  test('a resolver that does not answer is aborted', async () => {
    let aborted: unknown;
    const resolve = (_: readonly string[], { signal }: { signal: AbortSignal }) =>
      new Promise<never>(() =>
        signal.addEventListener('abort', () => {
          aborted = signal.reason;
        }),
      );
    const resolvers = { vault: { resolve, timeout: 5 } };
    expect(await messages(load({ settings, resolvers, app: { a: 'vault:x' } }))).toEqual([
      'a refers to vault:x, which could not be resolved: it took longer than 5 ms',
    ]);
    expect(aborted).toBeInstanceOf(Error);
  });

  test('a value that its setting refuses does not appear in the message', async () => {
    const vault = new Vault({ x: 'hunter22' });
    const resolvers = { vault: vault.resolver() };
    expect(await messages(load({ settings: { n: 1 }, resolvers, app: { n: 'vault:x' } }))).toEqual([
      'n must be a number',
    ]);
  });

  test('a name of Object.prototype has no value', async () => {
    const resolvers = { vault: { resolve: () => ({}) } };
    expect(await messages(load({ settings, resolvers, app: { a: 'vault:constructor' } }))).toEqual([
      'a refers to vault:constructor, which has no value',
    ]);
  });

  test('the layer below shows where problems are reported', async () => {
    const vault = new Vault({ old: 'older' });
    const { config } = await load(
      {
        settings,
        resolvers: { vault: vault.resolver() },
        files: ['base.json'],
        other: { 'base.json': '{ "a": "vault:old" }' },
        app: { a: 'vault:none' },
      },
      { invalid: 'report' },
    );
    expect([config.get('a'), config.issues.length]).toEqual(['older', 1]);
    expect(vault.calls).toEqual([['none'], ['old']]);
  });
});

describe('synchronous loads', () => {
  const settings = { a: '' };
  const loadSync = (resolvers: Case['resolvers'], argv: readonly string[]) =>
    loadConfigSync(defineConfig({ name: 'app', settings, ...(resolvers && { resolvers }) }), { env: {}, argv });

  test('a resolver that answers at once works', () => {
    const vault = new Vault({ x: '1' });
    expect(loadSync({ vault: vault.synchronous() }, ['-a', 'vault:x']).values).toEqual({ a: '1' });
  });

  test('one that returns a promise is refused, if it is needed', async () => {
    const vault = new Vault({ x: '1' });
    expect(loadSync({ vault: vault.resolver() }, []).values).toEqual({ a: '' });
    expect(await messages(() => loadSync({ vault: vault.resolver() }, ['-a', 'vault:x']))).toEqual([
      'the resolver "vault" has to be waited for',
    ]);
  });
});

describe('changes', () => {
  const settings = { db: { password: '', pool: 1 }, vault: { addr: 'one' } };
  const app = { db: { password: 'vault:db' } };

  test('set, override, update and save keep the text', async () => {
    const vault = new Vault({ db: 'first-secret', next: 'second-secret' });
    const { config, made } = await load({ settings, resolvers: { vault: vault.resolver() }, app });
    config.set('db.pool', 5);
    await config.save();
    await config.update((draft) => {
      const { db } = draft as { db: { password: string; pool: number } };
      expect(db.password).toBe('first-secret');
      db.pool += 1;
    });
    expect(JSON.parse(made.read('app.json'))).toEqual({ db: { password: 'vault:db', pool: 6 } });
    const saved = await config.update((draft) => {
      (draft as { db: { password: string } }).db.password = 'vault:next';
    });
    expect(config.get('db.password')).toBe('second-secret');
    expect(saved.written).toEqual([{ key: 'db.password', before: '********', after: '********', redacted: true }]);
    expect(made.read('app.json')).toContain('"vault:next"');
    await config.reset('db.password');
    expect(config.get('db.password')).toBe('');
    expect(config.explain('db.password').redacted).toBe(false);
  });

  test('set needs an answer first', async () => {
    const vault = new Vault({ db: 'first-secret', next: 'second-secret' });
    const { config, made } = await load({
      settings,
      resolvers: { vault: vault.resolver({ needs: ['vault.addr'] }) },
      app,
    });
    await expect(messages(() => config.set('db.password', 'vault:next'))).resolves.toEqual([
      'db.password refers to vault:next, which has to be waited for: resolveTexts asks for it first',
    ]);
    expect(config.get('db.password')).toBe('first-secret');
    await resolveTexts(config, { 'db.password': 'vault:next' } as never);
    config.set('db.password', 'vault:next');
    expect(config.get('db.password')).toBe('second-secret');
    expect(made.read('app.json')).toContain('vault:db');
    await config.save();
    expect(made.read('app.json')).toContain('vault:next');
    config.override('db.password', 'vault:db');
    expect(config.get('db.password')).toBe('first-secret');
    config.override('db.password', undefined);
    // Another address has other secrets.
    vault.values.set('next', 'of-two');
    await expect(messages(() => config.override('vault.addr', 'two'))).resolves.toHaveLength(1);
    await resolveTexts(config, { 'vault.addr': 'two' } as never);
    config.override('vault.addr', 'two');
    expect(config.get('db.password')).toBe('of-two');
  });

  test('a resolver that answers at once needs no preparation', async () => {
    const vault = new Vault({ db: 'first-secret', next: 'second-secret' });
    const { config } = await load({ settings, resolvers: { vault: vault.synchronous() }, app });
    config.set('db.password', 'vault:next');
    expect(config.get('db.password')).toBe('second-secret');
    expect(await messages(() => config.set('db.password', 'vault:none'))).toEqual([
      'db.password refers to vault:none, which has no value',
    ]);
  });

  test('a text that another writer saved meanwhile is asked for', async () => {
    const vault = new Vault({ db: 'first-secret', theirs: 'their-secret' });
    const { config, write } = await load({ settings, resolvers: { vault: vault.resolver() }, app });
    write({ db: { password: 'vault:theirs' } });
    config.set('db.pool', 9);
    await config.save();
    expect(config.values).toMatchObject({ db: { password: 'their-secret', pool: 9 } });
  });

  test('the draft of an update has the answers for the texts of another writer', async () => {
    const vault = new Vault({ db: 'first-secret', theirs: 'their-secret' });
    const { config, made } = await load({ settings, resolvers: { vault: vault.resolver() }, app });
    made.write('app.json', JSON.stringify({ db: { password: 'vault:theirs' } }));
    await config.update((draft) => {
      const { db } = draft as { db: { password: string; pool: number } };
      expect(db.password).toBe('their-secret');
      db.pool = 9;
    });
    expect(JSON.parse(made.read('app.json'))).toEqual({ db: { password: 'vault:theirs', pool: 9 } });
  });

  test('a value that begins like a scheme is escaped where update writes it', async () => {
    const vault = new Vault({ x: 'secret-x' });
    const { config, made } = await load({
      settings: { it: { format: Object, default: {} } },
      resolvers: { vault: vault.resolver() },
      app: { it: { text: 'vault::literal', a: 1, s: 'vault:x' } },
    });
    await config.update((draft) => {
      const { it } = draft as unknown as { it: Record<string, unknown> };
      expect(it).toMatchObject({ text: 'vault:literal', s: 'secret-x' });
      it['a'] = 2;
    });
    expect(JSON.parse(made.read('app.json'))).toEqual({ it: { text: 'vault::literal', a: 2, s: 'vault:x' } });
    expect(config.get('it')).toMatchObject({ text: 'vault:literal', a: 2, s: 'secret-x' });
  });

  test('rules and derived defaults have the values', async () => {
    const vault = new Vault({ pool: 20, small: 2 });
    const given = {
      settings: { min: 5, max: 10, twice: { format: Number, default: derived(['max'], (max: number) => max * 2) } },
      resolvers: { vault: vault.resolver() },
      rules: [rule(['min', 'max'], (min, max) => Number(min) <= Number(max) || 'min must not exceed max')],
    };
    const { config } = await load({ ...given, app: { max: 'vault:pool' } });
    expect(config.values).toMatchObject({ max: 20, twice: 40 });
    expect(config.explain('twice').value).toBe('********');
    expect(await messages(load({ ...given, app: { max: 'vault:small' } }))).toEqual(['min must not exceed max']);
  });
});

describe('reloads', () => {
  const settings = { a: '', n: 1 };

  test('a rotated secret comes with the next reload, as one redacted event', async () => {
    const vault = new Vault({ a: 'first-secret' });
    const { config } = await load({ settings, resolvers: { vault: vault.resolver() }, app: { a: 'vault:a' } });
    const events: ConfigEvent[] = [];
    config.subscribe((event) => events.push(event));
    vault.values.set('a', 'second-secret');
    await config.reload();
    expect(config.get('a')).toBe('second-secret');
    expect(events).toMatchObject([{ changes: [{ key: 'a', before: '********', after: '********' }] }]);
  });

  test('the last value stays with a warning while the resolver fails, and only that one', async () => {
    const vault = new Vault({ a: 'first-secret' });
    const { config, write } = await load({ settings, resolvers: { vault: vault.resolver() }, app: { a: 'vault:a' } });
    vault.failure = new Error('sealed');
    write({ a: 'vault:a', n: 2 });
    await config.reload();
    expect(config.values).toEqual({ a: 'first-secret', n: 2 });
    expect(config.warnings).toMatchObject([
      { code: 'STALE', message: 'vault:a could not be resolved: sealed; its last value stays in effect' },
    ]);
    write({ a: 'vault:other', n: 3 });
    expect(await messages(config.reload())).toEqual(['a refers to vault:other, which could not be resolved: sealed']);
    expect(config.values).toEqual({ a: 'first-secret', n: 2 });
    vault.failure = undefined;
    write({ a: 'vault:a', n: 4 });
    await config.reload();
    expect([config.values, config.warnings]).toEqual([{ a: 'first-secret', n: 4 }, []]);
  });

  test('a name that the resolver has no longer is a rejected reload', async () => {
    const vault = new Vault({ a: 'first-secret' });
    const { config } = await load({ settings, resolvers: { vault: vault.resolver() }, app: { a: 'vault:a' } });
    vault.values.delete('a');
    expect(await messages(config.reload())).toEqual(['a refers to vault:a, which has no value']);
    expect(config.get('a')).toBe('first-secret');
  });

  test('within its time to live, a value is not asked for again', async () => {
    const vault = new Vault({ a: 'first-secret', b: 'b' });
    const resolvers = { vault: vault.resolver({ ttl: 60_000 }) };
    const { config, write } = await load({ settings, resolvers, app: { a: 'vault:a' } });
    await config.reload();
    write({ a: 'vault:b' });
    await config.reload();
    expect(vault.calls).toEqual([['a'], ['b']]);
  });

  test('a change that comes while a reload waits is asked for too', async () => {
    const vault = new Vault({ a: 'a-secret', b: 'b-secret', c: 'c-secret' });
    let asked = (): void => undefined;
    let answer = Promise.resolve();
    const resolve = async (names: readonly string[]) => {
      asked();
      await answer;
      return vault.answer(names, {});
    };
    const all = { settings: { a: '', b: '', n: 1 }, resolvers: { vault: { resolve } }, app: { a: 'vault:a' } };
    const { config, write } = await load(all);
    await resolveTexts(config, { b: 'vault:b' } as never);
    let release = (): void => undefined;
    answer = new Promise((resolved) => {
      release = resolved;
    });
    const begun = new Promise<void>((resolved) => {
      asked = resolved;
    });
    write({ a: 'vault:c' });
    const reloaded = config.reload();
    await begun;
    config.set('b', 'vault:b');
    release();
    await reloaded;
    expect(config.values).toEqual({ a: 'c-secret', b: 'b-secret', n: 1 });
  });

  test('a watch asks again when the time to live is over', async () => {
    const vault = new Vault({ a: 'first-secret' });
    const resolvers = { vault: vault.resolver({ ttl: 20 }) };
    const { config } = await load({ settings, resolvers, app: { a: 'vault:a' } });
    await using watcher = config.watch();
    await watcher.ready;
    const changed = new Promise((resolved) => config.subscribe(resolved));
    vault.values.set('a', 'second-secret');
    await changed;
    expect(config.get('a')).toBe('second-secret');
  });
});

describe('definitions', () => {
  test.each<[string, Case['resolvers'], string]>([
    ['a reserved scheme', { env: { resolve: () => ({}) } }, '"resolvers" must not have "env", which references use'],
    [
      'a drive',
      { c: { resolve: () => ({}) } },
      '"resolvers" has "c", which must be a scheme: two or more of a-z, 0-9, "+", "." and "-"',
    ],
    ['no function', { vault: {} as never }, 'the resolver "vault" has no function "resolve"'],
    [
      'an unknown need',
      { vault: { needs: ['vault.adr'], resolve: () => ({}) } },
      'the resolver "vault" needs vault.adr, which is not a setting',
    ],
    [
      'a wrong time',
      { vault: { ttl: 0, resolve: () => ({}) } },
      '"ttl" of the resolver "vault" must be a number of milliseconds',
    ],
    ['a list', [] as never, '"resolvers" must be an object of resolvers by their schemes'],
  ])('%s', async (_, resolvers, message) => {
    const settings = { vault: { addr: '' } };
    expect(await messages(() => defineConfig({ name: 'app', settings, ...(resolvers && { resolvers }) }))).toEqual([
      message,
    ]);
  });

  test('JSON Schema takes the texts, and the description names them', () => {
    const vault = new Vault({});
    const definition = defineConfig({
      name: 'app',
      settings: { port: { format: 'port', default: 'vault:port' }, n: 1 },
      resolvers: { vault: vault.resolver(), 'aws+ssm': vault.resolver() },
    });
    expect(jsonSchema(definition)).toMatchObject({
      properties: { n: { anyOf: [{ type: 'number' }, { type: 'string', pattern: '^(vault|aws\\+ssm):' }] } },
    });
    expect(describeSettings(definition)[0]?.defaultFrom).toEqual(['vault:port']);
  });
});

test('the redactor hides the value, also in later logs', async () => {
  const vault = new Vault({ a: 'first-secret' });
  const { config } = await load({
    settings: { a: '' },
    resolvers: { vault: vault.resolver() },
    app: { a: 'vault:a' },
  });
  const redact = redactor(config);
  expect(redact('a=first-secret')).toBe('a=********');
});

function entry(raw: string) {
  return { raw, origin: { layer: 'own', name: 'it', location: 'own' } };
}

test('a value that contains itself, or is nested too deeply, is a failure of its name', async () => {
  const inside: unknown[] = [];
  inside.push(inside, inside);
  let deep: unknown = 1;
  for (let i = 0; i < 10_000; i += 1) deep = { a: deep };
  const resolvers = { vault: { resolve: () => ({ inside, deep, list: [1] }) as never } };
  const list = { format: Array, default: [] };
  const settings = { inside: { ...list, default: 'vault:inside' }, deep: { ...list, default: 'vault:deep' } };
  const definition = defineConfig({ name: 'app', resolvers, settings: settings as never });
  const { issues } = await failure(loadConfig(definition, { env: {}, argv: [], onWarning: false }));
  const problem = 'which could not be resolved: its value is nested deeper than 256 levels';
  expect(issues.map(({ message }) => message)).toEqual([
    `refers to vault:inside, ${problem}`,
    `refers to vault:deep, ${problem}`,
  ]);
});
