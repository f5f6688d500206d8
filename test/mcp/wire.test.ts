import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AssistantOptions } from '../../src/mcp/index.ts';
import { type Built, buildCommandLine } from '../cli/built.ts';
import { DEFINITION, FILES, VARVE } from '../cli/golden.ts';
import { type Folder, folder } from '../folder.ts';
import { type Message, ProcessWire, Wire } from './wire.ts';

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

const project = (): Folder => folder(FILES);

/** A project whose definition a process of its own can import. */
const builtProject = (): Folder => folder({ ...FILES, 'varve.config.mjs': DEFINITION.replace(VARVE, built.index) });

const WRITING: AssistantOptions = { allowWrite: ['**'], confirm: 'client' };
const WRITING_WORDS = ['--allow-write', '**', '--confirm', 'client'] as const;
const textOf = ({ result }: Message): string => result?.content?.map(({ text }) => text).join('\n') ?? '';
const revisionOf = (drafted: Message): string => /revision (\w+)/.exec(textOf(drafted))?.[1] ?? '';
const isWell = async (wire: Wire): Promise<void> =>
  expect(textOf(await wire.call('get_config_value', { key: 'overlap_days' }))).toContain('overlap_days = 5');

test('a client that asks for the newest protocol first may take an older one', async () => {
  const wire = new ProcessWire(built, builtProject());
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  expect(await wire.ask('server/discover', { _meta })).toHaveProperty('result.supportedVersions');
  expect(await wire.initialize()).toHaveProperty('result.protocolVersion', '2025-06-18');
  await isWell(wire);
  wire.end();
  expect(await wire.ended).toEqual([0, null]);
});

test('lines that are no messages do no harm', async () => {
  const wire = await Wire.here(project());
  await wire.initialize();
  for (const line of [
    '{"jsonrpc":',
    '[]',
    'null',
    '"text"',
    '{}',
    '{"jsonrpc":"2.0","id":{},"method":"x"}',
    '\u0000',
    '',
  ])
    wire.write(`${line}\n`);
  await isWell(wire);
});

test('a message that is too large ends the connection with an error on stderr', async () => {
  const wire = new ProcessWire(built, builtProject());
  await wire.initialize();
  wire.write('x'.repeat(11 * 1024 * 1024));
  expect(await wire.ended).toEqual([0, null]);
  expect(wire.stderr).toContain('exceeded maximum size');
});

test('a call that names no tool, or not what the tool takes, is refused', async () => {
  const wire = await Wire.here(project());
  await wire.initialize();
  const calls: readonly (readonly [unknown, unknown])[] = [
    ['get_confg', {}],
    ['constructor', {}],
    ['__proto__', {}],
    ['get_config_value', undefined],
    ['get_config_value', { key: {} }],
    ['get_config_value', ['overlap_days']],
    ['get_config_value', 'overlap_days'],
    [7, {}],
  ];
  for (const [name, args] of calls) {
    const { result, error } = await wire.call(name, args);
    expect([name, args, result?.isError === true || error !== undefined]).toEqual([name, args, true]);
    await isWell(wire);
  }
});

test('an address of no resource is refused', async () => {
  const wire = await Wire.here(project());
  await wire.initialize();
  for (const key of ['%E0%A4%A', 'overlap_day', 'constructor', 'x'.repeat(100_000)]) {
    const { error } = await wire.ask('resources/read', { uri: `varve://settings/${key}` });
    expect(error?.code).toBe(-32602);
    expect(error?.message.length).toBeLessThan(3_000);
    expect(error?.message).toContain(key.slice(0, 20));
    await isWell(wire);
  }
});

test('a client subscribes to so many resources, and to no more', async () => {
  const wire = await Wire.here(project());
  await wire.initialize();
  const subscribe = (i: number): object => ({
    id: i,
    method: 'resources/subscribe',
    params: { uri: `varve://settings/${i}` },
  });
  wire.send(...Array.from({ length: 1_999 }, (_, i) => subscribe(1_000 + i)));
  const [last, tooMany] = [
    await wire.ask('resources/subscribe', { uri: 'varve://settings/a' }),
    await wire.ask('resources/subscribe', { uri: 'varve://settings/b' }),
  ];
  expect(last.error).toBeUndefined();
  expect(tooMany.error?.message).toContain('there are 2000 subscriptions already');
});

