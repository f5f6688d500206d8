import { describe, expect, test } from 'vitest';
import { describeIssue, type Entry, type Source } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { issues, loaded, told } from './loaded.ts';

const settings = {
  lr: { format: Number, default: 0.1, aliases: ['learning_rate'] },
  log: { level: { format: ['info', 'debug'], default: 'info', deprecated: 'use verbosity' } },
  token: { format: String, default: 'none', sensitive: true },
};

/** A source of the program that provides these texts or values by key. */
function vault(provided: Readonly<Record<string, unknown>>): Source {
  const entries = Object.entries(provided).map(([key, value]): readonly [string, Entry] => {
    const origin = { layer: 'vault', name: key, location: `vault:${key}` };
    return [key, typeof value === 'string' ? { origin, raw: value } : { origin, value }];
  });
  return { name: 'vault', read: () => ({ entries: new Map(entries) }) };
}

const withVault = (provided: Readonly<Record<string, unknown>>, more: object = {}) => ({
  settings,
  layers: ['default', 'file', vault(provided), 'env', 'flag'],
  env: {},
  ...more,
});

describe('a source of the program', () => {
  test.each<[string, Partial<Entry>, number]>([
    ['no value', { value: undefined }, 0.1],
    ['an empty text', { raw: '' }, 0.1],
    ['a value beside an empty text', { raw: '', value: 5 }, 5],
  ])('that provides %s', (_, entry, expected) => {
    const source = { name: 'vault', read: () => ({ entries: new Map([['lr', entry]]) }) } as unknown as Source;
    const config = loaded({ settings, layers: ['default', source] });
    expect(config.get('lr')).toBe(expected);
    expect(config.explain('lr').winner?.layer).toBe(expected === 5 ? 'vault' : 'default');
  });

  test('that provides an unknown key warns with the nearest name, and adds no value', () => {
    const config = loaded(withVault({ lrr: '5', 'log.levle': 'debug' }));
    expect(config.values).toEqual({ lr: 0.1, log: { level: 'info' }, token: 'none' });
    expect(told(config.warnings)).toEqual([
      'lrr: is not a setting | Did you mean lr?',
      'log.levle: is not a setting | Did you mean log.level?',
    ]);
    expect(config.warnings[0]?.origin).toEqual({ layer: 'vault', name: 'lrr', location: 'vault:lrr' });
    expect(() => config.explain('lrr')).toThrow('Did you mean lr?');
  });

  test('that provides a name of megabytes does not fill a log with it', () => {
    const config = loaded(withVault({ ['k'.repeat(3_000_000)]: '5' }));
    expect(config.warnings).toHaveLength(1);
    expect(config.warnings.map(describeIssue).join().length).toBeLessThan(40_000);
  });

  test("is refused under unknown: 'error'", () => {
    expect(told(issues(withVault({ lrr: '5' }, { unknown: 'error' })))).toEqual([
      'lrr: is not a setting | Did you mean lr?',
    ]);
  });

  test("provides settings of its own under unknown: 'allow', also inside groups", () => {
    const config = loaded(withVault({ extra: 5, 'log.colour': 'red', 'plugins.a.on': true }, { unknown: 'allow' }));
    expect(config.values).toMatchObject({
      extra: 5,
      log: { level: 'info', colour: 'red' },
      plugins: { a: { on: true } },
    });
    expect(config.warnings).toEqual([]);
    for (const key of ['extra', 'log.colour', 'plugins']) {
      expect(config.explain(key as never).winner?.layer).toBe('vault');
    }
  });

  test('may use an alias, and warns of deprecated settings', () => {
    const config = loaded(withVault({ learning_rate: '0.5', 'log.level': 'debug' }));
    expect(config.get('lr')).toBe(0.5);
    expect(told(config.warnings)).toEqual([
      'lr: is set by its deprecated name learning_rate | Write lr instead.',
      'log.level: is deprecated: use verbosity',
    ]);
  });

  test('may provide a whole group', () => {
    expect(loaded(withVault({ log: { level: 'debug', colour: 'red' } })).get('log')).toEqual({ level: 'debug' });
    expect(told(issues(withVault({ log: 5 })))).toEqual(['log: must be an object: it is a group of settings']);
  });

  test('has no entry where it provides an empty text for a number, which explain lists', () => {
    const config = loaded(withVault({ lr: '', token: '' }));
    expect(config.get('lr')).toBe(0.1);
    expect(config.explain('lr').candidates.map(({ layer, state }) => [layer, state])).toEqual([
      ['vault', 'empty'],
      ['default', 'wins'],
    ]);
    expect(config.get('token')).toBe('');
  });

  test('cannot change a prototype', () => {
    const provided = JSON.parse('{ "__proto__": { "x": 1 }, "log.__proto__": { "x": 1 } }');
    expect(told(issues(withVault(provided, { unknown: 'allow' })))).toEqual([
      '__proto__: is a name that no setting may have',
      'log.__proto__: is a name that no setting may have',
    ]);
    expect(Reflect.has({}, 'x')).toBe(false);
  });
});

