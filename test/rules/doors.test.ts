import { MessageChannel } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Config,
  defineConfig,
  followConfig,
  loadConfig,
  loadConfigSync,
  rollback,
  rule,
  setAll,
  shareConfig,
} from '../../src/index.ts';
import { FileEditor } from '../../src/inspector/editor.ts';
import { Draft } from '../../src/mcp/draft.ts';
import { VARVE } from '../cli/golden.ts';
import { Shell } from '../cli/shell.ts';
import { type Folder, folder } from '../folder.ts';
import { RemoteStore } from '../remote-store.ts';

const DEFINITION = `import { defineConfig, rule } from '${VARVE}';
export default defineConfig({
  name: 'app',
  file: 'app.json',
  envPrefix: 'APP',
  settings: { min: 1, max: { format: 'nat', default: 10 } },
  rules: [rule(['min', 'max'], (min, max) => min <= max || 'min must not exceed max')],
});
`;

const definition = defineConfig({
  name: 'app',
  file: 'app.json',
  envPrefix: 'APP',
  settings: { min: 1, max: { format: 'nat', default: 10 } },
  rules: [rule(['min', 'max'], (min, max) => min <= max || 'min must not exceed max')],
});

/** A configuration with a minimum of 5 and a maximum of 8 in its file. */
const BEFORE = '{ "min": 5, "max": 8 }\n';
const BROKEN = '{ "min": 5, "max": 2 }\n';

interface Room {
  readonly at: Folder;
  readonly config: Config;
  /** The configuration with its problems, as tools load it. */
  report(): Promise<Config>;
}

const cli = async (at: Folder, ...line: readonly string[]): Promise<string> => {
  const shell = new Shell({ 'varve.config.mjs': DEFINITION, 'app.json': at.read('app.json') });
  const { code, stderr } = await shell.run(line);
  at.write('app.json', shell.folder.read('app.json'));
  return code === 0 ? 'accepted' : stderr;
};

/** What a state that breaks the rule is answered with, by each way into a configuration. */
const DOORS: Readonly<Record<string, (room: Room) => unknown>> = {
  set: ({ config }) => config.set('min', 9),
  unset: ({ config }) => {
    config.override('min', 9 as never);
    return config.unset('max');
  },
  'set of several': ({ config }) => setAll(config, { min: 9, max: 8 }),
  override: ({ config }) => config.override('max', 2),
  update: ({ config }) =>
    config.update((draft) => {
      draft['min'] = 9;
    }),
  'update under an override': ({ config }) => {
    config.override('min', 7);
    return config.update((draft) => {
      draft['max'] = 6;
    });
  },
  reset: ({ config }) => {
    setAll(config, { min: 12, max: 20 });
    return config.save().then(() => config.reset('max'));
  },
  'a save over a change of another writer': ({ at, config }) => {
    config.set('min', 7);
    at.write('app.json', '{ "min": 5, "max": 6 }\n');
    return config.save();
  },
  reload: ({ at, config }) => {
    at.write('app.json', BROKEN);
    return config.reload();
  },
  'the start': ({ at }) => {
    at.write('app.json', BROKEN);
    return loadConfig(definition, { cwd: at.path, env: {}, argv: [] });
  },
  'the start without waiting': ({ at }) => {
    at.write('app.json', BROKEN);
    return loadConfigSync(definition, { cwd: at.path, env: {}, argv: [] });
  },
  'a flag': ({ at }) => loadConfig(definition, { cwd: at.path, env: {}, argv: ['--max', '2'] }),
  'a variable': ({ at }) => loadConfig(definition, { cwd: at.path, env: { APP_MAX: '2' }, argv: [] }),
  watch: async ({ at, config }) => {
    const watcher = config.watch({ poll: 20 });
    onTestFinished(() => watcher.close());
    await watcher.ready;
    return new Promise((_, reject) => {
      config.subscribe((event) => 'rejected' in event && reject(event.rejected));
      at.write('app.json', BROKEN);
    });
  },
  follow: async ({ at, config }) => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    onTestFinished(shareConfig(config, port1));
    const followed = await followConfig(definition, port2);
    at.write('app.json', BROKEN);
    const rejected = new Promise((_, reject) => {
      followed.subscribe((event) => {
        expect(followed.values).toEqual({ min: 5, max: 8 });
        if ('rejected' in event) reject(event.rejected);
      });
    });
    await config.reload().catch(() => undefined);
    return rejected;
  },
  'an assistant': ({ report }) => new Draft(report, () => undefined).add([{ key: 'min', value: 9 }]),
  'the inspector': ({ report }) => new FileEditor(report).preview({ key: 'min', text: '9' }),
  'varve set': ({ at }) => cli(at, 'set', 'min', '9'),
  'varve set of several': ({ at }) => cli(at, 'set', 'min=9', 'max=8'),
  'varve unset': ({ at }) => {
    at.write('app.json', '{ "min": 12, "max": 20 }\n');
    return cli(at, 'unset', 'max');
  },
  'varve validate': ({ at }) => {
    at.write('app.json', BROKEN);
    return cli(at, 'validate');
  },
};

test.each(Object.entries(DOORS))('%s takes no state that breaks a rule', async (_, door) => {
  const at = folder({ 'app.json': BEFORE });
  const inputs = { cwd: at.path, env: {}, argv: [] };
  const config = (await loadConfig(definition, inputs)) as unknown as Config;
  const report = (): Promise<Config> =>
    loadConfig(definition, { ...inputs, invalid: 'report' }) as unknown as Promise<Config>;
  let message = '';
  try {
    message = String(await door({ at, config, report }));
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toContain('min must not exceed max');
  expect(keepsRule(config.values as { min: number })).toBe(true);
  const text = at.read('app.json');
  // The case may have written a broken file itself; the configuration must not have replaced it by another one.
  if (text !== BROKEN) expect(keepsRule(JSON.parse(text))).toBe(true);
});

function keepsRule({ min = 1, max = 10 }: { readonly min?: number; readonly max?: number }): boolean {
  return min <= max;
}

test('rollback takes no revision that breaks a rule', async () => {
  const store = new RemoteStore(BROKEN);
  const remote = defineConfig({ ...definition, file: undefined as never, store });
  store.text = BEFORE;
  const config = await loadConfig(remote, { cwd: folder().path, env: {}, argv: [] });
  for (const dryRun of [true, false]) {
    await expect(rollback(config, '1', { dryRun })).rejects.toThrow('min must not exceed max');
  }
  expect(store.text).toBe(BEFORE);
});

test('settings that a rule binds change together, by each way that takes several', async () => {
  const at = folder({ 'app.json': BEFORE });
  expect(await cli(at, 'set', 'min=20', 'max=30')).toBe('accepted');
  const report = (): Promise<Config> =>
    loadConfig(definition, { cwd: at.path, env: {}, argv: [], invalid: 'report' }) as unknown as Promise<Config>;
  const { config, changes } = await new Draft(report, () => undefined).add([
    { key: 'max', value: 5 },
    { key: 'min', value: 4 },
  ]);
  expect(changes).toHaveLength(2);
  await config.save();
  at.write('app.json', BROKEN);
  const broken = await report();
  expect(broken.issues).toMatchObject([{ keys: ['min', 'max'] }]);
  broken.set('max', 7 as never);
  expect(broken.issues).toEqual([]);
  await broken.save();
  expect(at.read('app.json')).toBe('{ "min": 5, "max": 7 }\n');
});
