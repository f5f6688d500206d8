import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Config,
  ConfigError,
  defineConfig,
  jsonFile,
  lastRejection,
  loadConfig,
  type Store,
} from '../../src/index.ts';
import type { NextText } from '../../src/tools.ts';
import { folder } from '../folder.ts';
import {
  documentOf,
  filled,
  KEYS,
  type Model,
  type ModelConfig,
  put,
  type Said,
  SETTINGS,
  same,
  saved,
  winning,
} from './model.ts';

// Two configurations and an editor on one file, against a model that knows nothing of text, layers or places.

const settings = {
  a: { format: 'nat', default: 1 },
  b: { format: String, default: 'b', env: 'MODEL_B' },
  list: { format: Array, items: String, default: ['x'] },
  free: { format: Object, default: {} },
  maybe: { format: 'int', nullable: true, default: null },
  group: {
    c: { format: Number, default: 0.5 },
    deep: { d: { format: ['low', 'high'], default: 'low', env: 'MODEL_D' }, e: { format: Boolean, default: false } },
  },
};
const ENV_NAMES: Readonly<Record<string, string>> = { b: 'MODEL_B', 'group.deep.d': 'MODEL_D' };
const ENV = { MODEL_B: 'from the environment', MODEL_D: 'high' };

const LAYOUTS: readonly ((document: object) => string)[] = [
  (document) => `${JSON.stringify(document, null, 2)}\n`,
  (document) => JSON.stringify(document),
  (document) => `\ufeff${JSON.stringify(document, null, '\t').replaceAll('\n', '\r\n')}\r\n`,
  (document) => JSON.stringify(document, null, 1).replace('{', '{\n\n').replaceAll('": ', '" :  '),
];
const COMMENTED = (document: object): string =>
  `// note\n${JSON.stringify(document, null, 2).replaceAll(',\n', ', // note\n').replaceAll('": ', '": /* note */ ')}\n`;

/** The real thing: what the model is held against. */
interface Real {
  readonly path: string;
  readonly file: string;
  readonly isFull: boolean;
  readonly configs: readonly Config[];
  readonly store: Failing;
}

/** A file whose writes can be made to fail. */
class Failing {
  isFailing = false;
  readonly store: Store;

  constructor(file: string, name: string) {
    const store = jsonFile(file, { name });
    const { local } = store;
    this.store = Object.assign(Object.create(store) as Store, {
      name: store.name,
      limits: store.limits,
      read: store.read.bind(store),
      unreadable: store.unreadable,
      watch: store.watch.bind(store),
      close: store.close.bind(store),
      write: (...args: Parameters<Store['write']>) => {
        if (!this.isFailing) return store.write(...args);
        throw fullDisk();
      },
      local: local && { ...local, edit: (next: NextText) => local.edit((current) => this.#checked(next(current))) },
    });
  }

  /** The new text, unless the write must fail. */
  #checked(made: ReturnType<NextText>): ReturnType<NextText> {
    if (made instanceof Promise) return made.then((text) => this.#checked(text));
    if (made !== undefined && this.isFailing) throw fullDisk();
    return made;
  }
}

function fullDisk(): ConfigError {
  return new ConfigError([{ code: 'UNAVAILABLE', message: 'the disk is full' }]);
}

type Command = fc.AsyncCommand<Model, Real>;

function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => name,
    run: async (model, real) => {
      await run(model, real);
      real.store.isFailing = false;
      compare(model, real);
    },
  };
}

/** Does something with one of the configurations. */
function one(
  name: string,
  index: number,
  run: (config: Config, model: ModelConfig, all: Model, real: Real) => Promise<void>,
): Command {
  return command(`${'AB'[index]} ${name}`, async (model, real) => {
    await run(real.configs[index] as Config, model.configs[index] as ModelConfig, model, real);
  });
}

async function outcome<T>(work: () => Promise<T>): Promise<T | ConfigError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** Takes over the written document, in the model. */
function wrote(mine: ModelConfig, { disk }: Model, real: Real, said: Said): void {
  disk.said = said;
  mine.read = said;
  mine.text = readFileSync(real.file, 'utf8');
}

/** Whether the write is refused whatever it is, which changes nothing. */
function isRefused(result: unknown, model: Model, real: Real): boolean {
  if (model.disk.said === undefined) {
    expect(result).toMatchObject({ code: 'CORRUPT' });
    return true;
  }
  return real.store.isFailing && result instanceof ConfigError && result.code === 'UNAVAILABLE';
}

