import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeAll, expect, test } from 'vitest';
import { type Config, type Definition, loadConfig, loadConfigSync } from '../../src/index.ts';
import { builtModule } from '../library.ts';
import { counting } from './children/counting.mjs';
import { type Child, startChild } from './harness/child.ts';
import { report, sizeFrom } from './harness/counter.ts';
import { temporaryFolder } from './harness/folder.ts';

let definition: Definition;
beforeAll(async () => {
  definition = await counting(new URL('../../src/index.ts', import.meta.url).href);
}, 60_000);

const writers = sizeFrom('VARVE_WRITERS', 4);
const updates = sizeFrom('VARVE_UPDATES', 20);
const timeout = 60_000 + writers * updates * 200;

interface Values {
  readonly count: number;
  readonly shared: { readonly n: number; readonly by: string };
  readonly own: Readonly<Record<string, number>>;
}

/** What a file was made with by hand, and must keep through all of it. */
const TEXT = '{\n  "mine": 1.0,\n  "count": 0\n}\n';

function startedFolder(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'app.json'), TEXT);
  return cwd;
}

const open = (cwd: string): Promise<Config> => loadConfig(definition, { cwd, env: {}, argv: [] }) as Promise<Config>;

const valuesIn = (cwd: string): Values =>
  loadConfigSync(definition, { cwd, env: {}, argv: [] }).values as unknown as Values;

function start(cwd: string, way: string, name: string): Child {
  return startChild('config.mjs', { url: builtModule(), cwd, way, name, times: updates });
}

/** Loads without pause until `end`: how often, and how often a counter went back. What is torn throws. */
async function loadUntil(end: Promise<unknown>, cwd: string): Promise<{ loads: number; back: number }> {
  let going = true;
  const stop = (): void => {
    going = false;
  };
  end.then(stop, stop);
  const seen = { loads: 0, back: 0 };
  for (let last = 0; going; seen.loads += 1) {
    const { count, shared } = valuesIn(cwd);
    if (count + shared.n < last) seen.back += 1;
    last = count + shared.n;
    await new Promise(setImmediate);
  }
  return seen;
}

function expectWhole(cwd: string): void {
  expect(readdirSync(cwd)).toEqual(['app.json']);
  expect(readFileSync(join(cwd, 'app.json'), 'utf8')).toMatch(/^\{\n {2}"mine": 1\.0,\n {2}"count": \d+[,\n]/);
}

test(
  `${writers} processes count to ${writers * updates} with update`,
  async () => {
    const cwd = startedFolder();
    const children = Array.from({ length: writers }, (_, i) => start(cwd, 'update', `w${i}`));
    const ends = Promise.all(children.map(({ ended }) => ended));
    const seen = await loadUntil(ends, cwd);
    expect(await ends).toEqual(children.map(() => 0));
    const lost = writers * updates - valuesIn(cwd).count;
    report(`${writers} configurations with update`, { updates: writers * updates, lost, ...seen });
    expect({ lost, back: seen.back }).toEqual({ lost: 0, back: 0 });
    expectWhole(cwd);
  },
  timeout,
);

test(
  `${writers} processes set and save a key of their own each`,
  async () => {
    const cwd = startedFolder();
    const names = Array.from({ length: writers }, (_, i) => `w${i}`);
    const codes = await Promise.all(names.map((name) => start(cwd, 'own', name).ended));
    expect(codes).toEqual(names.map(() => 0));
    const { own } = valuesIn(cwd);
    const lost = names.filter((name) => own[name] !== updates).length;
    report(`${writers} configurations with set and save`, { saves: writers * updates, 'keys lost': lost });
    expect(lost).toBe(0);
    expectWhole(cwd);
  },
  timeout,
);

test.each([
  ['the later writer gets the conflict', 'shared'],
  ['the later writer chooses the value', 'merged'],
])(
  `${writers} processes set and save one key: %s`,
  async (how, way) => {
    const cwd = startedFolder();
    const children = Array.from({ length: writers }, (_, i) => start(cwd, way, `w${i}`));
    const ends = Promise.all(children.map(({ ended }) => ended));
    const seen = await loadUntil(ends, cwd);
    expect(await ends).toEqual(children.map(() => 0));
    const conflicts = (await Promise.all(children.map((child) => child.line()))).reduce((sum, n) => sum + Number(n), 0);
    const lost = writers * updates - valuesIn(cwd).shared.n;
    report(`${writers} configurations and one key, ${how}`, { saves: writers * updates, conflicts, lost, ...seen });
    expect({ lost, back: seen.back }).toEqual({ lost: 0, back: 0 });
    // Else no two writers met.
    expect(conflicts).toBeGreaterThan(0);
    expectWhole(cwd);
  },
  timeout,
);

test(
  'threads, processes and several configurations of one process, in every way at once',
  async () => {
    const cwd = startedFolder();
    const script = new URL('./children/config.mjs', import.meta.url);
    const exits = ['update', 'update', 'own', 'merged'].map((way, i) => {
      const worker = new Worker(script, {
        workerData: { url: builtModule(), cwd, way, name: `w${i}`, times: updates },
        stdout: true,
      });
      return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
    });
    const processes = ['update', 'own', 'shared'].map((way, i) => start(cwd, way, `w${8 + i}`).ended);
    const [one, other] = await Promise.all([open(cwd), open(cwd)]);
    const here = Array.from({ length: updates }, async (_, i) => {
      await (i % 2 ? one : other).update((draft) => {
        draft['count'] = Number(draft['count']) + 1;
      });
    });
    expect(await Promise.all([...exits, ...processes])).toEqual([0, 0, 0, 0, 0, 0, 0]);
    await Promise.all(here);
    const { count, shared, own } = valuesIn(cwd);
    expect({ count, shared: shared.n, own: [own['w2'], own['w9']] }).toEqual({
      count: 4 * updates,
      shared: 2 * updates,
      own: [updates, updates],
    });
    expectWhole(cwd);
  },
  timeout,
);

test('two configurations of one process keep what the other wrote, and meet in a conflict', async () => {
  const cwd = startedFolder();
  const [one, other] = await Promise.all([open(cwd), open(cwd)]);
  one.set('own.w0' as never, 1 as never);
  other.set('own.w1' as never, 2 as never);
  await Promise.all([one.save(), other.save()]);
  expect(valuesIn(cwd).own).toMatchObject({ w0: 1, w1: 2 });
  one.set('own.w2' as never, 3 as never);
  other.set('own.w2' as never, 4 as never);
  const results = await Promise.allSettled([one.save(), other.save()]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = results[0]?.status === 'rejected' ? one : other;
  const failure = await refused.save().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'CONFLICT', issues: [{ key: 'own.w2' }] });
  const kept = valuesIn(cwd).own['w2'];
  expect([3, 4]).toContain(kept);
  await refused.save({ conflict: 'mine' });
  expect(valuesIn(cwd).own['w2']).toBe(7 - Number(kept));
  expectWhole(cwd);
});
