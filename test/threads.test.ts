// In a process of its own: node:cluster listens to the messages of its process for good.
import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import type { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MessageChannel, BroadcastChannel as NodeBroadcastChannel, Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Config, defineConfig, followConfig, loadConfig, type Port, shareConfig } from '../src/index.ts';
import { definition } from './children/followed.mjs';
import { folder } from './folder.ts';
import { builtModule } from './library.ts';

const script = fileURLToPath(new URL('children/follower.mjs', import.meta.url));

async function loaded() {
  const { path, write } = folder();
  const followed = await definition(new URL('../src/index.ts', import.meta.url).href);
  return { config: (await loadConfig(followed, { cwd: path, env: {}, argv: [] })) as Config, followed, write };
}

/** A thread or process that follows, the port to it, and what it tells. */
interface Follower {
  readonly port: Port;
  readonly told: EventEmitter;
  readonly ended: Promise<unknown>;
}

const started = (one: EventEmitter & Port, port: Port = one): Follower => {
  const ended = new Promise((resolve) => void one.once('exit', resolve));
  return { port, told: one, ended };
};

function thread(workerData: object, transferList: readonly never[] = []): Worker {
  const worker = new Worker(script, {
    workerData: { url: builtModule(), ...workerData },
    transferList: [...transferList],
  });
  onTestFinished(async () => void (await worker.terminate()));
  return worker;
}

