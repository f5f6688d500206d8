import { expect, test } from 'vitest';
import { programFolder } from './compiler.ts';
import { languageServer } from './language-server.ts';

const PROGRAM = `import { defineConfig, loadConfigSync } from './api/src/index.js';
const config = loadConfigSync(defineConfig({ name: 'small', settings: {
  top: 1,
  optimizer: { lr: { format: Number, default: 0.1 }, kind: { format: ['step', 'cosine'], default: 'step' } },
} }));
const open = loadConfigSync(defineConfig({ name: 'open', unknown: 'allow', settings: { optimizer: { lr: 1 } } }));
`;

const LEAVES = ['optimizer.kind', 'optimizer.lr', 'top'];
const KEYS = ['optimizer', ...LEAVES];

const MEMBERS = [
  ...['aliases', 'arg', 'default', 'deprecated', 'doc', 'env', 'envFile', 'format', 'help', 'identity', 'items'],
  ...[
    'max',
    'maxLength',
    'members',
    'merge',
    'min',
    'minLength',
    'nullable',
    'pattern',
    'reload',
    'search',
    'sensitive',
  ],
];
const FORMATS = [
  ...['*', 'Array', 'Boolean', 'Number', 'Object', 'RegExp', 'String', 'bytes', 'duration', 'email', 'int', 'integer'],
  ...['ipaddress', 'nat', 'port', 'port_or_windows_named_pipe', 'timestamp', 'url', 'windows_named_pipe'],
];

const server = async () => languageServer(programFolder(PROGRAM));

test('the editor offers the keys of settings and groups', { timeout: 60_000 }, async () => {
  const { completions } = await server();
  expect(await completions("config.get('¦');")).toEqual(KEYS);
  expect(await completions("config.get('optimizer.¦');")).toEqual(KEYS);
  expect(await completions("config.subscribe(() => {}, { keys: ['¦'] });")).toEqual(KEYS);
  for (const method of ['explain', 'set', 'unset', 'override', 'reset']) {
    expect(await completions(`config.${method}('¦');`), method).toEqual(LEAVES);
  }
  expect(await completions('config.values.optimizer.¦;')).toEqual(['kind', 'lr']);
});

test('the editor offers the known keys where others are allowed too', { timeout: 60_000 }, async () => {
  const { completions } = await server();
  expect(await completions("open.get('¦');")).toEqual(expect.arrayContaining(['optimizer', 'optimizer.lr']));
});

test('the editor offers the options of an enumeration', { timeout: 60_000 }, async () => {
  const { completions } = await server();
  expect(await completions("config.set('optimizer.kind', '¦');")).toEqual(['cosine', 'step']);
});

test.each([
  ['at the top', 'setting: SETTING'],
  ['in a group', 'group: { inner: { setting: SETTING } }'],
])('the editor offers the members of a setting and the names of formats, %s', { timeout: 60_000 }, async (_, tree) => {
  const { completions } = await server();
  const define = (setting: string) =>
    completions(`defineConfig({ name: 'x', settings: { ${tree.replace('SETTING', setting)} } });`);
  expect(await define('{ ¦ }')).toEqual(MEMBERS);
  expect(await define('{ default: 1, ¦ }')).toEqual(MEMBERS.filter((member) => member !== 'default'));
  expect(await define("{ default: 1, format: '¦' }")).toEqual(expect.arrayContaining(FORMATS));
  expect(await define("{ default: [], format: Array, items: '¦' }")).toEqual(expect.arrayContaining(FORMATS));
});
