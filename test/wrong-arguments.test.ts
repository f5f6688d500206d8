import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import * as library from '../src/index.ts';
import * as tools from '../src/tools.ts';

const { defineConfig, loadConfig, loadConfigSync } = library;

/** What a program without types may give by mistake. */
const WRONG: readonly unknown[] = [
  undefined,
  null,
  0,
  Number.NaN,
  1n,
  '',
  'x',
  true,
  Symbol('wrong'),
  [],
  [null],
  [Symbol('inside')],
  {},
  Object.create(null),
  { toString: null, valueOf: null },
  () => undefined,
  async () => undefined,
  new Date(Number.NaN),
  new Map(),
  Promise.resolve(1),
];

/** The sentences of the engine for a value of another type. */
const ENGINE =
  /^Cannot (?:read|convert|destructure|set|use|assign|create|define|redefine)|is not (?:a function|iterable|defined)\b|undefined is not|null is not|private member|must be callable|Invalid (?:array|time)|Maximum call/;

const path = mkdtempSync(join(tmpdir(), 'varve-'));
afterAll(() => rmSync(path, { recursive: true, force: true }));

function open(definition: object = {}, options: object = {}): library.Config {
  const settings = { port: 80, options: { format: Object, default: {} } };
  const whole = defineConfig({ name: 'app', file: 'app.json', settings, ...definition } as never);
  const inputs = { cwd: path, env: {}, argv: [], onWarning: false as const };
  return loadConfigSync(whole, { ...inputs, ...options }) as unknown as library.Config;
}

const DEFINITION = defineConfig({ name: 'app', settings: { port: 80 } });
const SNAPSHOT = open().snapshot().toJSON();
const INPUTS = { cwd: path, env: {}, argv: [], onWarning: false } as const;

function withRule(one: unknown): library.Config {
  return open({ rules: [one] });
}

function withSource(members: object): library.Config {
  const source = { name: 'own', read: () => ({ entries: new Map() }), ...members };
  const config = open({ layers: ['default', source, 'file'] });
  config.explainAll();
  return config;
}

function withAnswer(answer: object): library.Config {
  return withSource({ read: () => ({ entries: new Map(), ...answer }) });
}

function withEntry(entry: unknown, key: unknown = 'port'): library.Config {
  return withAnswer({ entries: new Map([[key, entry]]) });
}

function withSchema(answer: () => unknown): library.Config {
  const format = { '~standard': { version: 1, vendor: 'test', validate: answer } };
  return open({ settings: { port: { format, default: 'a' } }, rules: [format] });
}

function withStore(members: object): Promise<library.Config> {
  const store = { name: 'store', read: async () => ({ text: '{}', revision: '1' }), ...members };
  return loadConfig(defineConfig({ name: 'app', settings: { port: 80 }, store } as never), INPUTS) as never;
}

function thrower(wrong: unknown): () => never {
  return () => {
    throw wrong;
  };
}

async function fromResolver(resolve: unknown): Promise<unknown> {
  const resolvers = { vault: library.resolver({ resolve } as never) };
  return loadConfig(defineConfig({ name: 'app', resolvers, settings: { port: 'vault:a' } }), INPUTS);
}

function migrated(migration: unknown): library.Config {
  writeFileSync(join(path, 'old.json'), '{ "port": 81 }');
  return open({ file: 'old.json', version: 2, migrations: { 2: migration } });
}

const terminal = { stdout: silent(), stderr: silent(), exit: thrower(new TypeError('the program ends')) };

function silent(): library.StartOutput {
  return { write: (_, done) => done() };
}