/** Changes a setting in memory: the last one made comes last. */
function change({ edits, read }: ModelConfig, key: string, written: unknown): void {
  const base = read.get(key);
  edits.delete(key);
  // A change back to the document's value removes the change.
  if (JSON.stringify(base) !== JSON.stringify(written)) edits.set(key, { base, written });
}

const which = fc.constantFrom(0, 1);
const keys = fc.constantFrom(...KEYS);
const given = keys.chain((key) =>
  fc.constantFrom(...(SETTINGS[key]?.values ?? [])).map((value) => [key, value] as const),
);
const json = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const set = fc.tuple(which, given).map(([index, [key, value]]) =>
  one(`sets ${key} to ${json(value)}`, index, async (config, mine) => {
    config.set(key as never, value as never);
    change(mine, key, value);
  }),
);
const unset = fc.tuple(which, keys).map(([index, key]) =>
  one(`unsets ${key}`, index, async (config, mine) => {
    config.unset(key as never);
    change(mine, key, undefined);
  }),
);
const override = fc.tuple(which, given, fc.boolean()).map(([index, [key, value], isSet]) =>
  one(`overrides ${key} by ${isSet ? json(value) : 'nothing'}`, index, async (config, mine) => {
    config.override(key as never, (isSet ? value : undefined) as never);
    put(mine.overrides, key, isSet ? value : undefined);
  }),
);
const save = fc
  .tuple(which, fc.constantFrom('fail', 'mine', 'theirs'), fc.boolean())
  .map(([index, conflict, isFailing]) =>
    one(`saves (${conflict})${isFailing ? ', which fails' : ''}`, index, async (config, mine, model, real) => {
      real.store.isFailing = isFailing;
      const before = model.disk.said;
      const result = await outcome(() => config.save({ conflict }));
      if (isRefused(result, model, real)) return;
      const next = saved(before as Said, mine.edits, conflict, real.isFull);
      if ('conflicts' in next) {
        expect(result).toMatchObject({ code: 'CONFLICT' });
        expect((result as ConfigError).issues.map(({ key }) => key)).toEqual(next.conflicts);
        return;
      }
      expect(result).not.toBeInstanceOf(ConfigError);
      expectWritten(result, next.changed, before as Said, next.said);
      mine.edits.clear();
      wrote(mine, model, real, next.said);
    }),
  );
