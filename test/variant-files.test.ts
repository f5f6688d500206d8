import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineConfig, each, type LoadOptions, loadConfig, loadConfigSync, setAll, variants } from '../src/index.ts';
import { configFiles } from '../src/tools.ts';
import { type Folder, folder } from './folder.ts';

const MEMBERS = {
  adam: { lr: 0.001, beta: 0.9, schedule: { warmup: 0 } },
  sgd: { lr: 0.1, momentum: 0.9 },
} as const;

const FILES = {
  'conf/optimizer/adam.yaml': 'lr: 0.002\nschedule:\n  warmup: 10\n',
  'conf/optimizer/sgd.yaml': 'momentum: 0.5\nlr: 0.2\n',
};

const define = (files: Parameters<typeof variants>[2] = { files: 'conf/optimizer/{type}.yaml' }, more: object = {}) =>
  defineConfig({
    name: 'train',
    file: 'train.json',
    envPrefix: 'TRAIN',
    settings: { optimizer: variants('type', MEMBERS, files as never), seed: 1 },
    ...more,
  });

const load = (at: Folder, options: LoadOptions = {}, definition = define()) =>
  loadConfigSync(definition, { cwd: at.path, env: {}, argv: [], onWarning: false, ...options });

const failure = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  return 'nothing was thrown';
};