test('many calls at once are all answered', async () => {
  const at = project();
  const wire = await Wire.here(at, WRITING);
  await wire.initialize();
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      i % 3 === 0
        ? wire.call('set_config_value', { changes: [{ key: 'overlap_days', value: i }] })
        : wire.call(i % 3 === 1 ? 'get_config' : 'validate_config', {}),
    ),
  );
  expect(answers.filter(({ result }) => result?.isError !== false && result?.isError !== undefined)).toEqual([]);
  const last = answers[57] as Message;
  expect(await wire.call('save_config', { revision: revisionOf(last) })).not.toHaveProperty('result.isError', true);
  expect(JSON.parse(at.read('config/app.json'))).toMatchObject({ overlap_days: 57 });
});

test('a call that is taken back while it waits saves nothing', async () => {
  const at = project();
  const before = at.read('config/app.json');
  const wire = await Wire.here(at, WRITING);
  await wire.initialize();
  const drafted = await wire.call('set_config_value', { changes: [{ key: 'overlap_days', value: 9 }] });
  wire.send(
    { id: 'save', method: 'tools/call', params: { name: 'save_config', arguments: { revision: revisionOf(drafted) } } },
    { method: 'notifications/cancelled', params: { requestId: 'save' } },
  );
  // The next one in the queue comes after it.
  await wire.call('set_config_value', { changes: [{ key: 'overlap_days', value: 9 }] });
  expect(wire.has('save')).toBe(false);
  expect(at.read('config/app.json')).toBe(before);
});

test('a question whose answer can not be read is not waited for', async () => {
  const wire = await Wire.here(project(), { allowWrite: ['**'] });
  const capabilities = { elicitation: {} };
  const clientInfo = { name: 'wire', version: '1.0.0' };
  await wire.ask('initialize', { protocolVersion: '2025-06-18', capabilities, clientInfo });
  wire.send({ method: 'notifications/initialized' });
  const drafted = await wire.call('set_config_value', { changes: [{ key: 'overlap_days', value: 9 }] });
  const saved = wire.call('save_config', { revision: revisionOf(drafted) });
  const question = await wire.next('elicitation/create');
  wire.write(`${JSON.stringify({ jsonrpc: '2.0', id: question.id, result: null })}\n`);
  expect(textOf(await saved)).toContain('Nothing was saved: this client failed to ask its user.');
});

test.each([
  ['by a form, or by its default', {}, true],
  ['by a form', { form: {} }, true],
  ['by a page of the web', { url: {} }, false],
  ['by both', { form: {}, url: {} }, true],
])('a client that asks its user %s is asked only for a form', async (_, elicitation, isAsked) => {
  const wire = await Wire.here(project(), { allowWrite: ['**'] });
  const clientInfo = { name: 'wire', version: '1.0.0' };
  await wire.ask('initialize', { protocolVersion: '2025-06-18', capabilities: { elicitation }, clientInfo });
  wire.send({ method: 'notifications/initialized' });
  const drafted = await wire.call('set_config_value', { changes: [{ key: 'overlap_days', value: 9 }] });
  const saved = wire.call('save_config', { revision: revisionOf(drafted) });
  if (isAsked) {
    const { id } = await wire.next('elicitation/create');
    wire.send({ id, result: { action: 'decline' } });
  }
  expect(textOf(await saved)).toContain(isAsked ? 'the user declined it' : 'this client cannot ask its user');
});

test.each([
  ['none', {}, 'this client failed to ask its user'],
  ['another', { other: { action: 'accept', content: { confirm: true } } }, 'this client failed to ask its user'],
  ['no', { confirm: { action: 'decline' } }, 'the user declined it'],
])('a client of the newest protocol that brings %s as the answer saves nothing', async (_, inputResponses, why) => {
  const wire = await Wire.here(project(), { allowWrite: ['**'] });
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  };
  const call = (name: string, args: object, more: object = {}) =>
    wire.ask('tools/call', { name, arguments: args, _meta, ...more });
  const drafted = await call('set_config_value', { changes: [{ key: 'overlap_days', value: 9 }] });
  const save = { revision: revisionOf(drafted) };
  const { result } = await call('save_config', save);
  const { requestState } = result as { readonly requestState?: string };
  const saved = await call('save_config', save, { requestState, inputResponses });
  expect(textOf(saved)).toContain(why);
});

