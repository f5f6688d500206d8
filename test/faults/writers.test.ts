import { linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonFile } from '../../src/stores/json-file.ts';
import { type Built, buildStore } from './harness/built.ts';
import { type Child, startChild } from './harness/child.ts';
import { acknowledged, counterText, countOf, increment, report, sizeFrom, wayOf } from './harness/counter.ts';
import { temporaryFolder } from './harness/folder.ts';
import { mount } from './harness/mounts.ts';

let built: Built;
beforeAll(() => {
  built = buildStore();
}, 60_000);
afterAll(() => built.remove());

const writers = sizeFrom('VARVE_WRITERS', 5);
const updates = sizeFrom('VARVE_UPDATES', 30);
const padding = 10_000;
/** Longer than a machine needs that is busy with other tests. */
const WAITING = { lockTimeout: 120_000 } as const;
const timeout = 60_000 + writers * updates * 100;

/** One counter, in a folder of its own, and who counts it up. */
class Race {
  readonly folder: string = temporaryFolder();
  readonly path: string = join(this.folder, 'app.json');
  readonly #logs = temporaryFolder();
  #started = 0;

  args(more: object): object {
    this.#started += 1;
    const log = join(this.#logs, String(this.#started));
    return { url: built.url, path: this.path, padding, log, options: WAITING, ...more };
  }

  start(more: object): Child {
    return startChild('counter.mjs', this.args(more));
  }

  /** Every number whose save was acknowledged. */
  acknowledged(): readonly number[] {
    return readdirSync(this.#logs).flatMap((name) => acknowledged(join(this.#logs, name)));
  }

  /** Reads without pause until `end`: how often, and how often it saw a torn text or one older than before. */
  async read(end: Promise<unknown>): Promise<{ reads: number; torn: number; back: number }> {
    const store = jsonFile(this.path);
    let going = true;
    const stop = (): void => {
      going = false;
    };
    end.then(stop, stop);
    const seen = { reads: 0, torn: 0, back: 0 };
    for (let last = 0; going; seen.reads += 1) {
      try {
        const count = countOf((await store.read()).text);
        if (count < last) seen.back += 1;
        last = count;
      } catch {
        seen.torn += 1;
      }
      await new Promise(setImmediate);
    }
    return seen;
  }
}

test.each([
  ['in one step each', 'edit'],
  ['under the lock', 'underLock'],
  ['by compare and swap alone', 'swap'],
])(
  `${writers} processes count to ${writers * updates} %s`,
  async (how, way) => {
    const race = new Race();
    const start = performance.now();
    const children = Array.from({ length: writers }, () => race.start({ times: updates, way }));
    const ends = Promise.all(children.map(({ ended }) => ended));
    const seen = await race.read(ends);
    expect(await ends).toEqual(children.map(() => 0));
    const total = countOf((await jsonFile(race.path).read()).text);
    const lost = writers * updates - total;
    const rate = Math.round((1_000 * total) / (performance.now() - start));
    report(`${writers} writers ${how}`, { updates: writers * updates, lost, 'a second': rate, ...seen });
    expect({ lost, ...seen }).toMatchObject({ lost: 0, torn: 0, back: 0 });
    expect(new Set(race.acknowledged()).size).toBe(writers * updates);
    expect(readdirSync(race.folder)).toEqual(['app.json']);
  },
  timeout,
);

test(
  `${writers} processes, some of which are killed while they write`,
  async () => {
    const race = new Race();
    const steady = Array.from({ length: writers / 2 }, (_, i) => race.start({ times: updates, way: wayOf(i) }));
    let kills = 0;
    let going = true;
    const victims = Array.from({ length: writers / 2 }, async (_, i) => {
      while (going) {
        const child = race.start({ way: wayOf(i) });
        await child.line();
        await new Promise((done) => setTimeout(done, Math.random() * 60));
        child.process.kill('SIGKILL');
        await child.ended;
        kills += 1;
      }
    });
    const ends = Promise.all(steady.map(({ ended }) => ended));
    const seen = await race.read(ends);
    going = false;
    await Promise.all(victims);
    expect(await ends).toEqual(steady.map(() => 0));
    const store = jsonFile(race.path);
    const total = countOf((await store.read()).text);
    const told = race.acknowledged();
    // Each killed writer may have saved once more than it could say.
    const [lost, extra] = [told.length - total, total - told.length - kills];
    report('killed writers', { kills, total, acknowledged: told.length, lost: Math.max(0, lost), ...seen });
    expect(lost).toBeLessThanOrEqual(0);
    expect(extra).toBeLessThanOrEqual(0);
    expect(new Set(told).size).toBe(told.length);
    expect(seen).toMatchObject({ torn: 0, back: 0 });
    await increment(store, padding);
    expect(readdirSync(race.folder)).toEqual(['app.json']);
  },
  timeout,
);

test(
  'threads of one process, and other processes, at once',
  async () => {
    const race = new Race();
    const script = new URL('./children/counter.mjs', import.meta.url);
    const threads = Array.from(
      { length: 4 },
      (_, i) => new Worker(script, { workerData: race.args({ times: 50, way: wayOf(i) }), stdout: true }),
    );
    const processes = Array.from({ length: 2 }, (_, i) => race.start({ times: 50, way: wayOf(i) }));
    const here = Array.from({ length: 50 }, () => increment(jsonFile(race.path), padding));
    const codes = await Promise.all([
      ...threads.map((thread) => new Promise((resolve, reject) => thread.once('exit', resolve).once('error', reject))),
      ...processes.map(({ ended }) => ended),
    ]);
    await Promise.all(here);
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    expect(countOf((await jsonFile(race.path).read()).text)).toBe(7 * 50);
    expect(readdirSync(race.folder)).toEqual(['app.json']);
  },
  timeout,
);

describe('one file under two paths, overwritten by `inPlace`', () => {
  test.for([
    ['two mounts', 'mount'],
    ['two hard links', 'link'],
  ] as const)('%s: writers through both lose nothing', { timeout }, async ([, kind], context) => {
    const race = new Race();
    const outside = join(race.folder, 'outside.json');
    writeFileSync(outside, counterText(0, 10));
    const paths = ['a', 'b'].map((name) => {
      mkdirSync(join(race.folder, name));
      const path = join(race.folder, name, 'app.json');
      if (kind === 'link') linkSync(outside, path);
      else {
        writeFileSync(path, '');
        mount(context, path, '--bind', outside);
      }
      return path;
    });
    const times = sizeFrom('VARVE_UPDATES', 25);
    const children = [...paths, ...paths].map((path) =>
      race.start({ path, padding: 10, times, options: { ...WAITING, inPlace: true } }),
    );
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
    expect(countOf(readFileSync(outside, 'utf8'))).toBe(4 * times);
    expect(race.acknowledged().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 4 * times }, (_, i) => i + 1));
    for (const path of paths) expect(readdirSync(dirname(path))).toEqual(['app.json']);
  });
});
