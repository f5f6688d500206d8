// In a process of its own: it counts what the engine runs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonFile } from '../../src/stores/json-file.ts';
import { growth } from '../executed-blocks.ts';
import { leftovers, temporaryFolder } from '../faults/harness/folder.ts';
import { edit } from './local.ts';

describe('ten times as many are ten times the work', () => {
  test('saves in a row', async () => {
    const save = async (count: number): Promise<void> => {
      const store = jsonFile(join(temporaryFolder(), 'app.json'));
      for (let i = 0; i < count; i++) await edit(store, () => `${i}`);
    };
    expect(await growth(save, 20)).toBeLessThan(12);
  });

  test('writers that wait for their turn', async () => {
    const save = async (count: number): Promise<void> => {
      const path = join(temporaryFolder(), 'app.json');
      await Promise.all(Array.from({ length: count }, () => edit(jsonFile(path), ({ text }) => `${Number(text) + 1}`)));
    };
    expect(await growth(save, 20)).toBeLessThan(12);
  });

  test('files that killed processes left', async () => {
    const folders = new Map<number, string>();
    for (const count of [10, 1_000, 10_000]) {
      const folder = temporaryFolder();
      folders.set(count, folder);
      for (let i = 0; i < count; i++)
        writeFileSync(join(folder, `.app.json.1.${i.toString(16).padStart(12, '0')}.tmp`), '');
    }
    const save = (count: number): Promise<unknown> =>
      edit(jsonFile(join(folders.get(count) ?? '', 'app.json')), () => '1');
    expect(await growth(save, 1_000)).toBeLessThan(12);
    for (const folder of folders.values()) expect(leftovers(folder)).toEqual([]);
  });
});
