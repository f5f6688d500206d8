import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { SnapshotJson } from '../index.ts';
import { isSnapshot } from '../tools.ts';
import { parseBoundedJson } from '../words/bounded-json.ts';
import { readJson, writeJson } from './json-file-text.ts';
import { makeFolders } from './make-folders.ts';
import { readText } from './text-file.ts';
import { UsageError } from './usage-error.ts';
import { valueByKey } from './value-tree.ts';

/** The name of the snapshot in the folder of a run. */
export const SNAPSHOT = 'snapshot.json';

/**
 * A document that something is compared with; of the folder of a run, its snapshot. `document` is `undefined` if it is
 * not JSON, such as a file with comments.
 */
export function readOther(name: string, cwd: string): { readonly path: string; readonly document: unknown } {
  const named = resolve(cwd, name);
  const isFolder = statSync(named, { throwIfNoEntry: false })?.isDirectory() === true;
  const path = isFolder ? join(named, SNAPSHOT) : named;
  if (!existsSync(path)) {
    const missing = isFolder ? `there is no ${SNAPSHOT} in ${name}` : `there is no file ${name}`;
    throw new UsageError(missing, 'Name a file, or the snapshot of a run.');
  }
  try {
    return { path, document: parseBoundedJson(readText(path)) };
  } catch (error) {
    if (error instanceof SyntaxError) return { path, document: undefined };
    throw error;
  }
}

/** The snapshot of a run, by its file or by the folder of that file. Throws a `UsageError` if there is none. */
export function readRun(name: string, cwd: string): SnapshotJson {
  const { document } = readOther(name, cwd);
  if (isSnapshot(document)) return document;
  throw new UsageError(`${name} is not the snapshot of a run`, 'Make one: varve run --snapshot FILE -- COMMAND');
}

/** Throws a `UsageError` if a file of settings is the snapshot of a run. */
export function refuseSnapshot(name: string, root: string): void {
  if (!isSnapshot(readJson(resolve(root, name)))) return;
  const remedy = `Run the same configuration again: varve run --repeat ${name} -- COMMAND`;
  throw new UsageError(`${name} is the snapshot of a run, not a file of settings`, remedy);
}

/** The value of a setting in a snapshot, also of one that its definition has lost; `undefined` if it has none. */
export function valueInSnapshot({ values, definitionChanges }: SnapshotJson, key: string): unknown {
  const lost = definitionChanges?.lost ?? {};
  return Object.hasOwn(lost, key) ? lost[key] : valueByKey(values, key);
}

/** The words before the secrets that a comparison of snapshots leaves out. */
export const WITHOUT_HASH = 'secrets not compared without VARVE_FINGERPRINT_KEY on both sides';

/** A snapshot without some settings, or without some members of settings. */
export function withoutKeys(snapshot: SnapshotJson, keys: readonly string[]): SnapshotJson {
  const kept = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
  const { origins, identity, secrets } = snapshot;
  return {
    ...snapshot,
    values: keys.reduce((values, key) => withoutPath(values, key.split('.')), snapshot.values),
    origins: kept(origins),
    identity: identity.filter((key) => !keys.includes(key)),
    secrets: kept(secrets),
  };
}

function withoutPath(tree: SnapshotJson['values'], [name = '', ...rest]: readonly string[]): SnapshotJson['values'] {
  if (!Object.hasOwn(tree, name)) return tree;
  if (Array.isArray(tree)) return Object.assign([...tree], { [name]: withoutPath(tree[Number(name)], rest) });
  const { [name]: value, ...others } = tree;
  return rest.length > 0 && typeof value === 'object' && value !== null
    ? { ...tree, [name]: withoutPath(value as SnapshotJson['values'], rest) }
    : others;
}

export interface SnapshotFile {
  readonly path: string;
  /** Removes the file if it is temporary. */
  readonly remove: () => void;
}

/** The snapshot of a run, and where it goes. */
interface WriteSnapshotOptions {
  readonly snapshot: SnapshotJson;
  /** The file, relative to `cwd`; a temporary one without it. */
  readonly name?: string | undefined;
  readonly cwd: string;
}

/** Writes the snapshot of a run into a file that only its owner can read; secrets are redacted in it. */
export function writeSnapshot({ snapshot, name, cwd }: WriteSnapshotOptions): SnapshotFile {
  const folder = name === undefined ? mkdtempSync(join(tmpdir(), 'varve-run-')) : undefined;
  const path = folder === undefined ? resolve(cwd, name ?? '') : join(folder, SNAPSHOT);
  // As root, a snapshot in place of /dev/stdout would take it from the whole system.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw new UsageError(`${name} is not a regular file`, 'Name a file for the snapshot.');
  makeFolders(dirname(path));
  writeJson(path, snapshot, 0o600);
  return { path, remove: () => folder !== undefined && rmSync(folder, { recursive: true, force: true }) };
}