function startedFork(serialization: 'json' | 'advanced'): ChildProcess {
  const env = { ...process.env, FOLLOWER: JSON.stringify({ url: builtModule() }) };
  const child = fork(script, { env, execArgv: [], serialization });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const ways: readonly (readonly [string, () => Follower])[] = [
  ["a worker's own port", () => started(thread({}))],
  [
    'a MessagePort',
    () => {
      const { port1, port2 } = new MessageChannel();
      onTestFinished(() => port1.close());
      return started(thread({ port: port2 }, [port2 as never]), port1);
    },
  ],
  [
    'a BroadcastChannel',
    () => {
      const channel = `varve-${crypto.randomUUID()}`;
      const port = new NodeBroadcastChannel(channel);
      onTestFinished(() => port.close());
      return started(thread({ channel }), port);
    },
  ],
  ['a child process, as JSON', () => started(startedFork('json'))],
  ['a child process, cloned', () => started(startedFork('advanced'))],
  [
    'a worker of node:cluster',
    () => {
      cluster.setupPrimary({ exec: script, execArgv: [], serialization: 'json' });
      const worker = cluster.fork({ FOLLOWER: JSON.stringify({ url: builtModule() }) });
      onTestFinished(() => worker.kill('SIGKILL'));
      return started(worker);
    },
  ],
];

describe('a configuration is followed through', () => {
  test.each(ways)(
    '%s',
    async (_, start) => {
      const { config } = await loaded();
      const { port, told, ended } = start();
      const messages: Record<string, unknown>[] = [];
      told.on('message', (message) => {
        if (!('varve' in message)) messages.push(message);
      });
      shareConfig(config, port);
      const next = async (count: number): Promise<unknown> => {
        await vi.waitFor(() => expect(messages.length).toBeGreaterThanOrEqual(count), { timeout: 20_000 });
        return messages[count - 1];
      };
      const { fingerprint } = config.snapshot();
      const values = { ...config.values, pattern: '/^a+$/' };
      const refused = 'optimiser: is not a setting.';
      expect(await next(1)).toEqual({ values, fingerprint, isFrozen: true, refused });
      config.set('epochs', 7);
      config.set('optimizer.name', 'sgd');
      expect(await next(2)).toEqual({
        values: { ...values, epochs: 7, optimizer: { name: 'sgd', momentum: 0.9 } },
        fingerprint: config.snapshot().fingerprint,
        isFrozen: true,
        changes: ['optimizer.name'],
      });
      config.set('optimizer.momentum', 0);
      await next(3);
      await ended;
      config.set('epochs', 8);
      expect(messages).toHaveLength(3);
    },
    60_000,
  );
});

test("the program's listeners on a worker and on its parentPort receive the program's messages alone", async () => {
  const { config } = await loaded();
  const children = new URL('children/', import.meta.url).href;
  const program = `
    const { parentPort, workerData: { url, children } } = require('node:worker_threads');
    const received = [];
    parentPort.on('message', (message) => received.push(message));
    Promise.all([import(url), import(children + 'followed.mjs')]).then(async ([{ followConfig }, { definition }]) => {
      const followed = await followConfig(await definition(url), parentPort);
      followed.subscribe(() => parentPort.postMessage({ epochs: followed.values.epochs, received }));
      parentPort.postMessage('ready');
    });`;
  const worker = new Worker(program, { eval: true, workerData: { url: builtModule(), children } });
  onTestFinished(async () => void (await worker.terminate()));
  const received: unknown[] = [];
  worker.on('message', (message) => received.push(message));
  worker.postMessage('from the program');
  shareConfig(config, worker);
  await vi.waitFor(() => expect(received).toContain('ready'), { timeout: 20_000 });
  config.set('epochs', 7);
  const answer = { epochs: 7, received: ['from the program'] };
  await vi.waitFor(() => expect(received).toEqual(['ready', answer]), { timeout: 20_000 });
}, 60_000);

test('a rejection is followed too, and shows no secret', async () => {
  const { config, write } = await loaded();
  const worker = thread({});
  const messages: Record<string, unknown>[] = [];
  worker.on('message', (message) => messages.push(message));
  shareConfig(config, worker);
  await vi.waitFor(() => expect(messages.at(-1)).toHaveProperty('fingerprint'), { timeout: 20_000 });
  write('app.json', '{ "optimizer": { "momentum": 7 }, "token": "changed" }');
  await expect(config.reload()).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  await vi.waitFor(() => expect(messages.at(-1)).toHaveProperty('rejected'), { timeout: 20_000 });
  expect(messages.at(-1)).toEqual({
    rejected: [
      {
        code: 'INVALID_VALUE',
        key: 'optimizer.momentum',
        message: 'must be at most 1, got 7',
        origin: { layer: 'file', name: 'optimizer.momentum', location: 'app.json:1:30' },
      },
    ],
  });
}, 60_000);

test('several followers, and one that comes late, have the same values', async () => {
  const { config, followed } = await loaded();
  const name = `varve-${crypto.randomUUID()}`;
  const channels = Array.from({ length: 4 }, () => new NodeBroadcastChannel(name));
  onTestFinished(() => channels.forEach((channel) => void channel.close()));
  const [first, ...rest] = channels as unknown as readonly [Port, Port, Port, Port];
  shareConfig(config, first);
  const early = await Promise.all(rest.slice(0, 2).map((port) => followConfig(followed, port)));
  config.set('epochs', 5);
  config.set('epochs', 6);
  const late = await followConfig(followed, rest[2] as Port);
  for (const one of [...early, late]) await vi.waitFor(() => expect(one.values).toEqual(config.values));
  early[0]?.close();
  config.set('epochs', 9);
  await vi.waitFor(() => expect(late.get('epochs' as never)).toBe(9));
  expect(early[0]?.get('epochs' as never)).toBe(6);
});

test('a follower reads settings, groups and members, and refuses other keys', async () => {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const settings = { lr: 0.1, log: { level: 'info' }, labels: { format: Object, default: { team: 'a' } } };
  const own = defineConfig({ name: 'own', settings });
  onTestFinished(shareConfig(await loadConfig(own, { env: {}, argv: [] }), port1));
  const followed = await followConfig(own, port2);
  expect(followed.get('log')).toEqual({ level: 'info' });
  expect([followed.get('log.level'), followed.get('labels.team' as never)]).toEqual(['info', 'a']);
  expect(() => followed.get('log.levle' as never)).toThrow('Did you mean log.level?');
  expect(() => followed.get(5 as never)).toThrow('5: is not a key');
});

test('a share answers the followers of its configuration, and no other message', async () => {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const config = await loadConfig(defineConfig({ name: 'own', settings: { lr: 0.1 } }), { env: {}, argv: [] });
  onTestFinished(shareConfig(config, port1));
  const received: { readonly redacted: unknown }[] = [];
  port2.on('message', (message) => received.push(message));
  const follow = { varve: 'follow', name: 'own' };
  for (const message of [
    undefined,
    null,
    'own',
    { name: 'own' },
    { ...follow, name: 'other' },
    { ...follow, varve: 1 },
  ])
    port2.postMessage(message);
  port2.postMessage(follow);
  await vi.waitFor(() => expect(received).toHaveLength(2));
  config.set('lr', 0.2);
  await vi.waitFor(() => expect(received.at(-1)).toMatchObject({ redacted: { lr: 0.2 } }));
  expect(received).toHaveLength(3);
});

test('nothing is waited for when the port closes, or by an aborted signal', async () => {
  const { followed } = await loaded();
  const { port1, port2 } = new MessageChannel();
  const closed = followConfig(followed, port2);
  port1.close();
  await expect(closed).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const other = new MessageChannel();
  const controller = new AbortController();
  const aborted = followConfig(followed, other.port2, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  other.port1.close();
});

test('a follower leaves messages alone that are not of its configuration, and learns that the port closes', async () => {
  const { config, followed } = await loaded();
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const following = followConfig(followed, port2);
  const { name } = config;
  for (const message of [
    null,
    'state',
    ['state'],
    { varve: 'state', name: 'other' },
    { varve: 'hello', name },
    { name },
  ])
    port1.postMessage(message);
  const stop = shareConfig(config, port1);
  expect((await following).values).toEqual(config.values);
  stop();
  const other = new MessageChannel();
  const waiting = followConfig(followed, other.port2);
  other.port1.close();
  await expect(waiting).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    issues: [{ message: `the other end of the port shares no configuration called ${name}` }],
  });
});
