import { describe, expect, test } from 'vitest';
import { type Config, defineConfig, loadConfigSync, setAll } from '../../src/index.ts';
import { type Folder, folder } from '../folder.ts';

const settings = {
  labels: {
    format: Object,
    default: { tags: ['a'], team: 'rl', maxNorm: 1, deep: { on: true, off: false }, 'a.b/c': 1 } as object,
  },
  list: { format: Array, items: 'nat', default: [1, 2] as readonly number[] },
  whole: { format: Object, merge: 'replace', default: { a: 1, b: 2 } as object },
  secret: { format: Object, sensitive: true, default: {} as object },
} as const;

interface Loaded {
  readonly config: Config;
  readonly files: Folder;
}

function load(
  file: object = {},
  inputs: { readonly env?: Record<string, string>; readonly argv?: string[] } = {},
): Loaded {
  const files = folder({ 'app.json': `${JSON.stringify(file)}\n` });
  const definition = defineConfig({ name: 'app', file: 'app.json', envPrefix: 'APP', settings });
  const config = loadConfigSync(definition, { cwd: files.path, env: {}, argv: [], ...inputs });
  return { config: config as unknown as Config, files };
}

const saved = async ({ config, files }: Loaded): Promise<unknown> => {
  await config.save();
  return JSON.parse(files.read('app.json'));
};

describe('set of a member', () => {
  test.each<[key: string, value: unknown, file: object, saved: object]>([
    ['labels.team', 'x', {}, { labels: { team: 'x' } }],
    ['labels.max_norm', 9, {}, { labels: { maxNorm: 9 } }],
    ['labels.max-norm', '9', {}, { labels: { maxNorm: 9 } }],
    ['labels.deep.on', false, { labels: { deep: { x: 1 } } }, { labels: { deep: { x: 1, on: false } } }],
    ['labels.new.er', 'x', {}, { labels: { new: { er: 'x' } } }],
    ['labels.tags.1', 'x', {}, { labels: { tags: ['a', 'x'] } }],
    ['labels.tags.0', 'x', { labels: { tags: ['b', 'c'] } }, { labels: { tags: ['x', 'c'] } }],
    ['labels["a.b/c"]', 2, {}, { labels: { 'a.b/c': 2 } }],
    ['list.1', 5, {}, { list: [1, 5] }],
    ['list.2', '7', {}, { list: [1, 2, 7] }],
    ['whole.a', 3, {}, { whole: { a: 3, b: 2 } }],
  ])('%s = %j', async (key, value, file, expected) => {
    const loaded = load(file);
    loaded.config.set(key, value);
    expect(loaded.config.get(key)).toEqual(typeof value === 'string' && /\d/.test(value) ? Number(value) : value);
    expect(await saved(loaded)).toEqual(expected);
  });

  test.each([
    ['labels.team.name', 'x', 'must not have a member "team.name", because team is "rl", written in schema'],
    ['labels.tags.2', 'x', 'must not leave a gap'],
    ['labels.maxNorm', 'x', 'member maxNorm must be a number'],
    ['list.1', -1, 'element 2 must be an integer of at least 0'],
    ['secret.a', '********', 'must be the value itself'],
    ['labels.__proto__', 1, 'must not have a member called __proto__'],
  ])('%s = %j is refused, and changes nothing', (key, value, message) => {
    const { config } = load();
    expect(() => config.set(key, value)).toThrow(message);
    expect(config.pending).toEqual([]);
  });

  test('the message names the member of the layer, or of one below it', () => {
    const { config } = load({ labels: { own: 'f' } }, { argv: ['--labels.own=flag', '--labels.team=flag'] });
    expect(() => config.set('labels.own.x', 1)).toThrow('because own is "f", written in app.json:1:18');
    expect(() => config.set('labels.team.x', 1)).toThrow('because team is "rl", written in schema');
  });

  test('an element of a list that appends is one of the layer', async () => {
    const files = folder({ 'app.json': '{"list": [2, 3]}' });
    const list = { format: Array, items: 'nat', merge: 'append', default: [1] as number[] } as const;
    const definition = defineConfig({ name: 'app', file: 'app.json', settings: { list } });
    const config = loadConfigSync(definition, { cwd: files.path, env: {}, argv: [] });
    config.set('list.1' as never, 5 as never);
    expect(config.values.list).toEqual([1, 5, 3]);
    expect(() => config.set('list.0' as never, 5 as never)).toThrow('element 1 is that of a lower layer');
    await config.save();
    expect(JSON.parse(files.read('app.json'))).toEqual({ list: [5, 3] });
  });

  test('a member of an element of a list that appends', async () => {
    const files = folder({ 'app.json': '{"list": [{ "a": 2 }, { "a": { "b": 3 } }]}' });
    const list = { format: Array, merge: 'append', default: [{ a: 1 }] as object[] } as const;
    const definition = defineConfig({ name: 'app', file: 'app.json', settings: { list } });
    const config = loadConfigSync(definition, { cwd: files.path, env: {}, argv: [] });
    config.set('list.1.a' as never, 5 as never);
    config.set('list.2.a.b' as never, 6 as never);
    expect(config.values.list).toEqual([{ a: 1 }, { a: 5 }, { a: { b: 6 } }]);
    await config.save();
    expect(JSON.parse(files.read('app.json'))).toEqual({ list: [{ a: 5 }, { a: { b: 6 } }] });
  });

  test('a change names the input that overrides one of its members, whichever it is', () => {
    const { config } = load({}, { argv: ['--labels.team=flag'] });
    config.set('labels', { run: 1, team: 'x', last: 2 });
    expect(config.pending).toMatchObject([{ key: 'labels', overriddenBy: { layer: 'flag', name: '--labels.team' } }]);
    config.set('labels', { run: 1, last: 2 });
    expect(config.pending).toMatchObject([{ key: 'labels' }]);
    expect(config.pending[0]).not.toHaveProperty('overriddenBy');
  });

  test('an override of a member', () => {
    const { config } = load();
    config.override('labels.team', 'o');
    expect(config.get('labels')).toMatchObject({ team: 'o', maxNorm: 1 });
  });
});

