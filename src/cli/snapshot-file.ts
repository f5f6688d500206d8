import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Config, isSnapshot, type SnapshotJson } from '../index.ts';
import { UsageError } from './usage-error.ts';

/** What a snapshot is called in the folder of its run. */
export const SNAPSHOT = 'snapshot.json';

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

/** The snapshot of a run, by its file or by the folder that it stands in. Throws a `UsageError` where there is none. */
export function readRun(name: string, cwd: string): SnapshotJson {
  const path = resolve(cwd, name);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const { document } = readOther(isFolder ? join(path, SNAPSHOT) : name, cwd);
  if (isSnapshot(document)) return document;
  throw new UsageError(`${name} is no snapshot of a run`, 'Make one: varve run --snapshot FILE -- COMMAND');
}

/** The value of a setting in a snapshot; `undefined` where it has none. */
export function valueInSnapshot({ values }: SnapshotJson, key: string): unknown {
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
  const path = folder === undefined ? resolve(cwd, name ?? '') : join(folder, SNAPSHOT);
  mkdirSync(dirname(path), { recursive: true });
  // An older file may have other permissions, or be a link.
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(config.snapshot(), null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  return { path, remove: () => folder !== undefined && rmSync(folder, { recursive: true, force: true }) };
}