/** Every parameter of every function of the library, and what a definition consists of. */
// biome-ignore lint/suspicious/noExplicitAny: the table gives arguments that no type allows
const CALLS: Readonly<Record<string, (wrong: any) => unknown>> = {
  'loadConfig definition': (wrong) => loadConfig(wrong, INPUTS),
  'loadConfig options': (wrong) => loadConfig(DEFINITION, wrong),
  'loadConfigSync definition': (wrong) => loadConfigSync(wrong, INPUTS),
  'loadConfigSync options': (wrong) => loadConfigSync(DEFINITION, wrong),
  'loadConfigOrExit definition': (wrong) => library.loadConfigOrExit(wrong, { ...INPUTS, terminal }),
  'loadConfigOrExit argv': (argv) => library.loadConfigOrExit(DEFINITION, { ...INPUTS, terminal, argv }),
  'loadConfigOrExit env': (env) => library.loadConfigOrExit(DEFINITION, { ...INPUTS, terminal, env }),
  'defineConfig definition': (wrong) => defineConfig(wrong),
  'defineConfig resolvers': (resolvers) => open({ resolvers }),
  'defineConfig store': (store) => open({ file: undefined, store }),
  'defineSettings settings': (wrong) => open({ settings: library.defineSettings(wrong) }),
  'derived keys': (keys) => open({ settings: { port: { format: Number, default: library.derived(keys, () => 1) } } }),
  'derived function': (wrong) => {
    const port = { format: Number, default: library.derived(['base'], wrong) };
    return open({ settings: { base: 1, port } }).explainAll();
  },
  'derived function that throws': (wrong) => {
    const port = { format: Number, default: library.derived(['base'], thrower(wrong)) };
    return open({ settings: { base: 1, port } });
  },
  'each settings': (wrong) => open({ settings: { all: library.each(wrong) } }),
  'eachOf settings': (wrong) => open({ settings: { all: library.eachOf(wrong) } }),
  'variants chooser': (wrong) => open({ settings: { one: library.variants(wrong, { a: { port: 80 } }) } }),
  'variants members': (wrong) => open({ settings: { one: library.variants('type', wrong) } }),
  'variants options': (wrong) => open({ settings: { one: library.variants('type', { a: { port: 80 } }, wrong) } }),
  'exclusive key': (wrong) => withRule(library.exclusive('port', wrong)),
  'requires key': (wrong) => withRule(library.requires(wrong, { when: 'port' })),
  'requires options': (wrong) => withRule(library.requires('port', wrong)),
  'requires when': (when) => withRule(library.requires('port', { when })),
  'rule keys': (wrong) => withRule(library.rule(wrong, () => true)),
  'rule function': (wrong) => withRule(library.rule(['port'], wrong)),
  'rule answer': (wrong) => withRule(library.rule(['port'], () => wrong)),
  'rule that throws': (wrong) => withRule(library.rule(['port'], thrower(wrong))),
  'transition key': (wrong) => withRule(library.transition(wrong, () => true)),
  'transition function': (wrong) => withRule(library.transition('port', wrong)),
  'resolver resolver': (vault) => open({ resolvers: { vault: library.resolver(vault) } }),
  'resolver function': (wrong) => fromResolver(wrong),
  'resolver answer': (wrong) => fromResolver(async () => wrong),
  'resolver value': (wrong) => fromResolver(async () => ({ a: wrong })),
  'resolver that throws': (wrong) => fromResolver(thrower(wrong)),
  'directory path': (wrong) => open({ layers: ['default', library.directory(wrong)] }),
  'directory options': (wrong) => library.directory(path, wrong),
  'jsonFile path': (wrong) => library.jsonFile(wrong),
  'jsonFile options': (wrong) => library.jsonFile('app.json', wrong),
  'followConfig definition': (wrong) => library.followConfig(wrong, new MessageChannel().port1),
  'followConfig port': (wrong) => library.followConfig(DEFINITION, wrong),
  'followConfig options': (wrong) => {
    const { port1, port2 } = new MessageChannel();
    setTimeout(() => port2.close(), 5);
    return library.followConfig(DEFINITION, port1, wrong);
  },
  'shareConfig config': (wrong) => library.shareConfig(wrong, new BroadcastChannel('wrong')),
  'shareConfig port': (wrong) => library.shareConfig(open(), wrong),
  'history config': (wrong) => library.history(wrong),
  'history options': (wrong) => library.history(open(), wrong),
  'rollback config': (wrong) => library.rollback(wrong, '1'),
  'rollback revision': (wrong) => library.rollback(open(), wrong),
  'rollback options': (wrong) => library.rollback(open(), '1', wrong),
  'renameDeprecatedKeys config': (wrong) => library.renameDeprecatedKeys(wrong),
  'migrateFile config': (wrong) => library.migrateFile(wrong),
  'migrateFile authorship': (wrong) => library.migrateFile(open(), wrong),
  'redactor config': (wrong) => library.redactor(wrong),
  'redactor text': (wrong) => library.redactor(open())(wrong),
  'redactor chunk': (wrong) => library.redactor(open()).incompleteLength(wrong),
  'lastRejection config': (wrong) => library.lastRejection(wrong),
  'resumeReport config': (wrong) => library.resumeReport(wrong),
  'resolveTexts config': (wrong) => library.resolveTexts(wrong, {}),
  'resolveTexts values': (wrong) => library.resolveTexts(open(), wrong),
  'compareSnapshots then': (wrong) => library.compareSnapshots(wrong, SNAPSHOT),
  'compareSnapshots now': (wrong) => library.compareSnapshots(SNAPSHOT, wrong),
  'setAll config': (wrong) => library.setAll(wrong, {}),
  'setAll values': (wrong) => library.setAll(open(), wrong),
  'describeIssue issue': (wrong) => library.describeIssue(wrong),
  'describeIssues issues': (wrong) => library.describeIssues(wrong),
  'describeIssues issue': (wrong) => library.describeIssues([wrong, wrong]),
  'describeIssues title': (wrong) => library.describeIssues([], wrong),
  'describeOrigin origin': (wrong) => library.describeOrigin(wrong),
  'ConfigError issues': (wrong) => new library.ConfigError(wrong),
  'ConfigError options': (wrong) => new library.ConfigError([{ code: 'GONE', message: 'a' }], wrong),
  'Config.get key': (wrong) => open().get(wrong),
  'Config.explain key': (wrong) => open().explain(wrong),
  'Config.explain options': (wrong) => open().explain('port', wrong),
  'Config.set key': (wrong) => open().set(wrong, 1),
  'Config.set value': (wrong) => open().set('options', wrong),
  'Config.set part of a value': (wrong) => open().set('options', { a: [wrong] }),
  'Config.unset key': (wrong) => open().unset(wrong),
  'Config.override key': (wrong) => open().override(wrong, 1),
  'Config.override value': (wrong) => open().override('options', wrong),
  'Config.save options': (wrong) => open().save(wrong),
  'Config.save conflict': (conflict) => open().save({ conflict }),
  'Config.update function': (wrong) => open({ file: 'update.json' }).update(wrong),
  'Config.reset key': (wrong) => open({ file: 'reset.json' }).reset(wrong),
  'Config.watch options': (wrong) => open().watch(wrong).close(),
  'Config.subscribe listener': (wrong) => open().subscribe(wrong),
  'Config.subscribe options': (wrong) => open().subscribe(() => undefined, wrong),
  'Config.subscribe keys': (keys) => open().subscribe(() => undefined, { keys }),
  'configFiles config': (wrong) => tools.configFiles(wrong),
  'groupMembers config': (wrong) => tools.groupMembers(wrong),
  'jsonValue config': (wrong) => tools.jsonValue(wrong, 'port'),
  'jsonValue key': (wrong) => tools.jsonValue(open(), wrong),
  'layerNames config': (wrong) => tools.layerNames(wrong),
  'keyRedactions config': (wrong) => tools.keyRedactions(wrong),
  'repeatedSnapshot config': (wrong) => tools.repeatedSnapshot(wrong, SNAPSHOT),
  'repeatedSnapshot run': (wrong) => tools.repeatedSnapshot(open(), wrong),
  'incomparableSecrets then': (wrong) => tools.incomparableSecrets(wrong, SNAPSHOT),
  'incomparableSecrets now': (wrong) => tools.incomparableSecrets(SNAPSHOT, wrong),
  'isSnapshot value': (wrong) => tools.isSnapshot(wrong),
  'explainChange config': (wrong) => tools.explainChange(wrong, 'port'),
  'explainChange key': (wrong) => tools.explainChange(open(), wrong),
  'snapshotFingerprint snapshot': (wrong) => tools.snapshotFingerprint(wrong),
  'fileOf definition': (wrong) => tools.fileOf(wrong, {}),
  'fileOf environment': (wrong) => tools.fileOf(DEFINITION, wrong),
  'describeFlag definition': (wrong) => tools.describeFlag(wrong, '--port'),
  'describeFlag name': (wrong) => tools.describeFlag(DEFINITION, wrong),
  'describeMember definition': (wrong) => tools.describeMember(wrong, 'port'),
  'describeMember key': (wrong) => tools.describeMember(DEFINITION, wrong),
  'describeSetting definition': (wrong) => tools.describeSetting(wrong, 'port'),
  'describeSetting key': (wrong) => tools.describeSetting(DEFINITION, wrong),
  'describeSettings definition': (wrong) => tools.describeSettings(wrong),
  'describeGroups definition': (wrong) => tools.describeGroups(wrong),
  'jsonSchema definition': (wrong) => tools.jsonSchema(wrong),
  'renameSnapshot snapshot': (wrong) => tools.renameSnapshot(wrong, DEFINITION),
  'renameSnapshot definition': (wrong) => tools.renameSnapshot(SNAPSHOT, wrong),
  'settingText definition': (wrong) => tools.settingText(wrong, 'port', 1),
  'settingText key': (wrong) => tools.settingText(DEFINITION, wrong, 1),
  'didYouMean name': (wrong) => tools.didYouMean(wrong, ['port']),
  'didYouMean names': (wrong) => tools.didYouMean('prot', wrong),
  'nearest name': (wrong) => tools.nearest(wrong, ['port']),
  'isVariable origin': (wrong) => tools.isVariable(wrong),
  'dotenvPaths option': (wrong) => tools.dotenvPaths(wrong, {}, []),
  'dotenvPaths environment': (wrong) => tools.dotenvPaths(true, wrong, []),
  'dotenvPaths profiles': (wrong) => tools.dotenvPaths(true, {}, wrong),
  'parseDotenv text': (wrong) => tools.parseDotenv(wrong),
  'wholeMarks environment': (wrong) => tools.wholeMarks(wrong, new Map()),
  'wholeMarks variables': (wrong) => tools.wholeMarks({}, wrong),
  'a source, answer': (wrong) => withSource({ read: () => wrong }),
  'a source, entries': (entries) => withAnswer({ entries }),
  'a source, issues': (issues) => withAnswer({ issues }),
  'a source, an issue': (wrong) => withAnswer({ issues: [wrong] }),
  'a source, warnings': (warnings) => withAnswer({ warnings }),
  'a source, a key': (wrong) => withEntry({ value: 81 }, wrong),
  'a source, an entry': (wrong) => withEntry(wrong),
  'a source, a value': (value) => withEntry({ value }),
  'a source, a text': (raw) => withEntry({ raw }),
  'a source, an origin': (origin) => withEntry({ value: 81, origin }),
  'a source, a location': (location) => withEntry({ value: 81, origin: { layer: 'own', name: 'port', location } }),
  'a source that throws': (wrong) => withSource({ read: thrower(wrong) }),
  'a source, watch': (watch) => withSource({ watch }).watch().close(),
  'a source, the answer of watch': (wrong) =>
    withSource({ watch: () => wrong })
      .watch()
      .close(),
  'a schema, answer': (wrong) => withSchema(() => wrong),
  'a schema, issues': (issues) => withSchema(() => ({ issues })),
  'a schema, an issue': (wrong) => withSchema(() => ({ issues: [wrong] })),
  'a schema, a path': (wrong) => withSchema(() => ({ issues: [{ message: 'm', path: wrong }] })),
  'a schema, a value': (value) => withSchema(() => ({ value })).explainAll(),
  'a schema that throws': (wrong) => withSchema(thrower(wrong)),
  'a setting, default': (wrong) => tools.jsonSchema(defineConfig({ name: 'app', settings: { port: wrong } })),
  'a migration': migrated,
  'a migration that throws': (wrong) => migrated(thrower(wrong)),
  'a store, answer': (wrong) => withStore({ read: async () => wrong }),
  'a store, text': (text) => withStore({ read: async () => ({ text, revision: '1' }) }),
  'a store, synchronous answer': (wrong) => withStore({ read: () => wrong }),
};

