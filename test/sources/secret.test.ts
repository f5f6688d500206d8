import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { schemaOf } from '../../src/definition.ts';
import { defineConfig } from '../../src/index.ts';
import { envSource } from '../../src/sources/env.ts';
import { folder } from '../folder.ts';
import { issues, loaded, told } from './loaded.ts';

const settings = {
  token: { format: String, default: 'none', sensitive: true },
  port: { format: 'port', default: 80, envFile: true },
};

describe('the file of a secret', () => {
  test.each([
    ['s3cret', 's3cret'],
    ['s3cret\n', 's3cret'],
    ['s3cret\r\n', 's3cret'],
    ['s3cret\n\n', 's3cret\n'],
    [' s3cret \n', ' s3cret '],
    ['"s3cret"', '"s3cret"'],
    ['-----BEGIN KEY-----\nab\ncd\n-----END KEY-----\n', '-----BEGIN KEY-----\nab\ncd\n-----END KEY-----'],
    ['$(rm -rf /) $\x7bHOME} #x', '$(rm -rf /) $\x7bHOME} #x'],
    ['пароль', 'пароль'],
    ['\n', ''],
    ['', ''],
  ])('%j gives %j', (text, value) => {
    const { path } = folder({ token: text });
    expect(loaded({ settings, cwd: path, env: { RL_TOKEN_FILE: 'token' } }).get('token')).toBe(value);
  });

  test('is where the value comes from', () => {
    const { path } = folder({ 'secrets/token': 's3cret' });
    const explained = (name: string) =>
      loaded({ settings, cwd: path, env: { RL_TOKEN_FILE: name } }).explain('token').winner;
    const inside = { layer: 'env', name: 'RL_TOKEN_FILE', location: 'secrets/token' };
    expect(explained('secrets/token')).toEqual(inside);
    expect(explained(join(path, 'secrets/token'))).toEqual(inside);
    const elsewhere = folder({ token: 's3cret' });
    expect(explained(join(elsewhere.path, 'token'))?.location).toBe(join(elsewhere.path, 'token'));
  });

  test('may be a link, as Kubernetes mounts it', () => {
    const { path } = folder({ '..data/token': 's3cret\n' });
    symlinkSync(join('..data', 'token'), join(path, 'token'));
    expect(loaded({ settings, cwd: path, env: { RL_TOKEN_FILE: 'token' } }).get('token')).toBe('s3cret');
  });

  test.each([
    ['that does not exist', 'gone', 'must name a file that exists'],
    ['that is a folder', 'dir', 'must name a file, not a folder'],
    ['that is a device', '/dev/null', 'must name a regular file'],
    ['that is not UTF-8', 'binary', 'must name a file of UTF-8 text'],
    ['that is too large', 'large', 'must name a file of at most 1 MiB'],
    ['below a file', 'binary/x', 'must name a file that can be read (ENOTDIR)'],
  ])('%s is an issue', (_, name, problem) => {
    const { path } = folder({ large: 'x'.repeat(1024 * 1024 + 1) });
    mkdirSync(join(path, 'dir'));
    writeFileSync(join(path, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
    const [issue, ...others] = issues({ settings, cwd: path, env: { RL_TOKEN_FILE: name } });
    expect(others).toEqual([]);
    expect(issue).toEqual({
      code: 'INVALID_VALUE',
      key: 'token',
      message: problem,
      origin: { layer: 'env', name: 'RL_TOKEN_FILE', location: 'process.env' },
    });
  });

  test.skipIf(process.getuid?.() !== 0)('that may not be read is an issue', () => {
    const { path, write } = folder({ token: 's3cret' });
    write('load.mjs', unprivilegedLoad(path));
    chmodSync(join(path, 'token'), 0o600);
    chmodSync(path, 0o755);
    chownSync(join(path, 'token'), 0, 0);
    const answer = execFileSync(process.execPath, [join(path, 'load.mjs')], { cwd: path, encoding: 'utf8' });
    expect(JSON.parse(answer)).toEqual(['must name a file that can be read (EACCES)']);
  });

  test('of a number is decoded as the variable would be', () => {
    const { path } = folder({ port: '8080\n', empty: '\n', wrong: '80abc' });
    const port = (name: string) => loaded({ settings, cwd: path, env: { RL_PORT_FILE: name } }).get('port');
    expect(port('port')).toBe(8080);
    expect(port('empty')).toBe(80);
    expect(told(issues({ settings, cwd: path, env: { RL_PORT_FILE: 'wrong' } }))).toEqual([
      'port: must be an integer, got "80abc"',
    ]);
  });

  test('is named in `.env` too', () => {
    const { path } = folder({ '.env': 'RL_TOKEN_FILE=token\n', token: 's3cret' });
    expect(loaded({ settings, cwd: path, dotenv: true }).get('token')).toBe('s3cret');
  });

  test('gives an Object, and single variables its members', () => {
    const { path } = folder({ opts: '{"a":1,"b":2}\n' });
    const own = { opts: { format: Object, default: { a: 0 }, envFile: true } };
    const config = loaded({ settings: own, cwd: path, env: { RL_OPTS_FILE: 'opts', RL_OPTS__A: '9' } });
    expect(config.get('opts')).toEqual({ a: 9, b: 2 });
    expect(config.explain('opts').winner).toEqual({
      layer: 'env',
      name: 'RL_OPTS_FILE, RL_OPTS__A',
      location: 'opts, process.env',
    });
    expect(told(issues({ settings: own, cwd: path, env: { RL_OPTS_FILE: 'gone', RL_OPTS__A: '9' } }))).toEqual([
      'opts: must name a file that exists',
    ]);
  });
});

test('the variable of a file is suggested for a misspelt one', () => {
  expect(told(loaded({ settings, env: { RL_TOKEN_FIEL: 'token' } }).warnings)).toEqual([
    'RL_TOKEN_FIEL matches no setting | Did you mean RL_TOKEN_FILE?',
  ]);
});

test('a name with FILE inside has a variable that names a file, too', () => {
  const { path } = folder({ token: 's3cret' });
  const own = { file_token: { default: '', sensitive: true } };
  expect(loaded({ settings: own, cwd: path, env: { RL_FILE_TOKEN_FILE: 'token' } }).get('file_token')).toBe('s3cret');
});

test.each([
  ['a new member', { RL_OPTS__NEW_FILE: 'value' }, { a: '0', b_file: 'b', new: 'from the file' }],
  ['a member', { RL_OPTS__A_FILE: 'value' }, { a: 'from the file', b_file: 'b' }],
  ['no member, if the variable is empty', { RL_OPTS__A_FILE: '' }, { a: '0', b_file: 'b' }],
  ['not a member whose name ends in _file', { RL_OPTS__B_FILE: 'value' }, { a: '0', b_file: 'value' }],
])('a file gives %s of an Object', (_, env, opts) => {
  const { path } = folder({ value: 'from the file\n' });
  const own = { opts: { format: Object, default: { a: '0', b_file: 'b' }, envFile: true } };
  expect(loaded({ settings: own, cwd: path, env }).get('opts')).toEqual(opts);
});

test('a file gives an element of a list', () => {
  const { path } = folder({ value: 'from the file\n' });
  const own = { tags: { format: Array, items: String, default: ['a'], envFile: true } };
  expect(loaded({ settings: own, cwd: path, env: { RL_TAGS__0_FILE: 'value' } }).get('tags')).toEqual([
    'from the file',
  ]);
});

describe('a value and the file of it', () => {
  test('must not both be given in one layer', () => {
    const { path } = folder({ token: 's3cret' });
    const both = { RL_TOKEN: 's3cret', RL_TOKEN_FILE: 'token' };
    const found = issues({ settings, cwd: path, env: both });
    expect(told(found)).toEqual(['token: must not be given by both RL_TOKEN and RL_TOKEN_FILE']);
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });

  test('in two layers, the higher one wins', () => {
    const { path } = folder({
      token: 'from the file',
      '.env': 'A=1\nRL_TOKEN=from .env',
      '.env.local': 'RL_TOKEN_FILE=token',
    });
    const token = (env: Record<string, string>) =>
      loaded({ settings, cwd: path, env, dotenv: true })
        .explain('token')
        .candidates.map(({ name, state }) => `${name} ${state}`);
    expect(token({ RL_TOKEN: 'real' })).toEqual([
      'RL_TOKEN wins',
      'RL_TOKEN_FILE shadowed',
      'RL_TOKEN shadowed',
      'token shadowed',
    ]);
    expect(loaded({ settings, cwd: path, dotenv: true }).get('token')).toBe('from the file');
    expect(loaded({ settings, cwd: path, env: { RL_TOKEN_FILE: 'token' }, dotenv: ['.env'] }).get('token')).toBe(
      'from the file',
    );
  });

  test('may be the secret itself by mistake, which no message shows', () => {
    const found = issues({ settings, env: { RL_TOKEN_FILE: 's3cret/with/slashes' } });
    expect(found).toHaveLength(1);
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });

  test('is read for sensitive settings, and for others only with envFile', () => {
    const own = {
      log: { default: 'none', env: 'LOG' },
      cert: { default: 'none', envFile: true },
      key: { default: 'none', sensitive: true, envFile: false },
    };
    const { path } = folder({ f: 'from f' });
    const config = loaded({ settings: own, cwd: path, env: { LOG_FILE: 'f', RL_CERT_FILE: 'f', RL_KEY_FILE: 'f' } });
    expect(config.values).toEqual({ log: 'none', cert: 'from f', key: 'none' });
    expect(told(config.warnings)).toEqual([
      'RL_KEY_FILE matches no setting | key reads RL_KEY_FILE only with envFile: true.',
    ]);
  });

  test('do not conflict where one is empty', () => {
    const { path } = folder({ port: '8080' });
    expect(loaded({ settings, cwd: path, env: { RL_PORT: '', RL_PORT_FILE: 'port' } }).get('port')).toBe(8080);
    expect(loaded({ settings, cwd: path, env: { RL_PORT: '81', RL_PORT_FILE: '' } }).get('port')).toBe(81);
    expect(loaded({ settings, cwd: path, env: { RL_PORT_FILE: '' } }).warnings).toEqual([]);
  });

  test('are named where they are empty and the setting has no other value', () => {
    const key = { format: String, sensitive: true, default: null };
    const load = (env: Readonly<Record<string, string>>) => loaded({ settings: { key }, cwd: folder().path, env });
    expect(() => load({ RL_KEY_FILE: '' })).toThrow('key: is required, and RL_KEY_FILE is empty (env RL_KEY_FILE)');
    expect(() => load({ RL_KEY: '', RL_KEY_FILE: '' })).toThrow('key: is required, and RL_KEY is empty (env RL_KEY)');
  });
});

test('a setting that is itself called x_file keeps its variable', () => {
  const own = { cert: { default: 'none', envFile: true }, cert_file: { default: 'none', envFile: true } };
  const { path } = folder({ a: 'from a' });
  const config = loaded({ settings: own, cwd: path, env: { RL_CERT_FILE: 'a', RL_CERT_FILE_FILE: '' } });
  expect(config.values).toEqual({ cert: 'none', cert_file: 'a' });
  expect(config.warnings).toEqual([]);
  expect(loaded({ settings: own, cwd: path, env: { RL_CERT_FILE_FILE: 'a' } }).values).toEqual({
    cert: 'none',
    cert_file: 'from a',
  });
});

test('names of files are found whatever their letters, where that is the rule', () => {
  const { path } = folder({ token: 's3cret' });
  const env = envSource({
    schema: schemaOf(defineConfig({ name: 'app', envPrefix: 'RL', settings })),
    env: { Rl_Token_File: 'token' },
    cwd: path,
    ignoreCase: true,
    reserved: [],
  });
  expect(loaded({ settings, layers: ['default', env] }).get('token')).toBe('s3cret');
});

/** A program that gives up its rights and then loads the settings. */
function unprivilegedLoad(cwd: string): string {
  const index = new URL('../../dist/index.mjs', import.meta.url).href;
  return `
    import { defineConfig, loadConfigSync } from ${JSON.stringify(index)};
    process.setgid(65534);
    process.setuid(65534);
    const definition = defineConfig({ name: 'app', envPrefix: 'RL', settings: { token: { format: String, default: 'none', sensitive: true } } });
    const config = loadConfigSync(definition, { argv: [], env: { RL_TOKEN_FILE: 'token' }, cwd: ${JSON.stringify(cwd)}, invalid: 'report' });
    console.log(JSON.stringify(config.issues.map(({ message }) => message)));`;
}
