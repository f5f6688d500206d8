import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ConfigError, type Definition, defineConfig } from '../../src/index.ts';
import { serveConfig } from '../../src/mcp/index.ts';
import { RemoteStore } from '../remote-store.ts';

const settings = { epochs: { format: 'nat', default: 3 }, lr: { format: Number, default: 0.1 } } as const;

async function served(store: RemoteStore) {
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  const definition = defineConfig({ name: 'remote', store, settings }) as Definition;
  const options = { transport: theirs, env: {}, argv: [], allowWrite: ['**'], confirm: 'client' } as const;
  const serving = await serveConfig(definition, options);
  onTestFinished(() => serving.close());
  const client = new Client({ name: 'test', version: '1.0.0' });
  const updated: string[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
  await client.connect(mine);
  const call = async (name: string, args: Record<string, unknown> = {}) => {
    const { isError = false, structuredContent, content } = await client.callTool({ name, arguments: args });
    return { isError, data: (structuredContent ?? {}) as Record<string, unknown>, text: JSON.stringify(content) };
  };
  return { client, serving, updated, call };
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('a store that can only be waited for is read, changed and saved', async () => {
  const store = new RemoteStore();
  const { call, client, serving } = await served(store);
  expect((await call('get_config_value', { key: 'epochs' })).data).toMatchObject({
    value: 1,
    layer: 'file',
    origin: 'remote:app:1:13',
  });
  const { data } = await call('set_config_value', { changes: [{ key: 'lr', value: 0.5 }] });
  expect(await call('save_config', { revision: data['revision'] })).toMatchObject({ isError: false });
  expect(JSON.parse(store.text)).toEqual({ epochs: 1, lr: 0.5 });
  expect((await store.read()).by).toMatch(/^assistant \(.+\)$/);
  await client.close();
  await serving.closed;
  await until(() => store.watches === 0);
});

test.each([
  ['a name', { name: 'editor', version: '1.0.0' }, 'assistant (editor)'],
  ['no name', undefined, 'assistant'],
])('a save by a client with %s says so', async (_, clientInfo, by) => {
  const store = new RemoteStore();
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  const definition = defineConfig({ name: 'remote', store, settings }) as Definition;
  const options = { transport: theirs, env: {}, argv: [], allowWrite: ['**'], confirm: 'client' } as const;
  const serving = await serveConfig(definition, options);
  onTestFinished(() => serving.close());
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    ...(clientInfo && { 'io.modelcontextprotocol/clientInfo': clientInfo }),
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  await mine.start();
  const call = async (name: string, args: object): Promise<{ readonly revision: string }> => {
    const answer = new Promise((resolve) => (mine.onmessage = resolve));
    await mine.send({ jsonrpc: '2.0', id: name, method: 'tools/call', params: { name, arguments: args, _meta } });
    return ((await answer) as { readonly result: { readonly structuredContent: never } }).result.structuredContent;
  };
  const { revision } = await call('set_config_value', { changes: [{ key: 'lr', value: 0.5 }] });
  await call('save_config', { revision });
  expect(await store.read()).toMatchObject({ by });
});

test('its changes from outside reach subscribers', async () => {
  const store = new RemoteStore();
  const { client, updated, call } = await served(store);
  await client.subscribeResource({ uri: 'varve://settings/epochs' });
  store.put('{ "epochs": 7 }');
  await until(() => updated.length > 0);
  expect((await call('get_config_value', { key: 'epochs' })).data).toMatchObject({ value: 7 });
});

test('its changes before a client comes are no error', async () => {
  const errors: Error[] = [];
  const note = (error: Error) => void errors.push(error);
  process.on('uncaughtException', note);
  onTestFinished(() => void process.off('uncaughtException', note));
  const store = new RemoteStore();
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  const definition = defineConfig({ name: 'remote', store, settings }) as Definition;
  const serving = await serveConfig(definition, { transport: theirs, env: {}, argv: [] });
  onTestFinished(() => serving.close());
  const read = vi.spyOn(store, 'read');
  store.put('{ "epochs": 7 }');
  await until(() => read.mock.calls.length > 1);
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(mine);
  expect(await client.callTool({ name: 'get_config_value', arguments: { key: 'epochs' } })).toMatchObject({
    structuredContent: { value: 7 },
  });
  expect(errors).toEqual([]);
});

test('is closed only when the save that was begun is done', async () => {
  const store = new RemoteStore();
  const { call, client, serving } = await served(store);
  const { data } = await call('set_config_value', { changes: [{ key: 'epochs', value: 9 }] });
  let [isWriting, isWritten] = [false, false];
  const write = store.write.bind(store);
  store.write = async (text, options) => {
    isWriting = true;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const result = await write(text, options);
    isWritten = true;
    return result;
  };
  call('save_config', { revision: data['revision'] }).catch(() => undefined);
  await until(() => isWriting);
  await client.close();
  await serving.closed;
  expect(isWritten).toBe(true);
});

test('one change of it is one notice of the values', async () => {
  const store = new RemoteStore();
  const { client, updated, call } = await served(store);
  await client.subscribeResource({ uri: 'varve://values' });
  store.put('{ "epochs": 7 }');
  await until(() => updated.length > 0);
  await call('get_config');
  expect(updated).toEqual(['varve://values']);
});

test('its changes no longer reach a client that unsubscribed', async () => {
  const store = new RemoteStore();
  const { client, updated } = await served(store);
  await client.subscribeResource({ uri: 'varve://settings/epochs' });
  await client.subscribeResource({ uri: 'varve://settings/lr' });
  await client.unsubscribeResource({ uri: 'varve://settings/epochs' });
  store.put('{ "epochs": 7, "lr": 0.5 }');
  await until(() => updated.length > 0);
  expect(updated).toEqual(['varve://settings/lr']);
});

test('while it is down, answers say so, and nothing is saved', async () => {
  const store = new RemoteStore();
  const { call } = await served(store);
  const { data } = await call('set_config_value', { changes: [{ key: 'epochs', value: 9 }] });
  store.setDown(true);
  expect((await call('get_config_value', { key: 'epochs' })).text).toContain(
    'warning: the configuration has 1 problem',
  );
  expect((await call('validate_config')).text).toContain('remote:app is down');
  expect(await call('save_config', { revision: data['revision'] })).toMatchObject({ isError: true });
  expect(JSON.parse(store.text)).toEqual({ epochs: 1 });
  store.setDown(false);
  expect(await call('save_config', { revision: data['revision'] })).toMatchObject({ isError: false });
  expect(JSON.parse(store.text)).toEqual({ epochs: 9 });
});

test('why a change is not written is the answer', async () => {
  const store = new RemoteStore();
  const { call } = await served(store);
  const { data } = await call('set_config_value', { changes: [{ key: 'epochs', value: 9 }] });
  store.write = async () => {
    throw new ConfigError([{ code: 'DENIED', message: 'remote:app is read-only' }]);
  };
  const refused = await call('save_config', { revision: data['revision'] });
  expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('remote:app is read-only') });
  expect(refused.text).not.toContain('another writer');
});