const update = fc
  .tuple(which, fc.array(given, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([index, changes, isFailing]) =>
    one(
      `updates ${changes.map(([key]) => key).join(', ')}${isFailing ? ', which fails' : ''}`,
      index,
      async (config, mine, model, real) => {
        real.store.isFailing = isFailing;
        const before = model.disk.said;
        const result = await outcome(() =>
          config.update((draft) => {
            for (const [key, value] of changes) assign(draft, key.split('.'), value);
          }),
        );
        if (isRefused(result, model, real)) return;
        expect(result).not.toBeInstanceOf(ConfigError);
        const next = new Map(before);
        for (const [key, value] of new Map(changes)) {
          const now = before?.get(key);
          if (!same(now === undefined ? SETTINGS[key]?.fallback : now, value)) next.set(key, value);
        }
        const after = real.isFull ? filled(next) : next;
        const changed = [...next.keys()].filter((key) => !same(before?.get(key), next.get(key)));
        expectWritten(result, changed, before as Said, after);
        wrote(mine, model, real, after);
      },
    ),
  );
const reset = fc.tuple(which, fc.option(keys)).map(([index, key]) =>
  one(`resets ${key ?? 'everything'}`, index, async (config, mine, model, real) => {
    const before = model.disk.said;
    const result = await outcome(() => config.reset((key ?? undefined) as never));
    if (key !== null && isRefused(result, model, real)) return;
    expect(result).not.toBeInstanceOf(ConfigError);
    const next = new Map(before);
    for (const gone of key === null ? KEYS : [key]) {
      next.delete(gone);
      mine.edits.delete(gone);
    }
    const after = real.isFull ? filled(next) : next;
    if (before) expectWritten(result, key === null ? KEYS : [key], before, after);
    wrote(mine, model, real, after);
  }),
);
const reload = which.map((index) =>
  one('reloads', index, async (config, mine, { disk }, real) => {
    const result = await outcome(() => config.reload());
    if (disk.said === undefined) {
      expect(result).toMatchObject({ code: 'CORRUPT' });
      expect(lastRejection(config)).toBe(result);
      return;
    }
    expect(lastRejection(config)).toBe(undefined);
    mine.read = disk.said;
    mine.text = readFileSync(real.file, 'utf8');
  }),
);
const edit = fc
  .tuple(fc.array(given, { maxLength: 4 }), fc.subarray([...KEYS]), fc.nat())
  .map(([changes, removed, layout]) =>
    command(
      `an editor writes ${changes.map(([key]) => key).join(', ')}, removes ${removed.join(', ')}`,
      async ({ disk }, { file }) => {
        const said = new Map(disk.said);
        for (const key of removed) said.delete(key);
        for (const [key, value] of changes) said.set(key, value);
        if (layout % 3 === 0) said.set('extra', layout);
        disk.said = said;
        const layouts = file.endsWith('c') ? [...LAYOUTS, COMMENTED] : LAYOUTS;
        writeFileSync(file, layouts[layout % layouts.length]?.(documentOf(said)) ?? '');
      },
    ),
  );
const breaks = fc.constant(
  command('an editor breaks it', async ({ disk }, { file }) => {
    disk.said = undefined;
    writeFileSync(file, '{ "a": 1,, }');
  }),
);

function assign(draft: unknown, [name = '', ...rest]: readonly string[], value: unknown): void {
  const group = draft as Record<string, unknown>;
  if (rest.length > 0) assign(group[name], rest, value);
  else group[name] = value;
}

/** What a write says of itself is what became of the file. */
function expectWritten(result: unknown, changed: readonly string[], before: Said, after: Said): void {
  const { written } = result as {
    readonly written: readonly { readonly key: string; readonly before: unknown; readonly after: unknown }[];
  };
  const wanted = [...new Set(changed)].filter((key) => !same(before.get(key), after.get(key)));
  expect(written.map(({ key }) => key).toSorted()).toEqual(wanted.toSorted());
  for (const change of written) {
    expect([change.before, change.after]).toEqual([before.get(change.key), after.get(change.key)]);
  }
}

function compare({ disk, configs }: Model, real: Real): void {
  const text = readFileSync(real.file, 'utf8');
  if (disk.said) expect(sortedDocument(parsed(text))).toEqual(sortedDocument(documentOf(disk.said)));
  expect(readdirSync(real.path).filter((name) => name.includes('.tmp') || name.endsWith('.lock'))).toEqual([]);
  for (const [index, mine] of configs.entries()) {
    const config = real.configs[index] as Config;
    for (const key of KEYS) {
      expect([key, config.get(key as never)]).toEqual([key, winning(mine, key)]);
      expectPlace(config, mine, key);
    }
    expect(config.values).toEqual(documentOf(new Map(KEYS.map((key) => [key, winning(mine, key)]))));
    expectPending(config, mine, real);
    expect(config.issues).toEqual([]);
    const warned = config.warnings.map(({ code, key, origin }) => [code, key, origin?.location]);
    const extra = mine.read.has('extra') ? [['UNKNOWN_KEY', 'extra', placeOfName(config, mine.text, 'extra')]] : [];
    expect(warned).toEqual(extra);
  }
}

function expectPending(config: Config, { edits, read, overrides }: ModelConfig, { isFull }: Real): void {
  const wanted = [...edits].flatMap(([key, { written }]) => {
    const before = read.get(key);
    const after = written === undefined && isFull ? SETTINGS[key]?.fallback : written;
    const name = ENV_NAMES[key];
    const byVariable = name && { overriddenBy: { layer: 'env', name, location: 'process.env' } };
    const isOverridden = overrides.has(key) && overridesChange(key, overrides.get(key), { before, after });
    const byProgram = isOverridden && { overriddenBy: { layer: 'override', name: key, location: 'override' } };
    const overridden = { ...byVariable, ...byProgram };
    return same(before, after) ? [] : [{ key, before, after, redacted: false, ...overridden }];
  });
  expect(config.pending).toEqual(wanted);
}

/** Whether an override has a part of a change; an object overrides only the members that it has. */
function overridesChange(
  key: string,
  override: unknown,
  { before, after }: { readonly before: unknown; readonly after: unknown },
): boolean {
  if (key !== 'free' || after === undefined) return true;
  const old = (before ?? {}) as Readonly<Record<string, unknown>>;
  const now = after as Readonly<Record<string, unknown>>;
  return Object.keys(override as object).some((name) => !same(old[name], now[name]));
}

/** The file's line and column of a setting lead to the very value, behind its name. */
function expectPlace(config: Config, { edits, read, text }: ModelConfig, key: string): void {
  const candidate = config.explain(key as never).candidates.find(({ layer }) => layer === 'file');
  const edited = edits.get(key);
  const wanted = edited ? edited.written : read.get(key);
  expect([key, candidate?.value]).toEqual([key, wanted]);
  if (candidate === undefined) return;
  if (edited) {
    expect(candidate.location).toMatch(/\(not saved\)$/);
    return;
  }
  const [, line = '', column = ''] = /:(\d+):(\d+)$/.exec(candidate.location) ?? [];
  const offset = offsetOf(text, Number(line), Number(column));
  expect(text.slice(0, offset)).toMatch(new RegExp(`"${key.split('.').at(-1)}"\\s*:\\s*(/\\* note \\*/ )?$`));
  expect(valueAt(text, offset)).toEqual(wanted);
}

function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split(/(?<=\n)/);
  return lines.slice(0, line - 1).join('').length + column - 1 + (line === 1 && text.startsWith('\ufeff') ? 1 : 0);
}

