import { spawnSync } from 'node:child_process';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Config,
  compareSnapshots,
  defineConfig,
  type LoadOptions,
  loadConfig,
  resumeReport,
} from '../src/index.ts';
import { isSnapshot, renameSnapshot, snapshotFingerprint } from '../src/tools.ts';
import { failure, issueLines } from './failure.ts';
import { skipLoudly } from './faults/harness/skip.ts';
import { folder } from './folder.ts';

const definition = defineConfig({
  name: 'app',
  file: 'app.json',
  envPrefix: 'P',
  unknown: 'allow',
  settings: {
    lr: { format: Number, default: 0.1 },
    tags: { format: Object, default: { b: 1, a: [1e21, -0, 1e-7] } },
    name: { format: String, default: 'ünï\u{1f600}"\n' },
    pattern: { format: RegExp, default: /^a\.b$/ },
    optional: { format: String, nullable: true, default: null },
    log: { level: { format: ['debug', 'info'], default: 'info', identity: false } },
    tracker: { token: { format: String, default: 'none', sensitive: true } },
  },
});

const open = (cwd: string, options: LoadOptions = {}) => loadConfig(definition, { cwd, env: {}, argv: [], ...options });

describe('a snapshot', () => {
  test('has values, origins and fingerprint, and stays as it is', async () => {
    const config = await open(folder({ 'app.json': '{ "lr": 0.2, "extra": { "x": 1 } }' }).path);
    const snapshot = config.snapshot();
    expect(config.snapshot()).toBe(snapshot);
    expect(snapshot.values).toBe(config.values);
    const clone = structuredClone(snapshot.toJSON());
    expect(clone).toEqual(snapshot.toJSON());
    expect(clone.origins).toMatchObject({
      lr: { layer: 'file', name: 'lr', location: 'app.json:1:9' },
      'log.level': { layer: 'default' },
      extra: { layer: 'file' },
    });
    config.set('lr', 0.3);
    expect(snapshot.values.lr).toBe(0.2);
    expect(config.snapshot().values.lr).toBe(0.3);
    expect(config.snapshot().fingerprint).not.toBe(snapshot.fingerprint);
  });

  test('shows no secret, unless one reads its values', async () => {
    const config = await open(folder({ 'app.json': '{ "tracker": { "token": "s3cret" } }' }).path, {
      fingerprintKey: 'k3y',
    });
    const snapshot = config.snapshot();
    expect(snapshot.values.tracker.token).toBe('s3cret');
    const text = [JSON.stringify(snapshot), inspect(snapshot, { depth: 9 }), String(snapshot), `${config}`].join();
    expect(text).toContain('********');
    const clones = [structuredClone(snapshot), { ...snapshot }, Object.assign({}, snapshot), Object.entries(snapshot)];
    const raw = { depth: 9, customInspect: false, showHidden: true };
    const shown = [text, ...clones.map((clone) => inspect(clone, raw)), inspect(snapshot, raw), printed(snapshot)];
    expect(shown.join()).toContain('fingerprint');
    expect(shown.join()).not.toMatch(/s3cret|k3y/);
  });
});

/** What `console.dir` and `console.table` write. */
function printed(value: unknown): string {
  let text = '';
  const stdout = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const output = new Console({ stdout });
  output.dir(value, { depth: 9 });
  output.table(value);
  return text;
}

