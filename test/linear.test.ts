// In a process of its own: it counts what the engine runs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineConfig, derived, each, loadConfigSync, requires, rule, setAll, variants } from '../src/index.ts';
import { jsonFile } from '../src/stores/json-file.ts';
import { executedBlocks, growth } from './executed-blocks.ts';
import { leftovers, temporaryFolder } from './faults/harness/folder.ts';
import { folder } from './folder.ts';
import { edit } from './stores/local.ts';

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const settingsOf = (count: number) =>
  Object.fromEntries(numbers(count).map((i) => [`setting_${i}`, { format: 'nat', default: i }]));

const opts = { opts: { format: Object, default: {} } };

/** Loads with so many of one input; unknown names are reported, not thrown. */
const INPUTS: Readonly<Record<string, (count: number) => object>> = {
  'member variables': (count) => ({
    settings: opts,
    env: Object.fromEntries(numbers(count).map((i) => [`RL_OPTS__M${i}`, 'x'])),
  }),
  'members by flag': (count) => ({ settings: opts, argv: numbers(count).map((i) => `--opts.m${i}=x`) }),
  'members by --set': (count) => ({ settings: opts, argv: numbers(count).flatMap((i) => ['--set', `opts.m${i}=x`]) }),
  'unknown variables against as many settings': (count) => ({
    settings: settingsOf(count),
    env: Object.fromEntries(numbers(count).map((i) => [`RL_UNKNOWN_${i}`, 'x'])),
  }),
  'unknown flags against as many settings': (count) => ({
    settings: settingsOf(count),
    argv: numbers(count).map((i) => `--unknown-${i}`),
    strictFlags: true,
  }),
  'unknown --set keys against as many settings': (count) => ({
    settings: settingsOf(count),
    argv: numbers(count).flatMap((i) => ['--set', `unknown_${i}=1`]),
  }),
  'repeated flags': (count) => ({
    settings: { list: { format: Array, default: [] } },
    argv: numbers(count).map((i) => `--list=${i}`),
  }),
  'repeated flags of a profile': (count) => ({
    settings: opts,
    profile: { values: ['a', 'b'], default: 'a' },
    overlayFlag: 'overlay',
    argv: numbers(count).map(() => '--profile=b'),
  }),
  'levels of one member variable': (count) => ({ settings: opts, env: { [`RL_OPTS${'__A'.repeat(count)}`]: 'x' } }),
  'levels of one member flag': (count) => ({ settings: opts, argv: [`--opts${'.a'.repeat(count)}=x`] }),
};

const named = (count: number, settingOf: (i: number) => unknown) =>
  Object.fromEntries(numbers(count).map((i) => [`setting_${i}`, settingOf(i)]));

/** Definitions with so many of one thing. */
const DEFINITIONS: typeof INPUTS = {
  'settings that refer to one': (count) => ({
    references: true,
    settings: { base: 'x', ...named(count, () => `\${base}`) },
  }),
  'settings that refer to a secret': (count) => ({
    references: true,
    settings: { base: { sensitive: true, default: 'secret' }, ...named(count, () => `\${base}`) },
  }),
  'settings that refer to unknown ones': (count) => ({
    references: true,
    settings: named(count, (i) => `\${unknown_${i}}`),
  }),
  'settings that refer to variables': (count) => ({
    references: true,
    settings: named(count, (i) => `\${env:VARIABLE_${i}:-x}`),
  }),
  'derived defaults, each from the one before': (count) => ({
    settings: named(count, (i) =>
      i === 0 ? 1 : { format: 'nat', default: derived([`setting_${i - 1}`], (before: number) => before + 1) },
    ),
  }),
  'variants with other members': (count) => ({
    settings: {
      optimizer: variants('type', Object.fromEntries(numbers(count).map((i) => [`v${i}`, { [`p${i}`]: i }]))),
    },
    argv: ['--optimizer.type=v3'],
  }),
  'rules that are broken': (count) => ({
    settings: named(count, () => 1),
    rules: numbers(count).map((i) => rule([`setting_${i}`], (value) => value > 3 || 'must be larger')),
  }),
  'required settings that are missing': (count) => ({
    settings: { on: true, ...named(count, () => ({ format: String, nullable: true, default: null })) },
    rules: numbers(count).map((i) => requires(`setting_${i}`, { when: 'on' })),
  }),
  'names of a group': (count) => ({
    settings: { databases: each({ pool: 1 }) },
    env: Object.fromEntries(numbers(count).map((i) => [`RL_DATABASES__N${i}__POOL`, '3'])),
  }),
};