test('a save that was begun when the client goes is finished', async () => {
  const at = builtProject();
  const wire = new ProcessWire(built, at, WRITING_WORDS);
  await wire.initialize();
  const drafted = await wire.call('set_config_value', { changes: [{ key: 'overlap_days', value: 9 }] });
  wire.send({
    id: 'save',
    method: 'tools/call',
    params: { name: 'save_config', arguments: { revision: revisionOf(drafted) } },
  });
  wire.end();
  expect((await wire.ended)[0]).toBe(0);
  const { overlap_days: overlapDays = 5 } = JSON.parse(at.read('config/app.json'));
  expect([5, 9]).toContain(overlapDays);
  expect(readdirSync(join(at.path, 'config'))).toEqual(['app.json']);
});

test.each([0, 5, 20])('a server that gets SIGTERM %i ms after a save began leaves a whole file', async (delay) => {
  const at = builtProject();
  const wire = new ProcessWire(built, at, WRITING_WORDS);
  await wire.initialize();
  const drafted = await wire.call('set_config_value', { changes: [{ key: 'overlap_days', value: 9 }] });
  wire.send({
    id: 'save',
    method: 'tools/call',
    params: { name: 'save_config', arguments: { revision: revisionOf(drafted) } },
  });
  await new Promise((resolve) => setTimeout(resolve, delay));
  wire.kill('SIGTERM');
  await wire.ended;
  const { overlap_days: overlapDays = 5 } = JSON.parse(at.read('config/app.json'));
  expect([5, 9]).toContain(overlapDays);
  expect(built.run(['set', 'overlap_days', '11'], { cwd: at.path }).code).toBe(0);
  expect(readdirSync(join(at.path, 'config'))).toEqual(['app.json']);
});

test('a file that is deleted meanwhile is begun anew', async () => {
  const { rmSync } = await import('node:fs');
  const at = project();
  const wire = await Wire.here(at, WRITING);
  await wire.initialize();
  rmSync(join(at.path, 'config/app.json'));
  const drafted = await wire.call('set_config_value', { changes: [{ key: 'overlap_days', value: 9 }] });
  expect(textOf(drafted)).toContain('~ overlap_days  nothing -> 9');
  expect(await wire.call('save_config', { revision: revisionOf(drafted) })).not.toHaveProperty('result.isError', true);
  expect(JSON.parse(at.read('config/app.json'))).toEqual({ overlap_days: 9 });
});

test.each([
  ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'npm install @modelcontextprotocol/server refused by a test'],
  ['EMFILE', 'EMFILE', 'refused by a test'],
])('a library of the protocol that cannot be loaded with %s is an error %s', (cause, code, text) => {
  const source = `
    const Module = require('node:module');
    const { _resolveFilename: resolve } = Module;
    Module._resolveFilename = (name, ...rest) => {
      if (!name.startsWith('@modelcontextprotocol/')) return resolve(name, ...rest);
      throw Object.assign(new Error('refused by a test'), { code: '${cause}' });
    };
    const { serveConfig } = require('./dist/mcp/index.js');
    serveConfig({ name: 'x', settings: {} }).catch((error) => console.log(error.code, error.message, error.cause?.message));`;
  const { stdout } = spawnSync(process.execPath, ['-e', source], { cwd: built.package, encoding: 'utf8' });
  expect(stdout).toMatch(new RegExp(`^${code} .*${text}`));
});

test('a definition that throws is reported on standard error alone', () => {
  const at = folder({ 'varve.config.mjs': "console.log('before'); throw new Error('broken by hand');" });
  const { code, stdout, stderr } = built.run(['mcp'], { cwd: at.path });
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain('broken by hand');
});
