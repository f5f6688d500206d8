import assert from 'node:assert/strict';
import type { Revision, Store, StoredDocument } from '../index.ts';
import { type Case, contractCase } from './case.ts';
import { limitsOf, put, refused, won, write } from './steps.ts';

const TEXTS = ['', '{}', '\ufeff{\r\n}\r\n', '"\0\u2028😀 ä"', '{"a":1}', '\n\n', `"${'é'.repeat(10_000)}"`];

/** What one document does for those who read and write it. */
export const documentCases: readonly Case[] = [
  contractCase(1, 'an absent document reads null, and creating it has one winner', [], async ({ open }) => {
    const stores = Array.from({ length: 10 }, () => open());
    const reads = await Promise.all(stores.map((store) => store.read()));
    assert.deepEqual(new Set(reads.map(({ text }) => text)), new Set([null]));
    const written = await Promise.all(stores.map((store, i) => write(store, `${i}`, reads[i]?.revision ?? 'none')));
    const winner = written.findIndex(({ ok }) => ok);
    assert.equal(written.filter(({ ok }) => ok).length, 1);
    for (const lost of written) if (!lost.ok) assert.equal(lost.current.text, `${winner}`);
  }),

  contractCase(2, 'a text comes back byte for byte', [], async ({ open }) => {
    const store = open();
    for (const text of [...TEXTS, 'x'.repeat(limitsOf(store).maxBytes)]) {
      await put(store, text);
      assert.ok((await store.read()).text === text, `${JSON.stringify(text.slice(0, 20))} came back as another`);
    }
  }),

  contractCase(3, 'a text that is too large is refused, and nothing changes', [], async ({ open }) => {
    const store = open();
    const before = await store.read();
    const text = `${'x'.repeat(limitsOf(store).maxBytes - 1)}é`;
    await refused(write(store, text, before.revision), 'TOO_LARGE');
    assert.deepEqual(await store.read(), before);
  }),

  contractCase(4, 'a write on the current revision gives the revision of the next read', [], async ({ open }) => {
    const store = open();
    for (const text of ['a', 'b', 'c']) {
      const revision = await put(store, text);
      assert.equal((await store.read()).revision, revision);
    }
  }),

  contractCase(
    5,
    'a write on another revision returns the current document, and changes nothing',
    [],
    async ({ open }) => {
      const store = open();
      const absent = await store.read();
      const first = await put(store, 'first');
      await put(store, 'second');
      const before = await store.read();
      for (const expect of [absent.revision, first])
        assert.deepEqual(await write(store, 'mine', expect), { ok: false, current: before });
      assert.deepEqual(await store.read(), before);
    },
  ),

  contractCase(6, 'the same id after success is the same write', [], async ({ open }) => {
    const store = open();
    const { revision: expect } = await store.read();
    const first = await write(store, 'a', expect, { id: 'once' });
    won(first);
    await put(store, 'b');
    assert.deepEqual(await write(store, 'a', expect, { id: 'once' }), first);
    assert.equal((await store.read()).text, 'b');
  }),

  contractCase(7, 'the same id after a lost race has lost', [], async ({ open }) => {
    const store = open();
    const { revision: expect } = await store.read();
    await put(store, 'a');
    for (const revision of [expect, (await store.read()).revision]) {
      const written = await write(store, 'mine', revision, { id: 'late' });
      assert.equal(written.ok, false);
    }
    assert.equal((await store.read()).text, 'a');
  }),

  contractCase(8, 'another store reads a write at once', [], async ({ open }) => {
    const [writer, reader] = [open(), open()];
    for (let i = 0; i < 20; i += 1) {
      const revision = await put(writer, `${i}`);
      const read = await reader.read();
      assert.deepEqual([read.text, read.revision], [`${i}`, revision]);
    }
  }),

  contractCase(31, 'an edit by hand is read, without an author', ['writeByHand'], async (trial) => {
    const { subject, document, open } = trial;
    const store = open();
    const before = await put(store, 'a');
    await subject.writeByHand(document, Buffer.from('by hand'));
    const read = await store.read();
    assert.deepEqual([read.text, read.writeId, read.by], ['by hand', undefined, undefined]);
    assert.notEqual(read.revision, before);
    assert.equal((await write(store, 'b', before)).ok, false);
    await put(store, 'c');
  }),

  contractCase(35, 'documents do not see each other', [], async ({ document, open }) => {
    const names = ['', '/prod', '/prod/eu', '/production', '/staging', '0'].map((end) => document + end);
    const stores = names.map((name) => open(name));
    for (const [i, store] of stores.entries()) {
      assert.equal((await store.read()).text, null, `${names[i]} exists`);
      await put(store, `${names[i]}`);
    }
    const texts = await Promise.all(stores.map(async (store) => (await store.read()).text));
    assert.deepEqual(texts, names);
    const histories = await Promise.all(stores.map((store) => store.history?.({ limit: 10 }) ?? []));
    for (const [i, states] of histories.entries()) for (const { text } of states) assert.equal(text, names[i]);
  }),

  contractCase(36, 'the history lists the newest state first', ['keepsHistory'], async ({ open }) => {
    const store = open();
    assert.deepEqual(await history(store, 9), []);
    const revisions: Revision[] = [];
    for (let i = 0; i < 5; i += 1) revisions.unshift(await put(store, `${i}`));
    assert.deepEqual(textsOf(await history(store, 3)), ['4', '3', '2']);
    assert.deepEqual(textsOf(await history(store, 9, revisions[2])), ['1', '0']);
    const all = await history(store, 9);
    assert.deepEqual(
      all.map(({ revision }) => revision),
      revisions,
    );
    assert.deepEqual(await history(store, 9, revisions[4]), []);
  }),

  contractCase(36, 'a deleted revision is GONE', ['keepsHistory', 'compact'], async ({ subject, open }) => {
    const store = open();
    const revisions: Revision[] = [];
    for (let i = 0; i < 5; i += 1) revisions.unshift(await put(store, `${i}`));
    await subject.compact();
    assert.deepEqual(textsOf(await history(store, 9)), ['4']);
    await refused(history(store, 9, revisions[0]), 'GONE');
    await refused(history(store, 9, revisions[3]), 'GONE');
  }),
];

async function history(store: Store, limit: number, before?: Revision): Promise<readonly StoredDocument[]> {
  assert.ok(store.history, 'it keeps a history, and does not tell it');
  return store.history({ limit, ...(before !== undefined && { before }) });
}

function textsOf(states: readonly StoredDocument[]): readonly (string | null)[] {
  return states.map(({ text }) => text);
}
