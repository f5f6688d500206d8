import { expect, test } from 'vitest';
import { type Config, defineConfig, jsonFile, loadConfig, loadConfigSync, resolver } from '../src/index.ts';
import { messages } from './failure.ts';
import { folder } from './folder.ts';

const wrong = Symbol('wrong') as never;

function open(definition: object = {}): Config {
  const whole = defineConfig({ name: 'app', file: 'app.json', settings: { port: 80 }, ...definition } as never);
  return loadConfigSync(whole, { cwd: folder({}).path, env: {}, argv: [], onWarning: false }) as unknown as Config;
}

test.each<[options: object, message: string]>([
  [{ name: wrong }, '"name" must be a text'],
  [{ envPrefix: wrong }, '"envPrefix" must be a name without "_" at its end, got Symbol(wrong)'],
  [{ envPrefix: 10n }, '"envPrefix" must be a name without "_" at its end, got 10'],
  [{ rules: () => undefined }, '"rules" must be a list of rules, or a function that returns one'],
  [{ rules: async () => [] }, '"rules" must be a list of rules, or a function that returns one'],
  [{ rules: 5 }, '"rules" must be a list of rules, or a function that returns one'],
  [{ inPlace: 'false' }, '"inPlace" must be true or false'],
  [{ strictEnv: 'false' }, '"strictEnv" must be true or false'],
  [{ strictFlags: null }, '"strictFlags" must be true or false'],
  [{ create: 0 }, '"create" must be true or false'],
  [{ extends: 'base.json' }, '"extends" must be true or false'],
  [{ lockTimeout: '10s' }, '"lockTimeout" must be a number of milliseconds'],
  [{ lockTimeout: Number.NaN }, '"lockTimeout" must be a number of milliseconds'],
  [{ lockTimeout: -1 }, '"lockTimeout" must be a number of milliseconds'],
])('an option of a definition of another type is named: %o', (options, message) => {
  expect(messages(() => open(options)).join('\n')).toContain(message);
});

const SWITCHES = ['sensitive', 'nullable', 'envFile', 'reload', 'identity'];
const BOUNDS = ['min', 'max', 'minLength', 'maxLength'];

test.each<[member: string, value: unknown, message: string]>([
  ...SWITCHES.map((name): [string, unknown, string] => [name, 'false', 'neither true nor false']),
  ...BOUNDS.map((name): [string, unknown, string] => [name, wrong, 'not a number']),
  ['env', wrong, 'not a name'],
  ['arg', Object.create(null), 'not a name'],
])('a member of a setting of another type is named: %s', (member, value, message) => {
  const settings = { port: { default: member.includes('Length') ? 'x' : 80, [member]: value } };
  expect(messages(() => open({ settings }))).toEqual([expect.stringMatching(`"${member}" that is ${message}`)]);
});

test.each<[call: string, work: (config: Config) => unknown, message: string]>([
  ['save', (config) => config.save(null as never), 'save: the options must be an object, got null'],
  ['watch', (config) => config.watch(null as never), 'watch: the options must be an object, got null'],
  ['watch', (config) => config.watch({ poll: Number.NaN }), 'watch: "poll" must be a number of milliseconds'],
  ['watch', (config) => config.watch({ poll: 0 }), 'at least 1, got 0'],
  ['watch', (config) => config.watch({ poll: '5s' as never }), 'got "5s"'],
  ['watch', (config) => config.watch({ poll: 5n as never }), 'got 5'],
  ['watch', (config) => config.watch({ signal: {} as never }), 'watch: "signal" must be an AbortSignal, got an object'],
  ['subscribe', (config) => config.subscribe(null as never), 'subscribe: needs a function that gets events, got null'],
  [
    'subscribe',
    (config) => config.subscribe(() => undefined, null as never),
    'the options must be an object, got null',
  ],
  ['subscribe', (config) => config.subscribe(() => undefined, ['port'] as never), 'the options must be an object'],
  ['subscribe', (config) => config.subscribe(() => undefined, { keys: 'port' as never }), '"keys" must be a list of'],
  [
    'subscribe',
    (config) => config.subscribe(() => undefined, { signal: 1 as never }),
    '"signal" must be an AbortSignal',
  ],
])('an option of a call of another type is named: %s', async (_, work, message) => {
  const config = open();
  await expect(async () => work(config)).rejects.toThrow(message);
  await expect(async () => work(config)).rejects.toBeInstanceOf(TypeError);
});

test('a file is given by a path or a file URL', () => {
  expect(jsonFile(new URL(`file://${folder({}).path}/app.json`)).name).toContain('app.json');
  for (const path of [null, 5, Symbol('x'), new URL('http://localhost/app.json')])
    expect(messages(() => jsonFile(path as never)).join()).toContain('a path must be a text or a file URL');
});

test('a time may be longer than a timer can wait, or unlimited', async () => {
  const later = (names: readonly string[]) => new Promise<object>((done) => setTimeout(done, 20, pairs(names)));
  const pairs = (names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, `of ${name}`]));
  for (const timeout of [Number.POSITIVE_INFINITY, 2 ** 31]) {
    const vault = resolver({ resolve: later as never, timeout });
    const definition = defineConfig({ name: 'app', resolvers: { vault }, settings: { token: 'vault:a' } });
    expect((await loadConfig(definition, { env: {}, argv: [] })).values.token).toBe('of a');
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on('warning', onWarning);
    const watcher = open().watch({ poll: timeout });
    await watcher.ready;
    await new Promise((done) => setTimeout(done, 20));
    await watcher.close();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  }
});

test('objects that are shared many times cost bounded time, and are refused', () => {
  let shared: object = { value: 1 };
  for (let level = 0; level < 40; level++) shared = { a: shared, b: shared };
  const config = open({ settings: { options: { format: Object, default: {} }, name: 'app' } });
  for (const key of ['options', 'name'])
    expect(messages(() => config.set(key, shared)).join()).toContain('must not have more than 1000000 values');
});
