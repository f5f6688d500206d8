// In a process of its own: it counts operations, and functions that another file compiled have no counters.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Config,
  compareSnapshots,
  defineConfig,
  each,
  eachOf,
  exclusive,
  loadConfigSync,
  migrateFile,
  renameDeprecatedKeys,
  setAll,
  variants,
} from '../src/index.ts';
import { describeSettings, jsonSchema, renameSnapshot, repeatedSnapshot } from '../src/tools.ts';
import { folder } from './folder.ts';
import { OperationCounter } from './operations.ts';

let counter: OperationCounter;
beforeAll(async () => {
  counter = await OperationCounter.begin(['/src/']);
});
afterAll(() => counter.end());

/** The removal of each element of a list. */
function elements(list: string, count: number): Readonly<Record<string, undefined>> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${list}.${i}`, undefined]));
}

type Members = Readonly<Record<string, unknown>>;

function members(count: number, value: unknown): Members {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]));
}

function open(options: Members, file: Members): { readonly config: Config; write(file: Members): void } {
  const { path, write } = folder({ 'app.json': JSON.stringify(file) });
  const definition = defineConfig({ name: 'app', file: 'app.json', ...options } as never);
  const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [], onWarning: false }) as unknown as Config;
  return { config, write: (changed) => write('app.json', JSON.stringify(changed)) };
}

const aliased = (i: number) => ({ default: 1, aliases: [`k${i}`] });

const waits = { format: 'nat', default: 1, reload: false };

/** What each case does with so many of what can be repeated. */
const CASES: Readonly<Record<string, (count: number) => () => unknown>> = {
  'a reload of settings that wait for the next start, and a change of all': (count) => {
    const { config, write } = open({ settings: members(count, waits) }, {});
    write(members(count, 2));
    return async () => {
      await config.reload();
      setAll(config, members(count, 3));
    };
  },
  'a change of unknown keys that are allowed, and their explanations': (count) => {
    const { config } = open({ settings: { a: 1 }, unknown: 'allow' }, members(count, 1));
    return () => {
      setAll(config, members(count, 2));
      config.explainAll();
    };
  },
  'an update of unknown keys': (count) => {
    const { config } = open({ settings: { a: 1 }, unknown: 'allow' }, members(count, 1));
    return () => config.update((draft) => void Object.assign(draft, members(count, 2)));
  },
  'a change of settings that each has a subscriber': (count) => {
    const { config } = open({ settings: members(count, 1) }, {});
    for (const key of Object.keys(members(count, 1))) config.subscribe(() => undefined, { keys: [key] });
    return () => setAll(config, members(count, 2));
  },
  'an override of each setting, each with a subscriber': (count) => {
    const { config } = open({ settings: members(count, 1) }, {});
    const keys = Object.keys(members(count, 1));
    for (const key of keys) config.subscribe(() => undefined, { keys: [key] });
    return () => {
      for (const key of keys) config.override(key, 2);
    };
  },
  'the removal of all elements of a list': (count) => {
    const { config } = open({ settings: { list: { format: Array, default: [] } } }, { list: Array(count).fill(1) });
    return () => setAll(config, elements('list', count));
  },
  'the removal of all elements of a list of groups': (count) => {
    const { config } = open({ settings: { list: eachOf({ a: 1 }) } }, { list: Array(count).fill({ a: 2 }) });
    return () => setAll(config, elements('list', count));
  },
  'the removal of all members of a group by name by null': (count) => {
    const { config } = open({ settings: { all: each({ a: 1 }) } }, { all: members(count, { a: 2 }) });
    return () => setAll(config, Object.fromEntries(Object.keys(members(count, 1)).map((key) => [`all.${key}`, null])));
  },
  'a save of settings with a rule for each': (count) => {
    const { config } = open({ settings: members(count, waits) }, members(count, 1));
    setAll(config, members(count, 2));
    return () => config.save();
  },
  'a snapshot in which all keys are renamed, and its repetition': (count) => {
    const run = open({ settings: members(count, 1) }, {})
      .config.snapshot()
      .toJSON();
    const renamed = Array.from({ length: count }, (_, i) => [`new${i}`, aliased(i)]);
    const settings = Object.fromEntries(renamed);
    const { config } = open({ settings }, {});
    return () => {
      renameSnapshot(run, defineConfig({ name: 'app', settings }));
      compareSnapshots(run, repeatedSnapshot(config, run));
    };
  },
  'a repetition of a run whose definition has lost and gained all settings': (count) => {
    const run = open({ settings: members(count, 1) }, {})
      .config.snapshot()
      .toJSON();
    const settings = Object.fromEntries(Object.keys(members(count, 1)).map((key) => [`${key}_new`, 1]));
    const { config } = open({ settings }, {});
    return () => repeatedSnapshot(config, repeatedSnapshot(config, run));
  },
  'a change of the choice in each member of a group by name': (count) => {
    const stores = each({ kind: variants('type', { disk: { path: 'data' }, s3: { bucket: 'data' } }) });
    const { config } = open({ settings: { stores } }, { stores: members(count, { kind: { path: 'a' } }) });
    const names = Object.keys(members(count, 1));
    const changes = names.flatMap((name) => [
      [`stores.${name}.kind.bucket`, 'b'],
      [`stores.${name}.kind.type`, 's3'],
    ]);
    return () => setAll(config, Object.fromEntries(changes));
  },
  'a rename of deprecated keys in the file': (count) => {
    const settings = Object.fromEntries(Array.from({ length: count }, (_, i) => [`new${i}`, aliased(i)]));
    const { config } = open({ settings }, members(count, 1));
    return () => renameDeprecatedKeys(config);
  },
  'a migration that gives all members another name and value': (count) => {
    const migrations = { 2: () => Object.fromEntries(Array.from({ length: count }, (_, i) => [`new${i}`, i])) };
    const { config } = open({ version: 2, migrations, settings: {}, unknown: 'allow' }, members(count, -1));
    return () => migrateFile(config);
  },
  'a definition with an alias and a rule for each setting, and its descriptions': (count) => () => {
    const settings = Object.fromEntries(Array.from({ length: count }, (_, i) => [`new${i}`, aliased(i)]));
    const rules = Array.from({ length: count - 1 }, (_, i) => exclusive(`new${i}`, `new${i + 1}`));
    const definition = defineConfig({ name: 'app', settings, rules });
    jsonSchema(definition);
    describeSettings(definition);
  },
};

test.each(Object.keys(CASES))('costs operations that grow with their number: %s', async (name) => {
  const [few, many] = [600, 2_400];
  const countOf = (count: number): Promise<number> => counter.count(CASES[name]?.(count) as () => unknown);
  await countOf(few);
  const [of600, of2400] = [await countOf(few), await countOf(many)];
  expect(of600).toBeGreaterThan(few);
  expect(of2400 / of600).toBeLessThan(6);
});

test('each subscriber gets the changes of its keys and groups, in their order', () => {
  const settings = { a: 1, g: { b: 1, h: { c: 1 } }, gb: 1 };
  const { config } = open({ settings }, {});
  const heard: unknown[] = [];
  for (const keys of [['g'], ['g.h', 'a'], ['g.b', 'g'], ['gb'], []])
    config.subscribe((event) => heard.push('changes' in event && event.changes.map(({ key }) => key)), {
      keys: keys as never,
    });
  setAll(config, { 'g.h.c': 2, a: 2, 'g.b': 2 });
  expect(heard).toEqual([
    ['g.h.c', 'g.b'],
    ['g.h.c', 'a'],
    ['g.h.c', 'g.b'],
  ]);
});