describe('unset of a member', () => {
  test.each<[key: string, file: object, saved: object]>([
    ['labels.team', { labels: { team: 'x', own: 1 } }, { labels: { own: 1 } }],
    ['labels.team', { labels: { team: 'x' } }, {}],
    ['labels.deep.x', { labels: { deep: { x: 1, y: 2 } } }, { labels: { deep: { y: 2 } } }],
    ['labels.team', { labels: { own: 1 } }, { labels: { own: 1 } }],
    ['labels.tags.0', { labels: { tags: ['b', 'c'] } }, { labels: { tags: ['c'] } }],
    ['list.0', { list: [3, 4] }, { list: [4] }],
  ])('%s', async (key, file, expected) => {
    const loaded = load(file);
    loaded.config.unset(key);
    expect(await saved(loaded)).toEqual(expected);
  });
});

describe('explain of a member', () => {
  test('names the layers that have it, with the variable or flag that gave it', () => {
    const { config } = load(
      { labels: { team: 'file' } },
      { env: { APP_LABELS__TEAM: 'env', APP_LABELS__MAX_NORM: '3' }, argv: ['--labels.team=flag'] },
    );
    expect(config.explain('labels.team')).toMatchObject({
      key: 'labels.team',
      value: 'flag',
      winner: { layer: 'flag', name: '--labels.team' },
      without: { layer: 'env', value: 'env' },
      candidates: [
        { layer: 'flag', state: 'wins', value: 'flag' },
        { layer: 'env', name: 'APP_LABELS__TEAM', state: 'shadowed', value: 'env' },
        { layer: 'file', state: 'shadowed', value: 'file' },
        { layer: 'default', state: 'shadowed', value: 'rl' },
      ],
    });
    expect(config.explain('labels.max-norm').candidates[0]).toMatchObject({ name: 'APP_LABELS__MAX_NORM', value: 3 });
  });

  test('overridden by a value without members', () => {
    const { config } = load({ labels: { deep: 5 } });
    expect(config.explain('labels.deep.on')).toEqual({
      key: 'labels.deep.on',
      value: undefined,
      redacted: false,
      candidates: [{ layer: 'default', name: 'labels', location: 'schema', state: 'shadowed', value: true }],
    });
    const nested = load({ labels: { deep: { x: { y: 1 } } } }).config;
    nested.override('labels', { deep: 5 });
    expect(nested.explain('labels.deep.x').candidates).toMatchObject([{ layer: 'file', state: 'shadowed' }]);
  });

  test('that setAll changed, beside others', () => {
    const { config } = load({}, { argv: ['--labels.team=flag'] });
    const changed = setAll(config, { 'labels.team': 'x', 'labels.run': 7, 'list.0': 9 } as never);
    expect(changed).toMatchObject([
      { key: 'labels.team', value: 'flag', winner: { layer: 'flag' }, without: { layer: 'file', value: 'x' } },
      { key: 'labels.run', value: 7, winner: { layer: 'file' } },
      { key: 'list.0', value: 9, winner: { layer: 'file' }, without: { layer: 'default', value: 1 } },
    ]);
  });

  test('of a secret is redacted', () => {
    const { config } = load({ secret: { a: 'hidden' } });
    expect(config.explain('secret.a').value).toBe('********');
    expect(JSON.stringify(config.explain('secret.a'))).not.toContain('hidden');
  });

  test.each(['explain', 'get'] as const)('that no layer has is an error with the nearest (%s)', (method) => {
    const { config } = load({ secret: { hidden: 1 } });
    const unknown = 'is not a member of labels, which no layer gives.';
    expect(() => config[method]('labels.taem')).toThrow(`labels.taem: ${unknown} Did you mean labels.team?`);
    expect(() => config[method]('labels.deep.of')).toThrow(`labels.deep.of: ${unknown} Did you mean labels.deep.off?`);
    expect(() => config[method]('labels.unlike')).toThrow(`labels.unlike: ${unknown}`);
    expect(() => config[method]('secret.hiden')).toThrow(
      /^secret\.hiden: is not a member of secret, which no layer gives\.$/,
    );
  });
});

