import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Revision } from '../index.ts';
import { type Case, contractCase } from './case.ts';
import { RecordedWatch, until } from './recorded-watch.ts';
import { put, won, write } from './steps.ts';

/** What a watch tells while nothing fails. */
export const watchingCases: readonly Case[] = [
  contractCase(16, 'a watch of an absent document sees that it is made', [], async ({ open }) => {
    const [store, other] = [open(), open()];
    const watch = new RecordedWatch(store, (await store.read()).revision);
    await pause(200);
    assert.deepEqual(watch.reported, []);
    const revision = await put(other, 'made');
    assert.equal((await watch.sees(revision)).text, 'made');
    await watch.close();
  }),

  contractCase(17, 'a write between the read and the watch is seen', [], async ({ open }) => {
    const [store, other] = [open(), open()];
    await put(other, 'a');
    const { revision: from } = await store.read();
    const revision = await put(other, 'b');
    const watch = new RecordedWatch(store, from);
    assert.equal((await watch.sees(revision)).text, 'b');
    await watch.close([from, revision]);
  }),

  contractCase(18, 'revisions never go back, however they are learnt', [], async ({ open }) => {
    const stores = [open(), open(), open()] as const;
    const [writer, reader, watcher] = stores;
    const order: Revision[] = [await put(writer, '0')];
    const watch = new RecordedWatch(watcher, order[0] ?? '');
    const reads: Revision[] = [];
    let isOver = false;
    const reading = (async () => {
      for (; !isOver; await pause(1)) {
        const known = order.length - 1;
        const { revision } = await reader.read();
        reads.push(revision);
        const place = await until(
          'the read is one of the writes',
          () => order.includes(revision) && order.indexOf(revision) + 1,
        );
        assert.ok(place > known, 'a read did not see an earlier write');
      }
    })();
    for (let i = 1; i <= 100; i += 1) {
      order.push(won(await write(writer, `${i}`, order[i - 1] ?? '')));
      if (i % 20 === 0) await pause(20);
    }
    isOver = true;
    await reading;
    const places = reads.map((revision) => order.indexOf(revision));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    await watch.sees(order[100] ?? '');
    await watch.close(order);
  }),

  contractCase(19, 'of a burst the newest is seen', [], async ({ open, scale, note }) => {
    const [store, other] = [open(), open()];
    const order = [await put(other, '0')];
    const watch = new RecordedWatch(store, order[0] ?? '');
    for (let i = 1; i <= scale.burst; i += 1) order.push(won(await write(other, `${i}`, order[i - 1] ?? '')));
    const last = await watch.sees(order.at(-1) ?? '');
    assert.equal(last.text, `${scale.burst}`);
    note(`${watch.reported.length} of ${scale.burst} states were reported`);
    await watch.close(order);
  }),

  contractCase(25, 'a watch that was idle for long sees a write', [], async ({ open, scale, note }) => {
    const [store, other] = [open(), open()];
    const from = await put(other, 'a');
    const watch = new RecordedWatch(store, from);
    await pause(scale.idleMs);
    const revision = await put(other, 'b');
    await watch.sees(revision);
    assert.deepEqual(watch.states, []);
    note(`idle for ${scale.idleMs / 1_000} s`);
    await watch.close([from, revision]);
  }),

  contractCase(37, 'a handler that throws does not end the watch', [], async ({ open }) => {
    const [store, other] = [open(), open()];
    const from = await put(other, 'a');
    const watch = new RecordedWatch(store, from);
    watch.taking = ({ text }) => {
      if (text === 'b') throw new Error('not with me');
    };
    await watch.sees(await put(other, 'b'));
    assert.equal(String(await watch.becomes('stale')), 'Error: not with me');
    const revision = await put(other, 'c');
    await watch.sees(revision);
    await watch.becomes('live');
    await watch.close();
  }),
];

/** Watches of a document that is edited by hand. */
export const garbageCases: readonly Case[] = [
  contractCase(31, 'a watch reports an edit by hand', ['writeByHand'], async ({ subject, document, open }) => {
    const store = open();
    const watch = new RecordedWatch(store, await put(store, 'a'));
    await subject.writeByHand(document, Buffer.from('by hand'));
    const reported = await until('the watch reports it', () => watch.reported.find(({ text }) => text === 'by hand'));
    assert.equal(reported.writeId, undefined);
    await watch.close();
  }),
];
