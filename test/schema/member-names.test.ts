import { describe, expect, test } from 'vitest';
import { type Config, ConfigError, defineConfig, loadConfigSync } from '../../src/index.ts';
import { type Folder, folder } from '../folder.ts';

const settings = {
  model: { format: Object, default: { maxNorm: 1, deep: { inNer: 1 }, list: [{ aB: 1 }] } as object },
  whole: { format: Object, merge: 'replace', default: { maxNorm: 1 } as object },
} as const;

/** One document in every format: members spelled in another way than those of the default. */
const DOCUMENTS = {
  'app.json': '{\n  "model": {\n    "max_norm": 3,\n    "deep": { "IN-NER": 2 },\n    "own": 4\n  }\n}\n',
  'app.jsonc':
    '{\n  // of the model\n  "model": {\n    "max_norm": 3,\n    "deep": { "IN-NER": 2 },\n    "own": 4,\n  },\n}\n',
  'app.yaml': 'model:\n  max_norm: 3\n  deep:\n    IN-NER: 2\n  own: 4\n',
  'app.toml': '[model]\nmax_norm = 3\nown = 4\n[model.deep]\nIN-NER = 2\n',
  'app.json5': "{\n  model: {\n    max_norm: 3,\n    deep: { 'IN-NER': 2 },\n    own: 4,\n  },\n}\n",
} as const;

const WRITABLE = ['app.json', 'app.jsonc', 'app.yaml'] as const;

interface Loaded {
  readonly config: Config;
  readonly files: Folder;
}

function load(documents: Readonly<Record<string, string>>, file: string, more: object = {}): Loaded {
  const files = folder(documents);
  const definition = defineConfig({ name: 'app', envPrefix: 'APP', file, ...more, settings });
  return { config: loadConfigSync(definition, { cwd: files.path, env: {}, argv: [] }) as unknown as Config, files };
}

const NAMED = { maxNorm: 3, deep: { inNer: 2 }, list: [{ aB: 1 }], own: 4 };

describe.each(Object.entries(DOCUMENTS))('%s', (name, text) => {
  test('gives the members their names in the layers below', () => {
    const { config } = load({ [name]: text }, name);
    expect(config.get('model')).toEqual(NAMED);
    expect(config.get('model.max_norm')).toBe(3);
    const line = (key: string): number | undefined => {
      const [, number] = /:(\d+):\d+$/.exec(config.explain(key).winner?.location ?? '') ?? [];
      return number === undefined ? undefined : Number(number);
    };
    const lineOf = (written: string): number => text.slice(0, text.indexOf(written)).split('\n').length;
    expect(line('model.maxNorm')).toBe(lineOf('max_norm'));
    expect(line('model.deep.inNer')).toBe(lineOf('IN-NER'));
    expect(line('model.own')).toBe(lineOf('own'));
  });

  test('as a base file too', () => {
    const { config } = load({ [name]: text, 'own.json': '{ "model": { "maxnorm": 5, "OWN": 6 } }' }, 'own.json', {
      files: [name],
    });
    expect(config.get('model')).toEqual({ ...NAMED, maxNorm: 5, own: 6 });
  });
});

test('a name that differs only inside a member whose own name is the same', () => {
  const { config } = load({ 'app.json': '{ "model": { "deep": { "IN-NER": 2 } } }' }, 'app.json');
  expect(config.get('model')).toEqual({ maxNorm: 1, deep: { inNer: 2 }, list: [{ aB: 1 }] });
});

describe.each(WRITABLE)('%s keeps its spelling', (name) => {
  const text = DOCUMENTS[name];
  const saved = text.replace('max_norm": 3', 'max_norm": 7').replace('max_norm: 3', 'max_norm: 7');

  test('where a member is set', async () => {
    const { config, files } = load({ [name]: text }, name);
    config.set('model.maxNorm', 7);
    expect(config.get('model')).toEqual({ ...NAMED, maxNorm: 7 });
    await config.save();
    expect(files.read(name)).toBe(saved);
    expect(config.get('model')).toEqual({ ...NAMED, maxNorm: 7 });
  });

  test('where an update changes a member', async () => {
    const { config, files } = load({ [name]: text }, name);
    await config.update((draft) => Object.assign((draft as { model: object }).model, { maxNorm: 7 }) as never);
    expect(files.read(name)).toBe(saved);
    expect(config.get('model')).toEqual({ ...NAMED, maxNorm: 7 });
  });

  test('where the whole object is set', async () => {
    const { config, files } = load({ [name]: text }, name);
    config.set('model', { maxNorm: 7, deep: { inNer: 2 }, own: 4 });
    await config.save();
    expect(files.read(name)).toBe(saved);
  });

  test('where a member is removed', async () => {
    const { config, files } = load({ [name]: text }, name);
    config.unset('model.maxNorm');
    await config.save();
    expect(files.read(name)).not.toContain('max');
    expect(config.get('model.maxNorm')).toBe(1);
  });
});

test('a base file names the members of the file above it, also after a save', async () => {
  const base = '{ "whole": { "weight-decay": 1 } }';
  const { config } = load({ 'base.json': base, 'app.json': '{ "whole": { "weightDecay": 2 } }' }, 'app.json', {
    files: ['base.json'],
  });
  expect(config.get('whole')).toEqual({ 'weight-decay': 2 });
  config.set('whole.weight_decay', 3);
  await config.save();
  expect(config.get('whole')).toEqual({ 'weight-decay': 3 });
});

test('an object that has the name itself keeps both, and two other names for it are refused', () => {
  const both = '{ "model": { "maxNorm": 2, "max_norm": 3 } }';
  expect(load({ 'app.json': both }, 'app.json').config.get('model')).toMatchObject({ maxNorm: 2, max_norm: 3 });
  const twice = '{ "model": { "MaxNorm": 2, "max_norm": 3 } }';
  const problem = 'model: must not have two names for one member: "maxNorm"';
  expect(() => load({ 'app.json': twice }, 'app.json')).toThrow(problem);
  expect(() => load({ 'app.json': twice }, 'app.json')).toThrow(ConfigError);
});

test.each<[input: string, env: object, argv: readonly string[]]>([
  ['a variable', { APP_MODEL: '{"max_norm":9}' }, []],
  ['a flag', {}, ['--model={"max_norm":9}']],
  ['--set', {}, ['--set', 'model={"max_norm":9}']],
])('an object in %s follows the same rule', (_, env, argv) => {
  const definition = defineConfig({ name: 'app', envPrefix: 'APP', settings });
  const config = loadConfigSync(definition, { env: env as never, argv });
  expect(config.get('model')).toMatchObject({ maxNorm: 9 });
  expect(config.get('model')).not.toHaveProperty('max_norm');
});