/** The JSON value that begins at an offset. */
function valueAt(text: string, offset: number): unknown {
  const plain = text.slice(offset).replaceAll('// note', '').replaceAll('/* note */', '');
  for (let end = plain.length; end > 0; end--) {
    if (/[\s,:]/.test(plain[end - 1] ?? '')) continue;
    try {
      return JSON.parse(plain.slice(0, end));
    } catch {
      // It ends sooner.
    }
  }
  return undefined;
}

function placeOfName({ location }: Config, text: string, name: string): string {
  const plain = text.replace('\ufeff', '');
  const at = plain.indexOf(`"${name}"`);
  const before = plain.slice(0, at).split('\n');
  return `${location}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

function parsed(text: string): unknown {
  return JSON.parse(text.replace('\ufeff', '').replaceAll('// note', '').replaceAll('/* note */', ''));
}

function sortedDocument(document: unknown): unknown {
  // A group that a removal emptied may go or stay.
  return JSON.parse(JSON.stringify(document, (_, value) => value));
}

const EMPTY: Said = new Map();

test.each([
  ['sparse', 'app.json'],
  ['sparse', 'app.jsonc'],
  ['full', 'app.json'],
] as const)(
  'a %s file layer in %s does what its model does',
  async (layout, name) => {
    const { path } = folder();
    const file = join(path, name);
    const runs = Number(process.env['VARVE_MODEL_RUNS'] ?? 20);
    const commands = [set, unset, override, save, save, update, reset, reload, edit, breaks];
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 30, size: 'max' }), async (steps) => {
        for (const old of readdirSync(path)) rmSync(join(path, old));
        const setup = async () => {
          const said = layout === 'full' ? filled(EMPTY) : EMPTY;
          writeFileSync(file, `${JSON.stringify(documentOf(said), null, 2)}\n`);
          const store = new Failing(file, name);
          const definition = defineConfig({ name: 'model', store: store.store, layout, settings });
          const load = (): Promise<Config> => loadConfig(definition as never, { cwd: path, env: ENV, argv: [] });
          const configs = [await load(), await load()];
          const mine = (): ModelConfig => ({
            text: readFileSync(file, 'utf8'),
            read: said,
            edits: new Map(),
            overrides: new Map(),
          });
          const model: Model = { disk: { said }, configs: [mine(), mine()] };
          return { model, real: { path, file, isFull: layout === 'full', configs, store } };
        };
        await fc.asyncModelRun(setup, steps);
      }),
      { numRuns: runs },
    );
  },
  240_000,
);

test.each(['', ' \n\t', '\ufeff'])(
  'an empty file (%j) has no settings, with a warning, until the next save',
  async (text) => {
    const { path } = folder({ 'app.json': text });
    const warnings: string[] = [];
    const onWarning = ({ message }: { readonly message: string }): void => void warnings.push(message);
    const config = await loadConfig(defineConfig({ name: 'app', file: 'app.json', settings }), {
      cwd: path,
      env: {},
      argv: [],
      onWarning,
    });
    expect(warnings).toEqual(['app.json is empty, which counts as no settings']);
    config.set('a', 2);
    await config.save();
    expect(config.warnings).toEqual([]);
    expect(JSON.parse(readFileSync(join(path, 'app.json'), 'utf8').replace('\ufeff', ''))).toEqual({ a: 2 });
  },
);
