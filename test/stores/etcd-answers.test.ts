import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigError } from '../../src/index.ts';
import { etcd } from '../../src/stores/etcd.ts';
import { until } from '../watched.ts';

const GOOD = { header: { cluster_id: '17', revision: '5' }, kvs: [], count: '0' };

const answers: readonly [string, unknown][] = [
  ['no JSON', '<html>'],
  ['a list', []],
  ['nothing', null],
  ['no header', {}],
  ['an empty header', { header: {} }],
  ['a cluster without a number', { header: { cluster_id: 'abc', revision: '5' } }],
  ['a revision without a number', { header: { cluster_id: '17', revision: 'x' } }],
  ['a cluster of another kind', { header: { cluster_id: 17, revision: '5' } }],
  ['no keys', { ...GOOD, kvs: 7 }],
  ['a key that is nothing', { ...GOOD, kvs: [null] }],
  ['a key without a name', { ...GOOD, kvs: [{ value: 'e30=' }] }],
  ['a key with a strange revision', { ...GOOD, kvs: [{ key: 'YQ==', mod_revision: {} }] }],
];

test.each(answers)('of %s is not believed, and harms nobody who watches', async (_, answer) => {
  let said: unknown = GOOD;
  const server = createServer((_request, response) => {
    response.end(typeof said === 'string' ? said : JSON.stringify(said));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = etcd({ endpoint, key: 'app', timeout: 400, staleMs: 400 });
  const { revision } = await store.read();
  const states: (string | undefined)[] = [];
  const stored = () => states.push('stored');
  store.watch(revision, {
    stored,
    state: (state, cause) => states.push(state, (cause as ConfigError | undefined)?.code),
  });
  said = answer;
  const error = await store.read().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).code).toBe('UNAVAILABLE');
  expect((error as ConfigError).message).toContain('what answers there is not etcd');
  await until(() => expect(states).toEqual(['stale', 'UNAVAILABLE']));
  said = GOOD;
  await until(() => expect(states.at(-2)).toBe('live'));
  await store.close();
});
