import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../index.ts';
import { UsageError } from './usage-error.ts';

/** The file that `varve run` gives its command, and that `config.snapshot()` makes. */
export interface Snapshot {
  /** The values as a tree. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where each was written, by key. */
  readonly origins: Readonly<Record<string, unknown>>;
  /** The keyed hash of each secret, where there is a key. */
  readonly secrets?: Readonly<Record<string, string | null>>;
}

/** A document that something is compared with. `document` is nothing where it is not JSON: a file with comments. */
export function readOther(name: string, cwd: string): { readonly path: string; readonly document: unknown } {
  const path = resolve(cwd, name);
  if (!existsSync(path)) throw new UsageError(`there is no file ${name}`, 'Name a file, or the snapshot of a run.');
  try {
    return { path, document: JSON.parse(readFileSync(path, 'utf8')) };
  } catch (error) {
    if (error instanceof SyntaxError) return { path, document: undefined };
    throw error;
  }
}

/** Whether a document is the snapshot of a run, and not a file of settings. */
export function isSnapshot(document: unknown): document is Snapshot {
  return isObject(document) && isObject(document['values']) && isObject(document['origins']);
}

/** The value of a setting in a snapshot; `undefined` where it has none. */
export function valueInSnapshot({ values }: Snapshot, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((tree, name) => (isObject(tree) && Object.hasOwn(tree, name) ? tree[name] : undefined), values);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A file that a command finds the snapshot of its run in. */
export interface SnapshotFile {
  readonly path: string;
  /** Removes it, unless it is to be kept. */
  readonly remove: () => void;
}

/** Writes the snapshot of a run into a file that only its owner can read; the values of secrets are masked in it. */
export function writeSnapshot(config: Config, name: string | undefined, cwd: string): SnapshotFile {
  const folder = name === undefined ? mkdtempSync(join(tmpdir(), 'varve-run-')) : undefined;
  const path = folder === undefined ? resolve(cwd, name ?? '') : join(folder, 'snapshot.json');
  mkdirSync(dirname(path), { recursive: true });
  // An older file may have other permissions, or be a link.
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(config.snapshot(), null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  return { path, remove: () => folder !== undefined && rmSync(folder, { recursive: true, force: true }) };
}