describe('the fingerprint', () => {
  const fingerprint = async (options: LoadOptions, change: (config: Config) => void = () => undefined) => {
    const config = await open(folder().path, options);
    change(config as unknown as Config);
    return config.snapshot().fingerprint;
  };

  test('depends on values alone, wherever they were written', async () => {
    const byFile = (await open(folder({ 'app.json': '{ "lr": 2e-1 }' }).path)).snapshot().fingerprint;
    expect(await fingerprint({ env: { P_LR: '0.20' } })).toBe(byFile);
    expect(await fingerprint({ argv: ['--lr=.2'] })).toBe(byFile);
    expect(await fingerprint({}, (config) => config.override('lr' as never, 0.2 as never))).toBe(byFile);
    expect(await fingerprint({})).not.toBe(byFile);
  });

  test('leaves out what has identity: false, and secrets unless there is a key for them', async () => {
    const plain = await fingerprint({});
    expect(await fingerprint({ env: { P_LOG__LEVEL: 'debug' } })).toBe(plain);
    expect(await fingerprint({ env: { P_TRACKER__TOKEN: 'x' } })).toBe(plain);
    const keyed = await fingerprint({ fingerprintKey: 'k' });
    expect(keyed).not.toBe(plain);
    expect(await fingerprint({ fingerprintKey: 'k' })).toBe(keyed);
    expect(await fingerprint({ fingerprintKey: 'other' })).not.toBe(keyed);
    expect(await fingerprint({ fingerprintKey: 'k', env: { P_TRACKER__TOKEN: 'x' } })).not.toBe(keyed);
  });

  test('is the same in Python', async (context) => {
    const script = [
      'import json, sys',
      'from fingerprint import fingerprint',
      'for snapshot in json.load(sys.stdin): print(fingerprint(snapshot))',
    ].join('\n');
    const cwd = fileURLToPath(new URL('../docs/examples/training', import.meta.url));
    const value = fc.oneof(fc.jsonValue(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger());
    const hard = [1e21, 1e20, 123456789012345680000, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, -1e-7, 100];
    const samples = [hard, ...fc.sample(value, 200)];
    const snapshots = [];
    for (const extra of samples) {
      const config = await open(folder().path, { fingerprintKey: 'k' });
      config.set('extra' as never, { value: wellFormed(extra) } as never);
      snapshots.push(config.snapshot());
    }
    const input = JSON.stringify(snapshots);
    const python = spawnSync('python3', ['-c', script], {
      cwd,
      input,
      encoding: 'utf8',
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    if (python.error) return skipLoudly(context, `python3: ${python.error.message}`);
    expect(python.stderr).toBe('');
    expect(python.stdout.trim().split('\n')).toEqual(snapshots.map((snapshot) => snapshot.fingerprint));
  }, 60_000);
});

/** RFC 8785 refuses halves of surrogate pairs, and settings have no member called `__proto__`. */
function wellFormed(value: unknown): unknown {
  const text = JSON.stringify(value) ?? 'null';
  return JSON.parse(text.replace(/\\ud[89a-f][0-9a-f]{2}/g, '?').replaceAll('__proto__', 'proto'));
}

describe('resuming a run', () => {
  const begun = async (options: LoadOptions = {}) => {
    const { path, write } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path, options);
    write('run/snapshot.json', JSON.stringify(config.snapshot(), null, 2));
    const resume = 'run/snapshot.json';
    return { path, write, fingerprint: config.snapshot().fingerprint, resume };
  };

  test('as it was: nothing differs', async () => {
    const { path, resume, fingerprint } = await begun();
    const config = await open(path, { resume });
    expect(resumeReport(config)).toEqual({ fingerprint, differences: [] });
    expect(resumeReport(await open(path))).toBeUndefined();
  });

  test('tells operational changes and secrets', async () => {
    const { path, resume } = await begun({ fingerprintKey: 'k' });
    const env = { P_LOG__LEVEL: 'debug', P_TRACKER__TOKEN: 's3cret' };
    const resumed = resumeReport(await open(path, { resume, env, fingerprintKey: 'k' }));
    expect(resumed?.differences).toEqual([
      {
        key: 'log.level',
        kind: 'operational',
        before: 'info',
        after: 'debug',
        from: { layer: 'default', name: 'log.level', location: 'schema' },
        to: { layer: 'env', name: 'P_LOG__LEVEL', location: 'process.env' },
      },
      expect.objectContaining({ key: 'tracker.token', kind: 'secret', before: '********', after: '********' }),
    ]);
    const unkeyed = await open(path, { resume, env });
    expect(resumeReport(unkeyed)?.differences.map(({ key }) => key)).toEqual(['log.level']);
  });

  test('refuses all identity changes at once, unless they are allowed', async () => {
    const { path, resume, write } = await begun();
    write('app.json', '{ "lr": 0.5, "name": "other", "added": 1 }');
    await expect(open(path, { resume })).rejects.toMatchObject({
      code: 'IDENTITY_CHANGED',
      issues: [
        { key: 'lr', message: 'was 0.2 when the run began, and is 0.5 now', origin: { location: 'app.json:1:9' } },
        { key: 'name' },
        { key: 'added' },
      ],
    });
    const allowIdentityChange = ['lr', 'name'];
    await expect(open(path, { resume, allowIdentityChange })).rejects.toMatchObject({ issues: [{ key: 'added' }] });
    const resumed = resumeReport(await open(path, { resume, allowIdentityChange: true }));
    expect(resumed?.differences.map(({ key, kind }) => [key, kind])).toEqual([
      ['lr', 'identity'],
      ['name', 'identity'],
      ['added', 'identity'],
    ]);
  });

  test.each([
    ['none', undefined, 'UNAVAILABLE'],
    ['half of one', '{ "varve": 1, "name":', 'CORRUPT'],
    ['something else', '{ "varve": 2 }', 'CORRUPT'],
  ])('from %s is refused', async (_, text, code) => {
    const { path, write } = folder();
    if (text !== undefined) write('run.json', text);
    await expect(open(path, { resume: 'run.json' })).rejects.toMatchObject({ code });
  });

  test('settings named like members of every object are no special ones', async () => {
    const { path, write } = folder({ 'app.json': '{ "constructor": 1, "toString": 2 }' });
    const config = await open(path);
    const then = config.snapshot().toJSON();
    write('app.json', '{ "constructor": 1, "valueOf": 3 }');
    await config.reload();
    const differences = compareSnapshots(then, config.snapshot().toJSON());
    expect(differences.map(({ key, before, after }) => [key, before, after])).toEqual([
      ['valueOf', undefined, 3],
      ['toString', 2, undefined],
    ]);
  });
});

describe('the snapshot of a definition that renamed settings', () => {
  const before = defineConfig({
    name: 'app',
    envPrefix: 'P',
    settings: {
      opt: { lr: 0.1, beta: { format: Number, default: 0.9, identity: false } },
      token: { format: String, default: 'none', sensitive: true },
      epochs: 3,
    },
  });
  const after = defineConfig({
    name: 'app',
    envPrefix: 'P',
    settings: {
      rate: { format: Number, default: 0.1, aliases: ['opt.lr', 'opt.step'] },
      opt: { beta: { format: Number, default: 0.9, identity: false } },
      account: { token: { format: String, default: 'none', sensitive: true, aliases: ['token'] } },
      epochs: 3,
    },
  });
  const env = { P_OPT__LR: '0.5' };
  const begun = async () => (await loadConfig(before, { env, argv: [], fingerprintKey: 'k' })).snapshot().toJSON();

  test('has their present keys, and the fingerprint of the run', async () => {
    const snapshot = await begun();
    const renamed = renameSnapshot(snapshot, after);
    expect(renamed).toEqual({
      ...snapshot,
      values: { rate: 0.5, opt: { beta: 0.9 }, account: { token: '********' }, epochs: 3 },
      origins: {
        rate: snapshot.origins['opt.lr'],
        'opt.beta': snapshot.origins['opt.beta'],
        'account.token': snapshot.origins['token'],
        epochs: snapshot.origins['epochs'],
      },
      identity: snapshot.identity.map((key) => ({ 'opt.lr': 'rate', token: 'account.token' })[key] ?? key),
      secrets: { 'account.token': snapshot.secrets['token'] },
      definitionChanges: { renamed: { rate: 'opt.lr', 'account.token': 'token' }, gained: [], lost: {} },
    });
    expect(snapshotFingerprint(renamed)).toBe(snapshot.fingerprint);
    expect(renameSnapshot(renamed, after)).toBe(renamed);
    expect(renameSnapshot(snapshot, before)).toBe(snapshot);
  });

  test('resumes, and differs in what another value has', async () => {
    const { path, write } = folder();
    write('run.json', JSON.stringify(await begun()));
    const resume = async (more: Record<string, string>) =>
      loadConfig(after, { cwd: path, env: more, argv: [], fingerprintKey: 'k', resume: 'run.json', onWarning: false });
    expect(resumeReport(await resume({ P_RATE: '0.5' }))?.differences).toEqual([]);
    const changed = await failure(resume({ P_RATE: '0.25' }));
    expect(issueLines(changed)).toEqual(['rate was 0.5 when the run began, and is 0.25 now']);
    const token = resumeReport(await resume({ P_RATE: '0.5', P_ACCOUNT__TOKEN: 'x' }));
    expect(token?.differences).toMatchObject([{ key: 'account.token', kind: 'secret' }]);
  });

  test('of several earlier settings that one replaces, one is renamed', async () => {
    const { name, fingerprint, secrets } = await begun();
    const origin = { layer: 'env', name: 'P', location: 'process.env' };
    const snapshot = {
      varve: 1 as const,
      name,
      fingerprint,
      secrets,
      values: { opt: { lr: 0.5, step: 0.25 } },
      origins: { 'opt.lr': origin, 'opt.step': origin },
      identity: ['opt.lr', 'opt.step'],
    };
    const { values, origins, identity, definitionChanges } = renameSnapshot(snapshot as never, after);
    expect([values, Object.keys(origins), identity]).toEqual([
      { opt: { step: 0.25 }, rate: 0.5 },
      ['rate', 'opt.step'],
      ['rate', 'opt.step'],
    ]);
    expect(definitionChanges?.renamed).toEqual({ rate: 'opt.lr' });
  });
});

describe('a document is a snapshot', () => {
  const origin = { layer: 'file', name: 'lr', location: 'app.json:1:9' };
  const changes = { renamed: { rate: 'lr' }, gained: ['warmup'], lost: { old: 1 } };
  const snapshot = {
    varve: 1,
    name: 'app',
    fingerprint: 'a1',
    values: { lr: 0.1 },
    origins: { lr: origin },
    identity: ['lr'],
    secrets: { token: null, other: 'b2' },
  };

  test.each<Record<string, unknown>>([{}, { definitionChanges: changes }, { origins: {}, identity: [], secrets: {} }])(
    'with %j',
    (members) => expect(isSnapshot({ ...snapshot, ...members })).toBe(true),
  );

  test.each<Record<string, unknown>>([
    { varve: 2 },
    { name: 5 },
    { fingerprint: undefined },
    { values: [] },
    { origins: [] },
    { origins: { lr: origin, epochs: { ...origin, location: 1 } } },
    { origins: { lr: { layer: 'file', location: 'app.json' } } },
    { origins: { lr: 'file' } },
    { identity: 'lr' },
    { identity: ['lr', 1] },
    { secrets: [] },
    { secrets: { token: 1, other: 'b2' } },
    { definitionChanges: null },
    { definitionChanges: {} },
    { definitionChanges: { ...changes, renamed: ['lr'] } },
    { definitionChanges: { ...changes, renamed: { rate: 1, other: 'b' } } },
    { definitionChanges: { ...changes, gained: 'warmup' } },
    { definitionChanges: { ...changes, gained: ['warmup', 1] } },
    { definitionChanges: { ...changes, lost: [] } },
  ])('but not with %j', (members) => expect(isSnapshot({ ...snapshot, ...members })).toBe(false));

  test.each([undefined, null, 'varve', [snapshot]])('but not %j', (value) => expect(isSnapshot(value)).toBe(false));
});