test.each(Object.keys(CALLS))('no wrong argument ends in an error of the engine: %s', async (call) => {
  for (const wrong of WRONG) {
    const work = async (): Promise<unknown> => CALLS[call]?.(wrong);
    const error: unknown = await work().catch((thrown) => thrown);
    if (!(error instanceof Error)) continue;
    const texts = error instanceof library.ConfigError ? error.issues.map(({ message }) => message) : [error.message];
    for (const text of texts) expect(text).not.toMatch(ENGINE);
    expect(error instanceof library.ConfigError || error.constructor === TypeError).toBe(true);
  }
});

test('the table has every function of the library', () => {
  const functions = Object.entries({ ...library, ...tools }).filter(([, value]) => typeof value === 'function');
  const named = new Set(Object.keys(CALLS).map((call) => call.split(/[ .]/)[0]));
  expect(functions.map(([name]) => name).filter((name) => !named.has(name))).toEqual([]);
});

test('an error about an argument shows nothing that is in an object', () => {
  const secret = { password: 'hunter22' };
  for (const call of [
    () => open().subscribe(secret as never),
    () => open().watch([secret] as never),
    () => library.setAll(secret as never, {}),
    () => library.redactor(open())(secret as never),
  ])
    expect(call).toThrow(/got (?:an object|a list)$/);
});

