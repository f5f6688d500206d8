import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Case, contractCase } from './case.ts';
import { RecordedWatch } from './recorded-watch.ts';
import { put, refused, write } from './steps.ts';

/** Opens, begins everything at once, closes, and says what is left; then it has to end by itself. */
const CLOSER = `
  const { createHook } = await import('node:async_hooks');
  const { module, name, args } = JSON.parse(process.argv[1]);
  const open = (await import(module))[name];
  // Whatever is loaded late is loaded now.
  const first = open(...args);
  await first.read();
  const watched = first.watch('absent', { stored() {}, state() {} });
  await new Promise((done) => setTimeout(done, 100));
  await watched.close();
  await first.close();
  const left = new Map();
  const isHandle = (type) => /^(TCP|TLS|PIPE|FSEVENT|Timeout|Immediate|HTTPCLIENT|GETADDRINFO)/.test(type);
  createHook({
    init: (id, type) => isHandle(type) && left.set(id, type),
    destroy: (id) => left.delete(id),
  }).enable();
  for (const delay of [undefined, 0, 1, 5, 50]) {
    const store = open(...args);
    const watch = store.watch('absent', { stored() {}, state() {} });
    const read = store.read().catch((error) => error);
    if (delay !== undefined) await new Promise((done) => setTimeout(done, delay));
    await store.close();
    await read;
  }
  // The timers of the loop above are done; those of the runtime are not ours.
  const kept = () => [...left.values()].filter((type) => /^(TCP|TLS|PIPE|FSEVENT)/.test(type));
  // A handle is gone when its object is collected, which takes some rounds on a busy machine.
  for (const end = performance.now() + 5_000; kept().length > 0 && performance.now() < end; ) {
    globalThis.gc?.();
    await new Promise((done) => setTimeout(done, 5));
  }
  console.log(JSON.stringify(kept()));
  console.log(JSON.stringify(process.getActiveResourcesInfo().filter((type) => !/^(Pipe|TTY|FS)/.test(type))));
`;

/** Work that is given up, and stores that are closed. */
export const endingCases: readonly Case[] = [
  contractCase(33, 'an abort is honoured', [], async ({ open }) => {
    const store = open();
    const { revision } = await store.read();
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await assert.rejects(store.read({ signal }), (error) => error === reason);
    await assert.rejects(write(store, 'x', revision, { signal }), (error) => error === reason);
    assert.equal((await store.read()).text, null);
    await put(store, 'after');
  }),

  contractCase(33, 'an abort is honoured while nothing answers', ['openOverLink'], async (trial) => {
    const { subject, document, closeLater } = trial;
    const { store, link } = closeLater(await subject.openOverLink(document));
    const { revision } = await store.read();
    link.hold();
    for (const work of [
      (signal: AbortSignal) => store.read({ signal }),
      (signal: AbortSignal) => write(store, 'x', revision, { signal }),
    ]) {
      const controller = new AbortController();
      const reason = new Error('enough');
      const working = work(controller.signal);
      setTimeout(() => controller.abort(reason), 50);
      await assert.rejects(working, (error) => error === reason);
    }
    link.heal();
  }),

  contractCase(34, 'closing leaves no handle, whatever was begun', ['opening'], async ({ subject, document }) => {
    const args = ['--expose-gc', '--input-type=module', '-e', CLOSER, JSON.stringify(subject.opening(document))];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      output += piece;
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const [code, killedBy] = await once(child, 'close');
    clearTimeout(limit);
    assert.deepEqual({ code, killedBy, output }, { code: 0, killedBy: null, output: '[]\n[]\n' });
  }),

  contractCase(34, 'closing ends what waits for a server that does not answer', ['openOverLink'], async (trial) => {
    const { subject, document } = trial;
    const { store, link } = await subject.openOverLink(document);
    await store.read();
    link.hold();
    const watch = new RecordedWatch(store, 'absent');
    const reading = refused(store.read(), 'CLOSED');
    await store.close();
    await reading;
    await refused(store.read(), 'CLOSED');
    await refused(write(store, 'x', 'absent'), 'CLOSED');
    assert.throws(() => store.watch('absent', watch), { code: 'CLOSED' });
    await watch.close();
    link.heal();
  }),
];