describe('policies by source and key', () => {
  const files = {
    'app.json': '{ "plugins": { "a": { "on": true } }, "other": 1 }',
    'base.json': '{ "lower": 2 }',
    '.env': 'RL_OTHER=1\n',
  };
  const read = (unknown: object, more: object = {}) => {
    const inputs = {
      settings,
      cwd: folder(files).path,
      file: 'app.json',
      files: ['base.json'],
      dotenv: true,
      unknown,
      ...more,
    };
    return { errors: told(issues(inputs)), config: loaded({ ...inputs, invalid: 'report' }) };
  };

  test('decide each by itself', () => {
    const { errors } = read(
      { file: 'error', '.env': 'error', env: 'warn', flag: 'error' },
      { env: { RL_X: '1' }, argv: ['--verbose-all'] },
    );
    expect(errors).toEqual([
      'lower: is not a setting',
      'plugins: is not a setting',
      'other: is not a setting',
      'RL_OTHER matches no setting',
      '--verbose-all is not a setting',
    ]);
  });

  test('take allowed keys as settings', () => {
    const { config, errors } = read({ file: 'error', '.env': 'warn', allow: ['plugins.**', 'lower', 'other'] });
    expect(errors).toEqual([]);
    expect(config.values).toMatchObject({ plugins: { a: { on: true } }, lower: 2, other: 1 });
    expect(config.get('plugins.a.on' as never)).toBe(true);
  });

  test('take no name of a prototype, nor an empty one, in a file', () => {
    const { path } = folder({ 'app.json': '{ "a": { "__proto__": { "x": 1 } }, "b": [{ "__proto__": 1 }], "": 1 }' });
    const config = loaded({ settings, cwd: path, file: 'app.json', unknown: 'allow', invalid: 'report' });
    expect(told(config.issues)).toEqual([
      'a: must not have a member called __proto__, got {"__proto__":{"x":1}}',
      'b: must not have a member called __proto__, got [{"__proto__":1}]',
    ]);
    expect(told(config.warnings)).toEqual([': is not a setting']);
    expect(Object.keys(config.values)).toEqual(Object.keys(settings));
  });

  test('judge the names that a file has for itself only at its top', () => {
    const text = '{ "$schema": "x", "$version": 1, "log": { "$schema": "x", "$version": 1, "extends": "y" } }';
    const { path } = folder({ 'app.json': text });
    const config = loaded({ settings, cwd: path, file: 'app.json', version: 1, extends: true });
    expect(told(config.warnings)).toEqual(
      ['$schema', '$version', 'extends'].map((name) => `log.${name}: is not a setting`),
    );
  });

  test('allow single keys inside an unknown group', () => {
    const { config, errors } = read({ file: 'error', '.env': 'warn', allow: ['plugins.*.on', 'lower', 'other'] });
    expect(errors).toEqual([]);
    expect(config.values).toMatchObject({ plugins: { a: { on: true } } });
    expect(read({ allow: ['plugins.*.off'], '.env': 'warn' }).config.values).not.toHaveProperty('plugins');
  });

  test('are checked with the definition', () => {
    expect(() => loaded({ settings, unknown: { file: 'wran' } })).toThrow(
      /"unknown" must have "warn", "error" or "allow" for "file"/,
    );
    expect(() => loaded({ settings, unknown: { allow: 'x' } })).toThrow(/"unknown" must have a list of keys/);
  });
});

