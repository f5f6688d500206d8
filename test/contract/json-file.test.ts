import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { jsonFile } from '../../src/stores/json-file.ts';
import { buildLibrary, type Library } from '../library.ts';
import { contractOf } from './store.ts';

let library: Library;
let folder: string;

beforeAll(() => {
  library = buildLibrary();
  folder = mkdtempSync(join(tmpdir(), 'varve-contract-'));
}, 60_000);

afterAll(() => {
  library.remove();
  rmSync(folder, { recursive: true, force: true });
});

const path = (document: string): string => join(folder, `${document}.json`);

contractOf({
  open: (document) => jsonFile(path(document), { poll: 1_000 }),
  opening: (document) => ({ module: library.url, name: 'jsonFile', args: [path(document)] }),
  writeByHand: async (document, bytes) => {
    await mkdir(dirname(path(document)), { recursive: true });
    writeFileSync(path(document), bytes);
  },
});
