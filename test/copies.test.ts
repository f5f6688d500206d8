// In a process of its own: it loads the library twice.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import * as library from '../src/index.ts';
import { builtModule } from './library.ts';

/** Another copy of the library, as a package of a monorepo may have one. */
async function withOther<T>(use: (other: typeof library) => T | Promise<T>): Promise<T> {
  const root = join(dirname(fileURLToPath(builtModule())), '..');
  const copy = mkdtempSync(join(root, 'node_modules', 'copy-'));
  try {
    cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
    return await use(await import(pathToFileURL(join(copy, 'dist/index.mjs')).href));
  } finally {
    rmSync(copy, { recursive: true });
  }
}

test('a definition may have settings that another copy of the library declares', () =>
  withOther((other) => {
    const settings = {
      databases: other.each({ pool: 1 }),
      servers: other.eachOf({ port: 80 }),
      optimizer: other.variants('type', { adam: { lr: 1 }, sgd: { momentum: 0.9 } }),
      batch: 8,
      steps: { format: Number, default: other.derived(['batch'], (batch: number) => batch * 2) },
    };
    const definition = library.defineConfig({ name: 'app', envPrefix: 'APP', settings });
    const env = { APP_DATABASES__EU__POOL: '3', APP_OPTIMIZER__TYPE: 'sgd', APP_BATCH: '16' };
    expect(library.loadConfigSync(definition, { env, argv: [] }).values).toEqual({
      databases: { eu: { pool: 3 } },
      servers: [],
      optimizer: { type: 'sgd', momentum: 0.9 },
      batch: 16,
      steps: 32,
    });
    const failing = { format: Number, default: other.derived(['batch'], thrower) };
    const broken = library.defineConfig({ name: 'app', settings: { batch: 8, steps: failing } });
    expect(() => library.loadConfigSync(broken, { env: {}, argv: [] })).toThrow('function failed: no steps');
  }));

function thrower(): never {
  throw new Error('no steps');
}

test('a function says that a configuration is of another copy', () =>
  withOther((other) => {
    const definition = other.defineConfig({ name: 'app', settings: { port: 80 } });
    const config = other.loadConfigSync(definition, { env: {}, argv: [], cwd: tmpdir() });
    expect(() => library.setAll(config as never, {})).toThrow('that of another copy of varve');
  }));