/** Files with so many of one thing. */
const FILES: Readonly<Record<string, (count: number) => Readonly<Record<string, string>>>> = {
  'settings in a file': (count) => ({ 'app.json': JSON.stringify(settingsOf(count)) }),
  'unknown members of a file': (count) => ({
    'app.json': JSON.stringify(Object.fromEntries(numbers(count).map((i) => [`unknown_${i}`, i]))),
  }),
  'repeated members of a file': (count) => ({
    'app.json': `{${numbers(count)
      .map(() => '"opts":{}')
      .join(',')}}`,
  }),
  'elements of a list in a file': (count) => ({ 'app.json': JSON.stringify({ list: numbers(count) }) }),
  'empty lines of a file': (count) => ({ 'app.json': `{${'\n'.repeat(count)}"unknown": 1}` }),
  'variables of a .env file': (count) => ({
    '.env': numbers(count)
      .map((i) => `RL_OPTS__M${i}=x\n`)
      .join(''),
  }),
  'lines of a .env file that are no assignments': (count) => ({ '.env': 'what\n'.repeat(count) }),
};

function load({ argv = [], env = {}, ...definition }: Record<string, unknown>): void {
  const inputs = { argv, env, invalid: 'report', onWarning: false } as const;
  loadConfigSync(defineConfig({ name: 'app', envPrefix: 'RL', settings: {}, ...definition } as never), inputs as never);
}

/** Enough that the work of a definition alone does not count. */
const FEW = 400;

/** Here, a pair of names costs so much that fewer show whether all pairs are compared. */
const FEWER: Readonly<Record<string, number>> = {
  'unknown variables against as many settings': 150,
  'unknown flags against as many settings': 150,
  'unknown --set keys against as many settings': 150,
  'settings that refer to unknown ones': 150,
};

// Sorting, which takes a logarithm more, is in some of the work.
const MOST = 15;