test('what is not certain of a save is a warning', async () => {
  const store = new RemoteStore();
  const { call } = await served(store);
  const { data } = await call('set_config_value', { changes: [{ key: 'epochs', value: 9 }] });
  const write = store.write.bind(store);
  store.write = async (text, options) => ({ ...(await write(text, options)), warning: 'one replica is late' });
  const saved = await call('save_config', { revision: data['revision'] });
  expect(saved.data['warning']).toBe('one replica is late');
  expect(saved.text).toContain('warning: one replica is late');
});

test('a server begins while it is down', async () => {
  const store = new RemoteStore();
  store.isDown = true;
  const { call } = await served(store);
  expect((await call('get_config')).text).toContain('warning: the configuration has 1 problem');
  store.isDown = false;
  expect((await call('get_config_value', { key: 'epochs' })).data).toMatchObject({ value: 1 });
});

test('a conflict is reported with the difference as it is then, and never overwritten', async () => {
  const store = new RemoteStore();
  const { call } = await served(store);
  const { data } = await call('set_config_value', { changes: [{ key: 'epochs', value: 9 }] });
  const { write } = store;
  store.write = async () => {
    store.write = write;
    const other = '{ "epochs": 5 }';
    store.put(other);
    return { ok: false, current: { text: other, revision: other } };
  };
  const refused = await call('save_config', { revision: data['revision'] });
  expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('another writer was faster') });
  expect(refused.text).toContain('~ epochs  5 -> 9');
  expect(JSON.parse(store.text)).toEqual({ epochs: 5 });
  const revision = /revision (\w+)/.exec(refused.text)?.[1];
  expect(await call('save_config', { revision })).toMatchObject({ isError: false });
  expect(JSON.parse(store.text)).toEqual({ epochs: 9 });
});