describe('variables of Kubernetes service links', () => {
  const links = {
    RL_SERVICE_HOST: '10.0.0.1',
    RL_SERVICE_PORT: '80',
    RL_SERVICE_PORT_HTTP: '80',
    RL_PORT: 'tcp://10.0.0.1:80',
    RL_PORT_80_TCP: 'tcp://10.0.0.1:80',
    RL_PORT_80_TCP_PROTO: 'tcp',
    RL_PORT_80_TCP_PORT: '80',
    RL_PORT_80_TCP_ADDR: '10.0.0.1',
    RL_DB_SERVICE_HOST: '10.0.0.2',
    RL_DB_PORT: 'tcp://10.0.0.2:5432',
  };

  test('are one warning, also under strictEnv', () => {
    const config = loaded({ settings, env: links, strictEnv: true });
    expect(told(config.warnings)).toEqual([
      'RL_SERVICE_HOST and 9 more come from Kubernetes service links | Set enableServiceLinks: false for the pod, or choose another envPrefix.',
    ]);
  });

  test.each([
    ['RL_X_SERVICE_HOST', '', true],
    ['RL_X_SERVICE_HOSTS', '', false],
    ['RL_X_SERVICE_PORT', '', true],
    ['RL_X_SERVICE_PORT_HTTP_2', '', true],
    ['RL_X_SERVICE_PORT_', '', false],
    ['RL_X_SERVICE_PORT_http', '', false],
    ['RL_X_SERVICE_PORTS', '', false],
    ['RL_X_PORT_53_UDP', '', true],
    ['RL_X_PORT_443_SCTP_ADDR', '', true],
    ['RL_X_PORT_443_TCP_OTHER', '', false],
    ['RL_X_PORT_443_TCPS', '', false],
    ['RL_X_PORT_A_TCP', '', false],
    ['RL_X_PORT', 'udp://10.0.0.1:53', true],
    ['RL_X_PORT', 'sctp://[fd00::A1]:53', true],
    ['RL_X_PORT', 'http://10.0.0.1:53', false],
    ['RL_X_PORT', 'a tcp://10.0.0.1:53', false],
    ['RL_X_PORT', 'tcp://10.0.0.1:53/', false],
    ['RL_X_PORT', 'tcp://10.0.0.1:', false],
    ['RL_X_PORT', 'tcp://:53', false],
    ['RL_X_PORT', 'tcp://host:53', false],
    ['RL_X_PORTS', 'tcp://10.0.0.1:53', false],
  ])('%s=%s: %j', (name, text, isLink) => {
    const [warning] = told(loaded({ settings, env: { [name]: text } }).warnings);
    expect(warning).toMatch(isLink ? `${name} comes from a Kubernetes service link` : `${name} matches no setting`);
  });

  test('do not give a setting called port', () => {
    const config = loaded({ settings: { port: { format: 'port', default: 8080 } }, env: links });
    expect(config.get('port')).toBe(8080);
    const port = { port: { format: 'port', default: 8080 } };
    expect(loaded({ settings: port, env: { ...links, RL_PORT: '9090' } }).get('port')).toBe(9090);
    expect(loaded({ settings: { port: { default: '' } }, env: { RL_PORT: 'tcp://10.0.0.1:80' } }).get('port')).toBe(
      'tcp://10.0.0.1:80',
    );
  });
});

describe('empty entries', () => {
  const read = (files: Record<string, string>, env: Record<string, string>) =>
    loaded({ settings, cwd: folder(files).path, dotenv: true, env });

  test('let the next lower layer win, and are listed', () => {
    const config = read({ '.env': 'RL_LR=3\n', '.env.local': '\nRL_LR=\n' }, { RL_LR: '' });
    expect(config.get('lr')).toBe(3);
    expect(config.explain('lr').candidates.map(({ layer, location, state }) => [layer, location, state])).toEqual([
      ['env', 'process.env', 'empty'],
      ['.env.local', '.env.local:2', 'empty'],
      ['.env', '.env:1', 'wins'],
      ['default', 'schema', 'shadowed'],
    ]);
  });

  test('do not satisfy a required setting', () => {
    const url = { format: 'url', default: null, env: 'DATABASE_URL' };
    const name = { format: String, default: null };
    const found = issues({ settings: { url, name }, env: { DATABASE_URL: '', RL_NAME: '' } });
    expect(found.map(({ key, message }) => [key, message])).toEqual([
      ['url', 'is required, and DATABASE_URL is empty'],
      ['name', 'is required, and RL_NAME is empty'],
    ]);
  });

  test('of members do not stop the start', () => {
    const opts = { opts: { format: Object, default: { max: 1, name: 'n' } } };
    expect(loaded({ settings: opts, env: { RL_OPTS__MAX: '', RL_OPTS__NAME: '' } }).get('opts')).toEqual({
      max: 1,
      name: '',
    });
    expect(loaded({ settings: opts, env: { RL_OPTS__MAX: '' } }).get('opts')).toEqual({ max: 1, name: 'n' });
  });

  test('JSON for an Object merges over that of a .env file', () => {
    const opts = { opts: { format: Object, default: { a: 1 } } };
    const config = loaded({
      settings: opts,
      cwd: folder({ '.env': 'RL_OPTS={"b":2}\n' }).path,
      dotenv: true,
      env: { RL_OPTS: '{"c":3}' },
    });
    expect(config.get('opts')).toEqual({ a: 1, b: 2, c: 3 });
  });
});
