import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Load } from 'config/lib/util.js';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { type Definition, loadConfig } from '../../src/index.ts';
import { isPlainObject } from '../../src/json/value.ts';
import { VARVE } from './golden.ts';
import { Shell } from './shell.ts';

/** The variables by which node-config chooses its files. */
interface Start {
  readonly NODE_ENV?: string;
  readonly NODE_CONFIG_ENV?: string;
  readonly NODE_APP_INSTANCE?: string;
  readonly HOSTNAME?: string;
  readonly [variable: string]: string | undefined;
}

const CHOOSING = ['NODE_ENV', 'NODE_CONFIG_ENV', 'NODE_APP_INSTANCE', 'HOST', 'HOSTNAME'];

let imports = 0;

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The values that varve and the package `config` give a folder at a start, after `varve init --from config`. */
async function bothValues(files: Readonly<Record<string, string>>, start: Start) {
  const shell = new Shell({ 'package.json': '{ "name": "app" }', ...files });
  const { code, stdout, stderr } = await shell.run(['init', '--language', 'js', '--from', 'config']);
  expect([code, stderr.replace(/varve is not.*\n|^[ \d].*\n/gm, '')]).toEqual([0, expect.stringMatching(/Next: /)]);
  const source = shell.folder.read('varve.config.mjs').replace("from 'varve'", `from '${VARVE}'`);
  const module = `varve-${imports++}.config.mjs`;
  shell.folder.write(module, source);
  vi.unstubAllEnvs();
  for (const name of CHOOSING) vi.stubEnv(name, undefined);
  for (const [name, text] of Object.entries({ HOSTNAME: 'nowhere', ...start })) vi.stubEnv(name, text);
  const { default: definition }: { default: Definition } = await import(
    /* @vite-ignore */ pathToFileURL(join(shell.folder.path, module)).href
  );
  const { values } = await loadConfig(definition, { argv: [], env: start, cwd: shell.folder.path });
  return {
    varve: withoutNulls(values),
    nodeConfig: withoutNulls(nodeConfig(shell.folder.path, start)),
    stdout,
    source,
  };
}

function nodeConfig(cwd: string, { NODE_CONFIG_ENV, NODE_ENV }: Start): unknown {
  vi.stubEnv('NODE_CONFIG_DIR', join(cwd, 'config'));
  return structuredClone(Load.fromEnvironment(NODE_CONFIG_ENV ?? NODE_ENV ?? 'development').scan([]));
}

/** A value without nulls and empty objects: varve has `null` where node-config has no key. */
function withoutNulls(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, withoutNulls(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== null && !isEmptyObject(member)));
}

function isEmptyObject(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value).length === 0;
}

const NAMES = [
  'default',
  'default-1',
  'production',
  'production-1',
  'web1',
  'web1-1',
  'web1-production',
  'web1-production-1',
  'web1.example.com',
  'web1.example.com-1',
  'web1.example.com-production',
  'web1.example.com-production-1',
  'local',
  'local-1',
  'local-production',
  'local-production-1',
];

const FULL: Start = { NODE_ENV: 'production', NODE_APP_INSTANCE: '1', HOSTNAME: 'web1.example.com' };

test.each(NAMES.map((name, index) => [name, index] as const))(
  '%s is above what node-config reads before it',
  async (_, index) => {
    // Every name up to this one sets `last`, so that its value names the file that wins.
    const files = Object.fromEntries(
      NAMES.slice(0, index + 1).map((name, i) => [
        `config/${name}.json`,
        JSON.stringify({ last: name, [`only${i}`]: i }),
      ]),
    );
    const { varve, nodeConfig } = await bothValues(files, FULL);
    expect(varve).toEqual(nodeConfig);
    expect(varve).toMatchObject({ last: NAMES[index] });
  },
);

const value = fc.oneof(
  fc.nat(99),
  fc.boolean(),
  fc.constantFrom('x', 'y', '8080'),
  fc.array(fc.nat(9), { maxLength: 2 }),
);
const kinds = fc.record(
  {
    a: fc.nat(99),
    b: fc.boolean(),
    7: fc.constantFrom('x', 'y', '8080'),
    list: fc.array(fc.nat(9), { maxLength: 2 }),
    mixed: value,
  },
  { requiredKeys: [] },
);
const content = fc.record(
  { top: fc.nat(9), server: kinds, 404: kinds, deep: fc.record({ er: kinds }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);
const stem = fc.constantFrom(...NAMES.slice(1), 'test', 'test-production', 'local-test', 'development', 'web1-test');
const folderOf = fc.record({
  first: content,
  others: fc.dictionary(
    fc.tuple(stem, fc.constantFrom('json', 'json5', 'yaml', 'jsonc')).map((parts) => parts.join('.')),
    content,
    { maxKeys: 6 },
  ),
});
const start = fc.record(
  {
    NODE_ENV: fc.constantFrom('production', 'test', 'production,test'),
    NODE_CONFIG_ENV: fc.constantFrom('production', 'test'),
    NODE_APP_INSTANCE: fc.constantFrom('1', '2'),
    HOSTNAME: fc.constantFrom('web1', 'web1.example.com', 'other'),
    TOP: fc.constantFrom('5', ''),
    LIST: fc.constantFrom('[3]', '[]'),
    ON: fc.constantFrom('true', 'false'),
    // Never empty: varve takes an empty text for a value of strings and lists.
    TEXT: fc.constantFrom('x', '7'),
  },
  { requiredKeys: [] },
);
/** The type of a variable in JSON is that of the values in the files: `server.list` has one in the defaults. */
const VARIABLES = JSON.stringify({
  server: { a: { __name: 'TOP', __format: 'number' }, list: { __name: 'LIST', __format: 'json' } },
  fresh: { on: { __name: 'ON', __format: 'boolean' }, text: 'TEXT' },
});

test('gives the values of node-config for generated folders and starts', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(folderOf, start, async ({ first, others }, variables) => {
      const defaults = { ...first, server: { list: [], ...first.server } };
      const files = Object.entries({ 'default.json': defaults, ...others }).map(([name, values]) => [
        `config/${name}`,
        JSON.stringify(values),
      ]);
      const all = { ...Object.fromEntries(files), 'config/custom-environment-variables.json': VARIABLES };
      const { varve, nodeConfig } = await bothValues(all, variables as Start);
      expect(varve).toEqual(nodeConfig);
    }),
    { numRuns: 60 },
  );
});

test('a key that only production has is null elsewhere, and its secret is not copied', async () => {
  const files = {
    'config/default.json': '{ "a": 1 }',
    'config/production.json': '{ "sentry": { "rate": 0.5 }, "db": { "password": "hunter2" } }',
    'config/production.js': 'module.exports = {};',
    'config/test.yaml': 'a: 2\n',
  };
  const { varve, stdout, source } = await bothValues(files, { NODE_ENV: 'test' });
  expect(varve).toEqual({ a: 2 });
  expect(source).toContain('rate: { format: Number, default: null, nullable: true }');
  expect(source).not.toContain('hunter2');
  expect(stdout).toContain('sentry.rate (null: no default file has it)');
  expect(stdout).toContain('production.js is not read: convert it to JSON, YAML or TOML');
  expect((await bothValues(files, { NODE_ENV: 'production' })).varve).toEqual({
    a: 1,
    sentry: { rate: 0.5 },
    db: { password: 'hunter2' },
  });
});