test.each<[call: string, work: () => unknown, message: string]>([
  [
    'a promise of a configuration',
    () => library.setAll(loadConfig(DEFINITION, INPUTS) as never, {}),
    'a configuration must be what loadConfig returns, got a promise, which has to be awaited',
  ],
  ['a map of values', () => library.setAll(open(), new Map([['port', 81]]) as never), 'setAll: needs an object'],
  ['a limit', () => library.history(open(), { limit: Number.NaN }), 'history: "limit" must be a number of at least 0'],
  ['the keys of a derived default', () => open({ settings: { a: 1, b: derivedFromText() } }), 'a list of keys'],
  ['a watch of a source', () => withSource({ watch: () => undefined }).watch(), 'returned no watch'],
  ['an invalid date', () => open({ settings: { at: new Date(Number.NaN) } }), 'must be a valid date'],
])('the error says what is wrong: %s', async (_, work, message) => {
  await expect(async () => work()).rejects.toThrow(message);
});

function derivedFromText(): object {
  return { format: Number, default: library.derived('a' as never, () => 1) };
}

test('values whose parts are shared are refused in bounded time, also as defaults and from sources', () => {
  let shared: object = { value: 1 };
  for (let level = 0; level < 40; level++) shared = { a: shared, b: shared };
  const settings = { options: { format: Object, default: shared } };
  expect(() => open({ settings })).toThrow('must not have more than 1000000 values');
  const read = (): object => ({ entries: new Map([['options', { value: shared }]]) });
  expect(() => open({ layers: ['default', { name: 'own', read }] })).toThrow('must not have more than 1000000 values');
  const derivedDefault = { format: Object, default: library.derived(['base'], () => shared) };
  expect(() => open({ settings: { base: 1, options: derivedDefault } })).toThrow('more than 1000000 values');
});
