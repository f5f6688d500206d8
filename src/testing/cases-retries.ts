import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Case, contractCase, openOverLink } from './case.ts';
import { RecordedWatch, until } from './recorded-watch.ts';
import { put, refused, settle, settledWrite, won, write } from './steps.ts';

/** Writes of which the network loses a part. */
export const retryCases: readonly Case[] = [
  contractCase(12, 'a write whose answer is lost is applied once', ['openOverLink'], async (trial) => {
    const { store, link, other } = await openOverLink(trial);
    const expect = await put(other, '0');
    await store.read();
    const watch = new RecordedWatch(other, expect);
    link.loseAnswer();
    const writing = settledWrite(store, '1', expect);
    await until('the write arrives', async () => (await other.read()).text === '1');
    link.heal();
    const revision = won(await writing);
    assert.equal((await other.read()).revision, revision);
    await watch.sees(revision);
    assert.equal(watch.reported.length, 1);
    await watch.close();
  }),

  contractCase(13, 'a write that is lost on its way is applied once', ['openOverLink'], async (trial) => {
    const { store, link, other } = await openOverLink(trial);
    const expect = await put(other, '0');
    await store.read();
    link.loseRequest();
    const revision = won(await settledWrite(store, '1', expect));
    const read = await other.read();
    assert.deepEqual([read.text, read.revision], ['1', revision]);
  }),

  contractCase(
    14,
    'a write whose answer is lost, and that is overwritten, has won',
    ['openOverLink'],
    async (trial) => {
      const { store, link, other } = await openOverLink(trial);
      const expect = await put(other, '0');
      await store.read();
      link.loseAnswer();
      const writing = settledWrite(store, '1', expect);
      const mine = await until('the write arrives', async () => {
        const { text, revision } = await other.read();
        return text === '1' && revision;
      });
      for (const text of ['2', '3', '4']) await put(other, text);
      link.heal();
      assert.deepEqual(await writing, { ok: true, revision: mine });
      assert.equal((await other.read()).text, '4');
    },
  ),

  contractCase(
    15,
    'a write whose trace is compacted away stays UNCLEAR',
    ['openOverLink', 'compact'],
    async (trial) => {
      const { store, link, other } = await openOverLink(trial);
      const expect = await put(other, '0');
      await store.read();
      link.loseAnswer();
      const id = randomUUID();
      const writing = refused(store.write('1', { expect, id }), 'UNCLEAR');
      await until('the write arrives', async () => (await other.read()).text === '1');
      for (const text of ['2', '3']) await put(other, text);
      await trial.subject.compact();
      link.heal();
      await writing;
      await refused(store.write('1', { expect, id }), 'UNCLEAR');
      assert.equal((await other.read()).text, '3');
      const fresh = await settle(() => store.read());
      won(await write(store, '4', fresh.revision));
    },
  ),
];
