import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError, type Store } from '../index.ts';
import { type Case, contractCase, openOverLink } from './case.ts';
import { RecordedWatch, until } from './recorded-watch.ts';
import { limitsOf, put, refused, settle, settledWrite, using, won, write } from './steps.ts';

/** The tolerance of `staleMs`, for timers that fire late. */
const LATE_MS = 500;

/** Servers and links that fail. */
export const faultCases: readonly Case[] = [
  contractCase(20, 'after a restart the newest is seen without a further write', ['restart'], async (trial) => {
    const { subject, open } = trial;
    const [store, other] = [open(), open()];
    const from = await put(other, 'a');
    const watch = new RecordedWatch(store, from);
    await pause(100);
    const order = [from, await put(other, 'b')];
    await subject.restart();
    await watch.sees(order[1] ?? '');
    order.push(await put(other, 'c'));
    await watch.sees(order[2] ?? '');
    await watch.close(order);
  }),

  contractCase(21, 'a write during a cut is seen', ['openOverLink'], async (trial) => {
    const { scale } = trial;
    const { store, link, other } = await openOverLink(trial);
    const from = await put(other, 'a');
    const watch = new RecordedWatch(store, from);
    await pause(200);
    link.cut();
    const order = [from, await put(other, 'b'), await put(other, 'c')];
    await pause(scale.cutMs);
    assert.deepEqual(watch.reported, []);
    link.heal();
    await watch.sees(order[2] ?? '');
    order.push(await put(other, 'd'));
    await watch.sees(order[3] ?? '');
    await until('the watch is live', () => !watch.isStale);
    await watch.close(order);
  }),

  contractCase(22, 'so it is when what was missed is compacted away', ['openOverLink', 'compact'], async (trial) => {
    const { subject } = trial;
    const { store, link, other } = await openOverLink(trial);
    const order = [await put(other, 'a')];
    const watch = new RecordedWatch(store, order[0] ?? '');
    await pause(200);
    link.cut();
    for (const text of ['b', 'c', 'd']) order.push(await put(other, text));
    await subject.compact();
    await pause(200);
    link.heal();
    await watch.sees(order[3] ?? '');
    order.push(await put(other, 'e'));
    await watch.sees(order[4] ?? '');
    await watch.close(order);
  }),

  contractCase(23, 'nothing newest is missed on a link that flaps', ['openOverLink'], async (trial) => {
    const { scale, note } = trial;
    const { store, link, other } = await openOverLink(trial);
    const order = [await put(other, '0')];
    const watch = new RecordedWatch(store, order[0] ?? '');
    for (let i = 1; i <= scale.flaps; i += 1) {
      link.cut();
      await pause(150);
      link.heal();
      await pause(100 * Math.random());
      link.cut();
      order.push(won(await write(other, `${i}`, order[i - 1] ?? '')));
      await pause(20);
      link.heal();
      await watch.sees(order[i] ?? '');
    }
    note(`the link flapped ${scale.flaps} times`);
    await watch.close(order);
  }),

  contractCase(24, 'a link that holds everything back is stale in time, then live', ['openOverLink'], async (trial) => {
    const { note } = trial;
    const { store, link, other } = await openOverLink(trial);
    const from = await put(other, 'a');
    const watch = new RecordedWatch(store, from);
    await pause(200);
    link.hold();
    const heldAt = performance.now();
    // Timers of one process fire in their order, however busy it is.
    await pause(limitsOf(store).staleMs + LATE_MS);
    assert.ok(watch.isStale, 'it did not say in time that it is stale');
    note(`stale after ${Math.round((watch.states[0]?.at ?? 0) - heldAt)} of ${limitsOf(store).staleMs} ms`);
    const revision = await put(other, 'b');
    link.heal();
    await watch.sees(revision);
    await watch.becomes('live', 1);
    await watch.close([from, revision]);
  }),

  contractCase(
    29,
    'without a quorum all fails in time and is stale, and goes on with one',
    ['loseQuorum'],
    async ({ subject, open }) => {
      const store = open();
      const from = await put(store, 'a');
      const watch = new RecordedWatch(store, from);
      await pause(200);
      const regain = await subject.loseQuorum();
      const id = 'without a quorum';
      await Promise.all([
        refused(store.read(), 'UNAVAILABLE'),
        refused(store.write('b', { expect: from, id }), 'UNAVAILABLE', 'UNCLEAR'),
      ]);
      await watch.becomes('stale');
      await regain();
      const revision = won(await settle(() => store.write('b', { expect: from, id })));
      await watch.sees(revision);
      await until('the watch is live', () => !watch.isStale);
      await watch.close([from, revision]);
    },
  ),

  contractCase(30, 'a server that lost everything is RESET, then taken as it is', ['wipe'], async (trial) => {
    const { subject, document } = trial;
    for (const [i, wipe] of (await subject.wipe()).entries()) {
      const open = (): Store => subject.open(`${document}/${i}`);
      const stores = [open(), open(), open()] as const;
      const [reader, watcher, both] = stores;
      await using(stores, async () => {
        for (const text of ['a', 'b', 'c']) await put(reader, text);
        const { revision } = await watcher.read();
        const watches = [new RecordedWatch(watcher, revision), new RecordedWatch(both, revision)];
        await pause(200);
        await wipe();
        await refused(
          settle(() => reader.read()),
          'RESET',
        );
        assert.equal((await reader.read()).text, null);
        // Its watches report the reset also where a read of the same store met it first.
        await settle(() => both.read()).catch(resetOnly);
        for (const watch of watches) {
          await until('the watch reports that there is no document', () => watch.last?.text === null);
          assert.ok(watch.states.some(({ cause }) => cause instanceof ConfigError && cause.code === 'RESET'));
        }
        await refused(write(reader, 'of old', revision), 'RESET');
        const fresh = won(await settledWrite(reader, 'new', (await reader.read()).revision));
        for (const watch of watches) {
          await watch.sees(fresh);
          await until('the watch is live', () => !watch.isStale);
          await watch.close();
        }
      });
    }
  }),

  contractCase(
    32,
    'garbage is CORRUPT, the last good state stays, and nothing is written over it',
    ['writeByHand'],
    async ({ subject, document, open }) => {
      const store = open();
      const from = await put(store, 'good');
      const watch = new RecordedWatch(store, from);
      await subject.writeByHand(document, Buffer.from([0x22, 0xff, 0xfe, 0x22]));
      await refused(store.read(), 'CORRUPT');
      await refused(write(store, 'over it', from), 'CORRUPT');
      await refused(store.read(), 'CORRUPT');
      const cause = await watch.becomes('stale');
      assert.ok(cause instanceof ConfigError && cause.code === 'CORRUPT');
      assert.deepEqual(watch.reported, []);
      await subject.writeByHand(document, Buffer.from('good again'));
      await until('the watch reports it', () => watch.last?.text === 'good again');
      assert.ok(!watch.isStale);
      await watch.close();
    },
  ),
];

