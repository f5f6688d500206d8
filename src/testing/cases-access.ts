import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../index.ts';
import { type Case, contractCase } from './case.ts';
import { RecordedWatch, until } from './recorded-watch.ts';
import { put, refused, using, won, write } from './steps.ts';

/** For how long the refused are watched, in milliseconds, and how often they may knock in this time. */
const REFUSED_MS = 2_000;
const MOST_KNOCKS = 12;

/** Who may, and who may not. */
export const accessCases: readonly Case[] = [
  contractCase(26, 'a watch that is refused says so', ['refused'], async ({ subject, document }) => {
    for (const { because, store } of await subject.refused(document))
      await using([store], async () => {
        const watch = new RecordedWatch(store, 'absent');
        // A busy server may leave the first attempts without an answer.
        await until(`${because}: the watch says DENIED`, () =>
          watch.states.some(({ cause }) => cause instanceof ConfigError && cause.code === 'DENIED'),
        );
        assert.deepEqual(watch.reported, []);
        await watch.close();
      });
  }),

  contractCase(27, 'a permission that expires is renewed', ['openWithToken'], async (trial) => {
    const { subject, document, closeLater } = trial;
    const { store, expiresAfter } = closeLater(await subject.openWithToken(document));
    let revision = (await store.read()).revision;
    const watch = new RecordedWatch(store, revision);
    for (let i = 0; i < 2; i += 1) {
      revision = won(await write(store, `${i}`, revision));
      await watch.sees(revision);
      await pause(expiresAfter);
      assert.equal((await store.read()).revision, revision);
    }
    assert.deepEqual(watch.states, []);
    await watch.close();
  }),

  contractCase(28, 'a refused client gets DENIED, and does not storm', ['refused'], async (trial) => {
    const { subject, document, note } = trial;
    const trying = (await subject.refused(document)).map(({ because, store, knocks }) =>
      using([store], async () => {
        const error = await refused(store.read(), 'DENIED');
        assert.equal(error.issues[0]?.origin?.location, store.name, because);
        await refused(write(store, 'x', 'absent'), 'DENIED');
        const watch = new RecordedWatch(store, 'absent');
        await watch.becomes('stale');
        await pause(REFUSED_MS);
        note(`${because}: knocked ${knocks()} times`);
        assert.ok(knocks() <= MOST_KNOCKS, `${because}: it knocked ${knocks()} times`);
        await watch.close();
      }),
    );
    await Promise.all(trying);
  }),

  contractCase(27, 'it is renewed after a pause', ['openWithToken'], async ({ subject, document, closeLater }) => {
    const { store, expiresAfter } = closeLater(await subject.openWithToken(document));
    await put(store, 'a');
    await pause(expiresAfter);
    await put(store, 'b');
    assert.equal((await store.read()).text, 'b');
  }),
];
