import { copyFileSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { jsonFile } from '../../src/stores/json-file.ts';
import { type Built, buildStore } from './harness/built.ts';
import { startChild } from './harness/child.ts';
import { acknowledged, countOf, increment, report, sizeFrom, wayOf } from './harness/counter.ts';
import { temporaryFolder } from './harness/folder.ts';
import { mount } from './harness/mounts.ts';
import { needRoot, runOrSkip, skipLoudly } from './harness/skip.ts';

let built: Built;
beforeAll(() => {
  built = buildStore();
}, 60_000);
afterAll(() => built.remove());

const cuts = sizeFrom('VARVE_POWER_CUTS', 0);
const padding = 20_000;

/** A disk in a file on a disk in a file: while the outer one is frozen, the inner one is a picture of one moment. */
function nestedDisks(context: TestContext): { readonly inner: string; picture(): string } {
  const folder = temporaryFolder();
  const [outer, inner] = [join(folder, 'outer'), join(folder, 'inner')];
  for (const [place, image, bytes] of [
    [outer, join(folder, 'outer.img'), 150 * 2 ** 20],
    [inner, join(outer, 'inner.img'), 48 * 2 ** 20],
  ] as const) {
    mkdirSync(place);
    writeFileSync(image, '');
    truncateSync(image, bytes);
    runOrSkip(context, 'mkfs.ext4', '-q', '-F', image);
    mount(context, place, '-o', 'loop', image);
  }
  let pictures = 0;
  const picture = (): string => {
    pictures += 1;
    // A mount lives on in mount namespaces that began meanwhile; a mount of the same file would show its blocks.
    const copy = join(folder, `picture-${pictures}.img`);
    runOrSkip(context, 'fsfreeze', '--freeze', outer);
    try {
      copyFileSync(join(outer, 'inner.img'), copy);
    } finally {
      runOrSkip(context, 'fsfreeze', '--unfreeze', outer);
    }
    return copy;
  };
  return { inner, picture };
}

// The picture has all that the system had handed to the disk, and nothing that was only in its memory. That a disk may
// lose its own cache too is not shown.
test(
  `${cuts} power cuts: nothing torn, nothing acknowledged lost`,
  async (context) => {
    if (cuts === 0) skipLoudly(context, 'it takes minutes; VARVE_POWER_CUTS=200 runs it');
    needRoot(context);
    const { inner, picture } = nestedDisks(context);
    const after = temporaryFolder();
    const log = join(temporaryFolder(), 'acknowledged');
    let [torn, lost, left, acknowledgedInAll] = [0, 0, 0, 0];
    for (let cut = 0; cut < cuts; cut += 1) {
      const folder = join(inner, String(cut));
      rmSync(log, { force: true });
      // The next save makes the one before it durable too; so half of the time there is a rest between them.
      const restMs = cut % 4 < 2 ? 0 : 1_000;
      const args = { url: built.url, path: join(folder, 'app.json'), padding, log, restMs, way: wayOf(cut) };
      const child = startChild('counter.mjs', args);
      await child.line();
      await new Promise((done) => setTimeout(done, 100 + Math.random() * 200));
      const before = acknowledged(log).at(-1) ?? 0;
      const image = picture();
      child.process.kill('SIGKILL');
      await child.ended;
      acknowledgedInAll += before;
      const { unmount } = mount(context, after, '-o', 'loop', image);
      try {
        const store = jsonFile(join(after, String(cut), 'app.json'));
        if (countOf((await store.read()).text) < before) lost += 1;
        await increment(store, padding);
        left += readdirSync(join(after, String(cut))).length - 1;
      } catch (error) {
        if (!(error instanceof SyntaxError) && !String(error).includes('torn')) throw error;
        torn += 1;
      }
      unmount();
      rmSync(image);
      rmSync(folder, { recursive: true });
    }
    report('power cuts', { cuts, 'saves acknowledged before them': acknowledgedInAll, torn, lost, 'files left': left });
    expect({ torn, lost, left }).toEqual({ torn: 0, lost: 0, left: 0 });
  },
  60_000 + cuts * 5_000,
);