/** Faults of links that break in more than one way. */
export const linkCases: readonly Case[] = [
  contractCase(38, 'a slow link delays everything and loses nothing', ['openOverLink'], async (trial) => {
    const { store, link, other } = await openOverLink(trial);
    const order = [await put(other, '0')];
    const watch = new RecordedWatch(store, order[0] ?? '');
    await store.read();
    link.delay(SLOW_MS);
    for (const text of ['1', '2', '3']) {
      order.push(await put(store, text));
      await watch.sees(order.at(-1) ?? '');
    }
    link.heal();
    assert.deepEqual(watch.states, []);
    await watch.close(order);
  }),

  contractCase(39, 'an answer that breaks off is asked for again', ['openOverLink'], async (trial) => {
    const { store, link, other } = await openOverLink(trial);
    const from = await put(other, 'a');
    const watch = new RecordedWatch(store, from);
    await store.read();
    link.loseRest();
    const reading = settle(() => store.read());
    const writing = settledWrite(store, 'b', from);
    await pause(BROKEN_OFF_MS);
    link.heal();
    assert.ok(['a', 'b'].includes(String((await reading).text)));
    const revision = won(await writing);
    await watch.sees(revision);
    await until('the watch is live', () => !watch.isStale);
    await watch.close([from, revision]);
  }),

  contractCase(40, 'a proxy that reloads interrupts neither writes nor a watch', ['openOverProxy'], async (trial) => {
    const { subject, document, closeLater, scale } = trial;
    const { store, reload } = closeLater(await subject.openOverProxy(document));
    const order = [await put(store, '0')];
    const watch = new RecordedWatch(store, order[0] ?? '');
    for (let i = 1; i <= scale.reloads; i += 1) {
      reload();
      for (const end = performance.now() + RELOADING_MS; performance.now() < end; )
        order.push(won(await write(store, `${order.length}`, order.at(-1) ?? '')));
      await watch.sees(order.at(-1) ?? '');
    }
    assert.deepEqual(watch.states, []);
    await watch.close(order);
  }),
];

/** For how long a proxy that reloads may keep its old connections, in milliseconds. */
const RELOADING_MS = 2_000;

/** The delay of a slow link, and for how long an answer stays broken off, in milliseconds. */
const SLOW_MS = 60;
const BROKEN_OFF_MS = 300;

function resetOnly(error: unknown): void {
  if (!(error instanceof ConfigError) || error.code !== 'RESET') throw error;
}
