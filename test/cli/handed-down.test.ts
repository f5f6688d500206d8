import { beforeAll, expect, test } from 'vitest';
import { folder } from '../folder.ts';
import { type Built, buildCommandLine } from './built.ts';

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
});

/** A program with every kind of value that layers make together: lists that append, objects, groups by name, lists of groups. */
const DEFINITION = `import { defineConfig, each, eachOf } from 'VARVE';
const tags = { format: Array, merge: 'append', default: ['default'] };
export default defineConfig({
  name: 'app',
  envPrefix: 'APP',
  file: 'app.json',
  dotenv: true,
  settings: { tags, labels: { format: Object, default: { z: 1 } }, db: each({ url: 'x', tags }), servers: eachOf({ port: 1 }) },
});
`;
const FILE = { tags: ['file'], labels: { a: 1 }, db: { eu: { url: 'u', tags: ['n'] }, us: {} }, servers: [{}, {}] };
const CHILD = `import { loadConfig } from 'VARVE';
import definition from './varve.config.mjs';
const config = await loadConfig(definition);
const tags = config.explain('tags').candidates.map(({ layer, state }) => layer + ' ' + state);
console.log(JSON.stringify({ values: config.values, fingerprint: config.snapshot().fingerprint, tags }));
`;

/** What a child prints: of the command line as `varve run` starts it, or by itself. */
function started(argv: readonly string[], program: readonly string[] = []): Record<string, unknown> {
  const { path } = folder({
    'varve.config.mjs': DEFINITION.replace('VARVE', built.index),
    'child.mjs': CHILD.replace('VARVE', built.index),
    'app.json': JSON.stringify(FILE),
    '.env': 'APP_TAGS=dotenv\n',
  });
  const env = { PATH: process.env['PATH'], APP_TAGS: 'variable' };
  const command = [...program, process.execPath, 'child.mjs'];
  const { stdout, stderr } = built.run(['run', ...argv, '--', ...command], { cwd: path, env });
  return { stderr, ...JSON.parse(stdout) };
}

const VALUES = {
  tags: ['default', 'file', 'dotenv', 'variable'],
  labels: { z: 1, a: 1 },
  db: { eu: { url: 'u', tags: ['default', 'n'] }, us: { url: 'x', tags: ['default'] } },
  servers: [{ port: 1 }, { port: 1 }],
};

test('a child of varve run that itself uses varve has the same values', () => {
  const { values, tags, stderr } = started([]);
  expect([values, stderr]).toEqual([VALUES, '']);
  expect(tags).toEqual(['env wins', '.env shadowed', 'file shadowed', 'default shadowed']);
});

test('so has one of varve run inside varve run', () => {
  expect(started([], [process.execPath, built.main, 'run', '--'])['values']).toEqual(VALUES);
});

test('a variable that another program changed is combined with the layers below as usual', () => {
  expect(started([], ['env', 'APP_TAGS=other'])['values']).toEqual({
    ...VALUES,
    tags: ['default', 'file', 'dotenv', 'other'],
  });
});

test('a child does not get back what a higher layer removed', () => {
  const set = ['--set', 'db.eu:=null', '--set', 'servers:=[{"port":7}]', '--set', 'tags=flag'];
  expect(started(set)).toMatchObject({
    values: { tags: [...VALUES.tags, 'flag'], labels: VALUES.labels, servers: [{ port: 7 }] },
    stderr: '',
  });
  expect(Object.keys(started(set)['values']?.['db' as never] ?? {})).toEqual(['us']);
});