describe('update writes the members that changed', () => {
  interface Draft {
    readonly labels: Record<string, unknown>;
    readonly list: number[];
  }

  const update = async (file: object, change: (draft: Draft) => void): Promise<unknown> => {
    const { config, files } = load(file);
    await config.update((draft) => change(draft as unknown as Draft));
    return JSON.parse(files.read('app.json'));
  };

  test.each<[string, object, (draft: Draft) => void, object]>([
    ['a new member', {}, ({ labels }) => void Object.assign(labels, { run: 7 }), { labels: { run: 7 } }],
    [
      'a nested member',
      { labels: { own: 1 } },
      ({ labels }) => void Object.assign(labels['deep'] as object, { on: false }),
      { labels: { own: 1, deep: { on: false } } },
    ],
    [
      'a member that is removed',
      { labels: { own: 1, other: 2 } },
      ({ labels }) => void delete labels['own'],
      { labels: { other: 2 } },
    ],
    [
      'an object in place of a text, and a number in place of an object',
      {},
      ({ labels }) => void Object.assign(labels, { team: { x: 1 }, deep: 5 }),
      { labels: { team: { x: 1 }, deep: 5 } },
    ],
    ['a list, which is one value', {}, ({ list }) => void list.push(3), { list: [1, 2, 3] }],
  ])('%s', async (_, file, change, expected) => expect(await update(file, change)).toEqual(expected));

  test('a member of a lower layer cannot be removed', async () => {
    await expect(update({}, ({ labels }) => void delete labels['team'])).rejects.toThrow(
      'labels: must keep the member "team" of a lower layer',
    );
  });

  test('a list that appends holds its own elements', async () => {
    const node = { format: Array, items: 'nat', merge: 'append', default: [1] as number[] } as const;
    const files = folder({ 'app.json': '{"list": [2]}' });
    const definition = defineConfig({ name: 'app', file: 'app.json', settings: { list: node } });
    const config = loadConfigSync(definition, { cwd: files.path, env: {}, argv: [] });
    await config.update(({ list }) => void list.push(3));
    expect(JSON.parse(files.read('app.json'))).toEqual({ list: [2, 3] });
    expect(config.values.list).toEqual([1, 2, 3]);
    await expect(config.update(({ list }) => void list.shift())).rejects.toThrow('must begin with the elements');
  });
});
