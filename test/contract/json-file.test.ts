import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { jsonFile } from '../../src/stores/json-file.ts';
import { builtModule } from '../library.ts';
import { contractOf } from './store.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'varve-contract-'));
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const path = (document: string): string => join(folder, `${document}.json`);

contractOf({
  open: (document) => jsonFile(path(document), { poll: 1_000 }),
  opening: (document) => ({ module: builtModule(), name: 'jsonFile', args: [path(document)] }),
  writeByHand: async (document, bytes) => {
    await mkdir(dirname(path(document)), { recursive: true });
    writeFileSync(path(document), bytes);
  },
});