describe('the file of a variant', () => {
  test.each<[how: string, options: LoadOptions, file: string]>([
    ['a flag', { argv: ['--optimizer.type=sgd'] }, '{}'],
    ['a variable', { env: { TRAIN_OPTIMIZER__TYPE: 'sgd' } }, '{}'],
    ['the file', {}, '{ "optimizer": { "type": "sgd" } }'],
  ])('is that of the choice by %s', (_, options, file) => {
    const config = load(folder({ ...FILES, 'train.json': file }), options);
    expect(config.values.optimizer).toEqual({ type: 'sgd', lr: 0.2, momentum: 0.5 });
    expect(config.explain('optimizer.lr')).toMatchObject({
      winner: { layer: 'conf/optimizer/sgd.yaml', name: 'optimizer.lr', location: 'conf/optimizer/sgd.yaml:2:5' },
      without: { layer: 'default', value: 0.1 },
    });
    expect([config.warnings, config.issues]).toEqual([[], []]);
  });

  test('is that of the default choice, with groups inside', () => {
    const config = load(folder(FILES));
    expect(config.values.optimizer).toEqual({ type: 'adam', lr: 0.002, beta: 0.9, schedule: { warmup: 10 } });
    const { winner } = config.explain('optimizer.schedule.warmup' as never);
    expect(winner?.location).toBe('conf/optimizer/adam.yaml:3:11');
  });

  test('is above the defaults and below every other file', () => {
    const at = folder({ ...FILES, 'base.json': '{ "optimizer": { "lr": 0.5 } }', 'train.json': '{}' });
    const config = load(at, {}, define(undefined, { files: ['base.json'] }));
    const { candidates } = config.explain('optimizer.lr');
    expect(candidates.map(({ layer }) => layer)).toEqual(['base.json', 'conf/optimizer/adam.yaml', 'default']);
  });

  test.each([
    ['json', '{ "lr": 0.3 }'],
    ['jsonc', '// slow\n{ "lr": 0.3 }'],
    ['toml', 'lr = 0.3\n'],
    ['json5', '{ lr: 0.3 }'],
  ])('may be a file of the format %s', (format, text) => {
    const at = folder({ [`o/adam.${format}`]: text });
    expect(load(at, {}, define({ files: `o/{type}.${format}` })).values.optimizer.lr).toBe(0.3);
  });

  test('changes with a choice at run time, in one event', () => {
    const config = load(folder(FILES));
    const seen: unknown[] = [];
    config.subscribe((event) => seen.push('changes' in event ? event.changes.map(({ key }) => key) : event));
    setAll(config, { 'optimizer.type': 'sgd' });
    expect(config.values.optimizer).toEqual({ type: 'sgd', lr: 0.2, momentum: 0.5 });
    expect(config.explain('optimizer.lr').winner?.location).toBe('conf/optimizer/sgd.yaml:2:5');
    expect(seen).toHaveLength(1);
  });

  test('is never written', async () => {
    const at = folder({ ...FILES, 'train.json': '{}' });
    const config = load(at);
    config.set('optimizer.lr', 0.7);
    await config.save();
    expect(JSON.parse(at.read('train.json'))).toEqual({ optimizer: { lr: 0.7 } });
    expect(at.read('conf/optimizer/adam.yaml')).toBe(FILES['conf/optimizer/adam.yaml']);
  });

  test('is read again by a reload, and watched', async () => {
    const at = folder({ ...FILES, 'train.json': '{}' });
    const config = await loadConfig(define(), { cwd: at.path, env: {}, argv: [] });
    at.write('conf/optimizer/adam.yaml', 'lr: 0.003\n');
    await config.reload();
    expect(config.values.optimizer.lr).toBe(0.003);
    const watcher = config.watch();
    await watcher.ready;
    const changed = new Promise((resolve) => config.subscribe(resolve));
    at.write('conf/optimizer/next.yaml', 'lr: 0.004\n');
    renameSync(join(at.path, 'conf/optimizer/next.yaml'), join(at.path, 'conf/optimizer/adam.yaml'));
    await changed;
    expect(config.values.optimizer.lr).toBe(0.004);
    await watcher.close();
  });

  test('of a choice that is not made may be removed', async () => {
    const at = folder({ ...FILES, 'train.json': '{}' });
    const config = await loadConfig(define(), { cwd: at.path, env: {}, argv: [] });
    const watcher = config.watch();
    await watcher.ready;
    const changed = new Promise((resolve) => config.subscribe(resolve));
    rmSync(join(at.path, 'conf/optimizer/sgd.yaml'));
    at.write('train.json', '{ "seed": 5 }');
    expect(await changed).toMatchObject({ changes: [{ key: 'seed', after: 5 }] });
    await watcher.close();
  });

  test('depends on a profile too', () => {
    const at = folder({ 'o/adam.fast.yaml': 'lr: 0.9\n', 'o/adam.slow.yaml': 'lr: 0.01\n' });
    const profile = { values: ['fast', 'slow'], default: 'fast' };
    const definition = define({ files: 'o/{type}.{profile}.yaml' }, { profile });
    expect(load(at, {}, definition).values.optimizer.lr).toBe(0.9);
    expect(load(at, { argv: ['--profile=slow'] }, definition).values.optimizer.lr).toBe(0.01);
  });

  test('is read for a variant inside a variant, which the outer file may choose', () => {
    const schedule = variants('kind', { cosine: { steps: 10 }, step: { every: 5 } }, { files: 's/{kind}.yaml' });
    const settings = {
      optimizer: variants('type', { sgd: { schedule }, adam: { lr: 1 } }, { files: 'o/{type}.yaml' }),
    };
    const at = folder({
      'o/sgd.yaml': 'schedule:\n  kind: step\n',
      'o/adam.yaml': '',
      's/step.yaml': 'every: 7\n',
      's/cosine.yaml': 'steps: 8\n',
    });
    const config = loadConfigSync(defineConfig({ name: 'x', settings }), { cwd: at.path, env: {}, argv: [] });
    expect(config.values.optimizer).toEqual({ type: 'sgd', schedule: { kind: 'step', every: 7 } });
  });

  test('counts for its choice only, also if it adds members to a group by name', () => {
    const layers = each({ decay: 0 });
    const settings = {
      optimizer: variants('type', { sgd: { lr: 1 }, adam: { lr: 1, layers } }, { files: 'o/{type}.yaml' }),
    };
    const at = folder({ 'o/sgd.yaml': '', 'o/adam.yaml': 'lr: 5\nlayers:\n  first: {}\n' });
    const config = loadConfigSync(defineConfig({ name: 'x', settings }), { cwd: at.path, env: {}, argv: [] });
    expect(config.values.optimizer).toEqual({ type: 'sgd', lr: 1 });
  });

  test('of two groups may be one file', () => {
    const options = { files: 'o/{type}.yaml' };
    const settings = { first: variants('type', MEMBERS, options), second: variants('type', MEMBERS, options) };
    const at = folder({ 'o/adam.yaml': 'lr: 0.4\n', 'o/sgd.yaml': 'lr: 0.5\n' });
    const definition = defineConfig({ name: 'x', settings });
    const config = loadConfigSync(definition, { cwd: at.path, env: {}, argv: ['--second.type=sgd'] });
    expect([config.values.first.lr, config.values.second.lr]).toEqual([0.4, 0.5]);
    expect(config.explain('second.lr').winner?.location).toBe('o/sgd.yaml:1:5');
  });

  test('is listed with the files of a configuration', () => {
    const at = folder(FILES);
    rmSync(join(at.path, 'conf/optimizer/sgd.yaml'));
    const found = configFiles(load(at)).map(({ name, isFound }) => [name, isFound]);
    expect(found).toContainEqual(['conf/optimizer/adam.yaml', true]);
    expect(found).not.toContainEqual(['conf/optimizer/sgd.yaml', expect.anything()]);
  });
});