describe('ten times the input is ten times the work', () => {
  test.each(Object.entries(INPUTS))('%s', async (name, input) => {
    expect(await growth((count) => load(input(count) as never), FEWER[name] ?? FEW)).toBeLessThan(MOST);
  });

  test.each(Object.entries(DEFINITIONS))('%s', async (name, definition) => {
    expect(await growth((count) => load(definition(count) as never), FEWER[name] ?? FEW)).toBeLessThan(MOST);
  });

  test('levels of a key that a pattern with several ** does not match', async () => {
    const deep = (count: number): string => `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`;
    const at = new Map([10, 40, 400].map((count) => [count, folder({ 'app.json': deep(count) }).path]));
    const allow = ['**.a.**.a.**.a.**.a.**.b'];
    const work = (count: number): void =>
      load({ unknown: { file: 'warn', allow }, root: at.get(count), file: 'app.json' });
    // Each level is compared with each part of the pattern at most.
    expect(await growth(work, 40)).toBeLessThan(150);
  });

  test('settings that are set together', async () => {
    const settings = (count: number) => named(count, (i) => i);
    const configs = new Map(
      [10, FEW, 10 * FEW].map((count) => {
        const definition = defineConfig({ name: 'app', file: 'app.json', settings: settings(count) as never });
        return [count, loadConfigSync(definition, { argv: [], env: {}, cwd: folder({}).path })];
      }),
    );
    const values = (count: number) => named(count, (i) => i + 1);
    const work = (count: number): unknown => {
      const config = configs.get(count);
      return config && [setAll(config, values(count) as never), config.values];
    };
    expect(await growth(work, FEW)).toBeLessThan(MOST);
  });

  test.each([
    ['one setting', (i: number) => `opts.m${i}`],
    ['two settings, by turns', (i: number) => `${i % 2 === 0 ? 'opts' : 'more'}.m${i}`],
  ])('members of %s that are set together', async (_, keyOf) => {
    const values = (count: number) => Object.fromEntries(numbers(count).map((i) => [keyOf(i), i]));
    const settings = { ...opts, more: { format: Object, default: {} } };
    const definition = defineConfig({ name: 'app', file: 'app.json', settings });
    const work = (count: number): unknown => {
      const config = loadConfigSync(definition, { argv: [], env: {}, cwd: folder({}).path });
      return [setAll(config, values(count) as never), config.values];
    };
    expect(await growth(work, FEW)).toBeLessThan(MOST);
  });

  test.each(Object.entries(FILES))('%s', async (_, files) => {
    const settings = { ...opts, list: { format: Array, default: [] } };
    const at = new Map([10, FEW, 10 * FEW].map((count) => [count, folder(files(count)).path]));
    const work = (count: number): void => load({ settings, root: at.get(count), file: 'app.json', dotenv: true });
    expect(await growth(work, FEW)).toBeLessThan(MOST);
  });

  test('names of a group that are read, changed and saved', async () => {
    const settings = { databases: each({ url: { format: 'url', default: null }, pool: 10 }) };
    const definition = defineConfig({ name: 'app', envPrefix: 'RL', file: 'app.json', settings });
    const work = async (count: number): Promise<void> => {
      const all = Object.fromEntries(numbers(count).map((i) => [`n${i}`, { url: `http://h/${i}` }]));
      const { path } = folder({ 'app.json': JSON.stringify({ databases: all }) });
      const env = Object.fromEntries(numbers(count).map((i) => [`RL_DATABASES__N${i}__POOL`, '3']));
      const config = loadConfigSync(definition, { cwd: path, env, argv: ['--databases.n1.pool=4'], onWarning: false });
      config.set('databases.n0.pool', 7);
      await config.save();
      expect(Object.keys(config.values.databases)).toHaveLength(count);
    };
    expect(await growth(work, 30)).toBeLessThan(12);
  });

  test('saves in a row', async () => {
    const save = async (count: number): Promise<void> => {
      const store = jsonFile(join(temporaryFolder(), 'app.json'));
      for (let i = 0; i < count; i++) await edit(store, () => `${i}`);
    };
    expect(await growth(save, 20)).toBeLessThan(12);
  });

  test('writers that wait for their turn', async () => {
    const save = async (count: number): Promise<void> => {
      const path = join(temporaryFolder(), 'app.json');
      await Promise.all(Array.from({ length: count }, () => edit(jsonFile(path), ({ text }) => `${Number(text) + 1}`)));
    };
    expect(await growth(save, 20)).toBeLessThan(12);
  });

  test('files that killed processes left', async () => {
    const folders = new Map<number, string>();
    for (const count of [10, 1_000, 10_000]) {
      const folder = temporaryFolder();
      folders.set(count, folder);
      for (let i = 0; i < count; i++)
        writeFileSync(join(folder, `.app.json.1.${i.toString(16).padStart(12, '0')}.tmp`), '');
    }
    const save = (count: number): Promise<unknown> =>
      edit(jsonFile(join(folders.get(count) ?? '', 'app.json')), () => '1');
    expect(await growth(save, 1_000)).toBeLessThan(12);
    for (const folder of folders.values()) expect(leftovers(folder)).toEqual([]);
  });
});

/** How many blocks of `src` run for each member that an object has, when another one is set: the passes over the object. */
const MOST_FOR_EACH_MEMBER = 19;

test('a change of one member passes over the others a few times', async () => {
  await blocksOfChange(10);
  const few = await blocksOfChange(1_000);
  const many = await blocksOfChange(2_000);
  expect((many - few) / 1_000).toBeLessThanOrEqual(MOST_FOR_EACH_MEMBER);
}, 60_000);

/** The blocks for a new member of an object with so many, all of which were set. */
async function blocksOfChange(members: number): Promise<number> {
  const options = { format: Object, default: {} };
  const definition = defineConfig({
    name: 'app',
    layers: ['default', 'file'],
    file: 'absent.json',
    settings: { options },
  });
  const config = loadConfigSync(definition, { argv: [], env: {}, onWarning: false });
  config.set('options', Object.fromEntries(Array.from({ length: members }, (_, i) => [`k${i}`, i])));
  return executedBlocks(() => config.set('options.new' as never, 1 as never));
}
