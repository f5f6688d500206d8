import { ConfigError, type ErrorCode, type Issue, throwIssues } from '../errors.ts';
import { parsedJson } from '../json/read.ts';
import { isEqual } from '../json/value.ts';
import { isWithin, type Key } from '../key.ts';
import { type Origin, redact } from '../layer.ts';
import type { Store } from '../stores/store.ts';
import { renamedLike } from './rename-snapshot.ts';
import { recordedValue, type SnapshotJson } from './snapshot.ts';
import { isSnapshot, MOST_LEVELS, requireSnapshot } from './snapshot-shape.ts';

/**
 * One setting that differs between two snapshots. `identity`: a run with it is a different run; `operational`: it has
 * `identity: false`; `secret`: the keyed hashes differ; `added`: the definition has gained it since, and it has its
 * default.
 */
export interface SnapshotDifference {
  /** The setting. */
  readonly key: Key;
  /** What the difference means for the run. */
  readonly kind: 'identity' | 'operational' | 'secret' | 'added';
  /** `undefined` if it had no value. Values of sensitive settings are redacted. */
  readonly before: unknown;
  /** `undefined` if it has no value now. */
  readonly after: unknown;
  /** The origin of `before`. */
  readonly from?: Origin;
  /** The origin of `after`. */
  readonly to?: Origin;
}

/** How a run's configuration differs from the snapshot of its start. */
export interface ResumeReport {
  /** The fingerprint of the earlier snapshot. */
  readonly fingerprint: string;
  /** In the order of the settings. */
  readonly differences: readonly SnapshotDifference[];
}

/** Which identity settings may differ in a resumed run: all, none, or these. */
export type IdentityChange = boolean | readonly Key[];

/**
 * The settings that differ between two snapshots.
 * @example
 * import { compareSnapshots, defineConfig, loadConfigSync } from 'varve';
 *
 * const definition = defineConfig({ name: 'trainer', settings: { lr: 0.1 } });
 * const snapshotOf = (argv) => loadConfigSync(definition, { env: {}, argv }).snapshot().toJSON();
 * const [{ key, kind, before, after }] = compareSnapshots(snapshotOf([]), snapshotOf(['--lr', '0.2']));
 * console.log(key, kind, before, after); // lr identity 0.1 0.2
 */
export function compareSnapshots(then: SnapshotJson, now: SnapshotJson): readonly SnapshotDifference[] {
  for (const snapshot of [then, now]) requireSnapshot('compareSnapshots', snapshot);
  const before = renamedLike(then, now);
  const lostTwice = Object.keys(lostIn(before)).filter((key) => Object.hasOwn(lostIn(now), key));
  const keys = new Set([...Object.keys(now.origins), ...Object.keys(before.origins), ...lostTwice]);
  const identity = new Set([...before.identity, ...now.identity]);
  const counted = new Set(now.identity);
  const leftOut = new Set(now.definitionChanges?.gained.filter((key) => !counted.has(key)));
  return [...keys].flatMap((key) => differenceAt(key, { before, now, identity, leftOut }) ?? []);
}

/**
 * The secrets that both snapshots have, and at least one has without a keyed hash. Whether their values differ is not known,
 * so {@link compareSnapshots} leaves them out.
 */
export function incomparableSecrets(then: SnapshotJson, now: SnapshotJson): readonly Key[] {
  for (const snapshot of [then, now]) requireSnapshot('incomparableSecrets', snapshot);
  const before = renamedLike(then, now);
  return Object.keys(now.secrets).filter((key) => isIncomparable(before, now, key));
}

/** Two snapshots that are compared. */
interface Comparison {
  readonly before: SnapshotJson;
  readonly now: SnapshotJson;
  /** The keys that one of the fingerprints is made of. */
  readonly identity: ReadonlySet<Key>;
  /** The settings that the definition has gained, and that the fingerprint of a repeated run leaves out. */
  readonly leftOut: ReadonlySet<Key>;
}

function differenceAt(key: Key, compared: Comparison): SnapshotDifference | undefined {
  const { before: then, now, identity, leftOut } = compared;
  const [before, after] = [comparable(then, key), comparable(now, key)];
  if (isEqual(before, after) || isIncomparable(then, now, key)) return undefined;
  const isSecret = Object.hasOwn(then.secrets, key) || Object.hasOwn(now.secrets, key);
  const isIdentity = identity.has(key);
  const [from, to] = [originIn(then, key), originIn(now, key)];
  const isAdded = before === undefined && (leftOut.has(key) || (isIdentity && to?.layer === 'default'));
  return {
    key,
    kind: isSecret ? 'secret' : isAdded ? 'added' : isIdentity ? 'identity' : 'operational',
    before: redact(before, isSecret),
    after: redact(after, isSecret),
    ...(from && { from }),
    ...(to && { to }),
  };
}

function lostIn({ definitionChanges }: SnapshotJson): Readonly<Record<Key, unknown>> {
  return definitionChanges?.lost ?? {};
}

/** A setting's value; for a secret, its keyed hash, or `null` if it has a value without a hash. */
function comparable(snapshot: SnapshotJson, key: Key): unknown {
  const { secrets } = snapshot;
  return Object.hasOwn(secrets, key) ? { hash: secrets[key] } : recordedValue(snapshot, key);
}

/** Whether both snapshots have the secret, but one of them without its hash. */
function isIncomparable({ secrets: then }: SnapshotJson, { secrets: now }: SnapshotJson, key: Key): boolean {
  return Object.hasOwn(then, key) && Object.hasOwn(now, key) && (then[key] === null || now[key] === null);
}

function originIn({ origins }: SnapshotJson, key: Key): Origin | undefined {
  return Object.hasOwn(origins, key) ? origins[key] : undefined;
}

/** How the configuration differs from the snapshot of the run that it resumes. Throws `IDENTITY_CHANGED` for each identity setting that may not differ. */
export function compareRun(then: SnapshotJson, now: SnapshotJson, allowed: IdentityChange = false): ResumeReport {
  const differences = compareSnapshots(then, now);
  const isAllowed = (key: Key): boolean =>
    typeof allowed === 'boolean' ? allowed : allowed.some((one) => isWithin(key, one));
  const issues = differences
    .filter(({ kind, key }) => kind === 'identity' && !isAllowed(key))
    .map(({ key, before, after, to }): Issue => {
      const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
      const message = `was ${shown(before)} when the run began, and is ${shown(after)} now`;
      const suggestion = 'Begin another run, or allow it with `allowIdentityChange`.';
      return { code: 'IDENTITY_CHANGED', key, message, suggestion, ...(to && { origin: to }) };
    });
  throwIssues(issues, `resuming ${now.name}`);
  return { fingerprint: then.fingerprint, differences };
}

/** Reads a snapshot. Throws `UNAVAILABLE` if there is no document, and `CORRUPT` if it is not a snapshot. */
export function readSnapshot(store: Store): SnapshotJson {
  const text = store.local?.readSync().text ?? null;
  if (text === null) throw problem('UNAVAILABLE', `${store.name} does not exist`);
  const snapshot = parsedJson(text, MOST_LEVELS);
  if (!isSnapshot(snapshot)) throw problem('CORRUPT', `${store.name} is not a snapshot of a configuration`);
  return snapshot;
}

function problem(code: ErrorCode, message: string): ConfigError {
  return new ConfigError([{ code, message }]);
}