describe('what is wrong with the file of a variant', () => {
  test('a missing file is a problem of its choice alone', () => {
    const at = folder(FILES);
    rmSync(join(at.path, 'conf/optimizer/sgd.yaml'));
    expect(load(at).warnings).toEqual([]);
    expect(failure(() => load(at, { argv: ['--optimizer.type=sgd'] }))).toContain(
      'conf/optimizer/sgd.yaml does not exist, and the definition lists it for optimizer.type sgd',
    );
    const optional = define({ files: { path: 'conf/optimizer/{type}.yaml', optional: true } });
    const config = load(at, { argv: ['--optimizer.type=sgd'] }, optional);
    expect(config.values.optimizer).toEqual({ type: 'sgd', lr: 0.1, momentum: 0.9 });
  });

  test('a file that cannot be read is a problem of its choice alone', () => {
    const at = folder({ ...FILES, 'conf/optimizer/sgd.yaml': 'lr: [\n' });
    expect(load(at).warnings).toEqual([]);
    expect(failure(() => load(at, { argv: ['--optimizer.type=sgd'] }))).toMatch(/sgd\.yaml is not valid YAML/);
    const config = load(at);
    expect(failure(() => setAll(config, { 'optimizer.type': 'sgd' }))).toMatch(/sgd\.yaml is not valid YAML/);
    expect(config.values.optimizer.type).toBe('adam');
  });

  test('a wrong value, an unknown member and one of another variant are located', () => {
    const at = folder({ ...FILES, 'conf/optimizer/adam.yaml': 'lr: fast\nmomentun: 1\nmomentum: 1\nseed: 3\n' });
    const { issues, warnings, values } = load(at, { invalid: 'report' });
    expect(issues).toMatchObject([{ key: 'optimizer.lr', origin: { location: 'conf/optimizer/adam.yaml:1:5' } }]);
    expect(warnings.map(({ key, origin, suggestion }) => [key, origin?.location, suggestion])).toEqual([
      ['optimizer.momentun', 'conf/optimizer/adam.yaml:2:1', expect.anything()],
      ['optimizer.momentum', 'conf/optimizer/adam.yaml:3:1', 'Remove it: this file has the members of optimizer adam.'],
      ['optimizer.seed', 'conf/optimizer/adam.yaml:4:1', expect.anything()],
    ]);
    expect([values.seed, values.optimizer.lr]).toEqual([1, 0.001]);
  });

  test.each(['warn', 'allow'] as const)('it cannot choose, with unknown keys that are %sed', (unknown) => {
    const at = folder({ ...FILES, 'conf/optimizer/adam.yaml': 'type: sgd\n' });
    expect(failure(() => load(at, {}, define(undefined, { unknown })))).toMatch(
      /optimizer\.type: chooses this file, and cannot be set in it \(conf\/optimizer\/adam\.yaml:1:7\)/,
    );
  });

  test('it cannot extend files', () => {
    const at = folder({ ...FILES, 'conf/optimizer/adam.yaml': 'extends: ./base.yaml\n' });
    expect(failure(() => load(at, {}, define(undefined, { extends: true })))).toContain(
      'cannot be used in the file of a variant',
    );
  });

  test('a folder of its name', () => {
    const at = folder();
    mkdirSync(join(at.path, 'conf/optimizer/adam.yaml'), { recursive: true });
    expect(failure(() => load(at))).toContain('conf/optimizer/adam.yaml');
  });
});

describe('a definition is refused', () => {
  test.each<[what: string, members: object, files: unknown, message: string]>([
    ['a name that leaves the folder', { '../x': {} }, 'o/{type}.yaml', 'the variant "../x" must be a name'],
    ['a name with a separator', { 'a/b': {} }, 'o/{type}.yaml', 'the variant "a/b" must be a name'],
    ['an absolute name', { '/etc/passwd': {} }, 'o/{type}.yaml', 'must be a name'],
    ['a path without the choice', MEMBERS, 'o/adam.yaml', 'must be a path with {type} in it'],
    ['another placeholder', MEMBERS, 'o/{kind}/{type}.yaml', 'has {kind} in its files, which is not {type}'],
    ['no format', MEMBERS, 'o/{type}.ini', 'must end with the extension of a format'],
    ['no path', MEMBERS, 7, 'must be a path with {type} in it'],
  ])('for %s', (_, members, files, message) => {
    const settings = { o: variants('type', members as never, { files } as never) };
    expect(failure(() => defineConfig({ name: 'x', settings }))).toContain(message);
  });

  test('for files inside a group by name', () => {
    const settings = { models: each({ o: variants('type', MEMBERS, { files: 'o/{type}.yaml' }) }) };
    expect(failure(() => defineConfig({ name: 'x', settings }))).toContain('has "files" inside a group by name');
    const nested = { models: each({ parts: each({ o: variants('type', MEMBERS, { files: 'o/{type}.yaml' }) }) }) };
    expect(failure(() => defineConfig({ name: 'x', settings: nested }))).toContain(
      'has "files" inside a group by name',
    );
  });
});
