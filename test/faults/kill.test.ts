import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonFile } from '../../src/stores/json-file.ts';
import { type Built, buildStore } from './harness/built.ts';
import { startChild } from './harness/child.ts';
import { acknowledged, countOf, increment, report, sizeFrom, wayOf } from './harness/counter.ts';
import { temporaryFolder } from './harness/folder.ts';

let built: Built;
beforeAll(() => {
  built = buildStore();
}, 60_000);
afterAll(() => built.remove());

const kills = sizeFrom('VARVE_KILLS', 25);
const padding = sizeFrom('VARVE_KILL_BYTES', 2_000_000);
/** A few times as long as one save takes, so that every step of it is met. */
const longestLifeMs = sizeFrom('VARVE_KILL_WITHIN_MS', 40);

test(
  `${kills} times killed at a random moment of a save: nothing torn, nothing lost, nothing left`,
  async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'app.json');
    const log = join(temporaryFolder(), 'acknowledged');
    const store = jsonFile(path);
    let [torn, lost, left, met] = [0, 0, 0, 0];
    let saved = await increment(store, padding);
    for (let i = 0; i < kills; i += 1) {
      const child = startChild('counter.mjs', { url: built.url, path, padding, log, way: wayOf(i) });
      await child.line();
      await new Promise((done) => setTimeout(done, Math.random() * longestLifeMs));
      child.process.kill('SIGKILL');
      await child.ended;
      if (readdirSync(folder).length > 1) met += 1;
      try {
        if (countOf((await store.read()).text) < Math.max(saved, acknowledged(log).at(-1) ?? 0)) lost += 1;
      } catch {
        torn += 1;
      }
      saved = await increment(store, padding);
      left += readdirSync(folder).filter((name) => name !== 'app.json').length;
    }
    report('kill -9', { kills, 'in the midst of a save': met, torn, 'acknowledged lost': lost, 'files left': left });
    expect({ torn, lost, left }).toEqual({ torn: 0, lost: 0, left: 0 });
    // Else the kills did not meet what they were to meet.
    expect(met).toBeGreaterThan(kills / 10);
  },
  60_000 + kills * 2_000,
);
