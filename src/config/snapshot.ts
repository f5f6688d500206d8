import { canonicalJson } from '../json/canonical.ts';
import { frozenCopy, type JsonObject, plainJson, valueAt } from '../json/value.ts';
import { withValues } from '../json/with-values.ts';
import { type Key, segments } from '../key.ts';
import { type Origin, plainOrigin, REDACTED } from '../layer.ts';
import { hmacSha256, sha256 } from '../stores/sha256.ts';
import type { ConfigState } from './config-state.ts';
import { requireSnapshot } from './snapshot-shape.ts';

/** What a snapshot is made of. */
export interface SnapshotParts<V = unknown> {
  /** What the definition calls the configuration. */
  readonly name: string;
  /** All values of one moment, deeply frozen; a `SnapshotJson` has sensitive ones redacted. */
  readonly values: V;
  /** Where the value of each setting was written. */
  readonly origins: Readonly<Record<Key, Origin>>;
  /**
   * The SHA-256, in hexadecimal digits, of the canonical JSON (RFC 8785) of the `identity` settings: an object from
   * key to value, or to keyed hash for secrets. The same in every process, machine and language.
   */
  readonly fingerprint: string;
  /** The keys that the fingerprint is made of. */
  readonly identity: readonly Key[];
  /** The sensitive settings that have a value, each with its keyed hash; `null` without a `fingerprintKey`. */
  readonly secrets: Readonly<Record<Key, string | null>>;
}

/** A snapshot as JSON: values of sensitive settings are redacted. */
export interface SnapshotJson extends SnapshotParts<JsonObject> {
  /** The version of this format and of the fingerprint's rule. */
  readonly varve: 1;
  /** The fingerprint of the run that this one repeats. */
  readonly repeats?: string;
  /** How the settings differ from those of the repeated run; absent if they do not. */
  readonly definitionChanges?: DefinitionChanges;
}

/**
 * How the definition has changed between a run and its repetition. The fingerprint of the repetition is computed over
 * the settings of the run, under the keys that they had there, and over the gained settings that do not have their default.
 */
export interface DefinitionChanges {
  /** From the key of a renamed setting to the key that it has in the fingerprint. */
  readonly renamed: Readonly<Record<Key, Key>>;
  /** The settings that the run did not have. Those that still have their default are not in `identity`. */
  readonly gained: readonly Key[];
  /** The values that the run had for settings that the definition no longer has; those of secrets are redacted. */
  readonly lost: Readonly<Record<Key, unknown>>;
}

/** The values of one moment, their origins and their fingerprint. */
export class Snapshot<V = unknown> implements SnapshotParts<V> {
  readonly name: string;
  readonly origins: Readonly<Record<Key, Origin>>;
  readonly fingerprint: string;
  readonly identity: readonly Key[];
  readonly secrets: Readonly<Record<Key, string | null>>;
  readonly #values: V;
  readonly #redacted: JsonObject;

  static {
    const value = function (this: Snapshot): unknown {
      return this.toJSON();
    };
    // What `console.log` of Node.js asks an object for.
    Object.defineProperty(Snapshot.prototype, Symbol.for('nodejs.util.inspect.custom'), { value });
  }

  /** @internal */
  constructor({ name, values, origins, fingerprint, identity, secrets }: SnapshotParts<V>, redacted: JsonObject) {
    this.name = name;
    this.#values = values;
    this.#redacted = redacted;
    this.origins = origins;
    this.fingerprint = fingerprint;
    this.identity = identity;
    this.secrets = secrets;
  }

  /**
   * All values of one moment, secrets included; deeply frozen. It is not an own member: a clone, a spread and
   * every inspection leave it out.
   */
  get values(): V {
    return this.#values;
  }

  /**
   * The snapshot as plain JSON, redacted, to store beside a run, clone or send. `resume` and programs in other
   * languages read it.
   */
  toJSON(): SnapshotJson {
    const { name, origins, fingerprint, identity, secrets } = this;
    return { varve: 1, name, fingerprint, values: this.#redacted, origins, identity, secrets };
  }
}

export interface SnapshotOptions {
  readonly name: string;
  /** Puts secrets into the fingerprint, by their hash under this text; without it they are left out. */
  readonly fingerprintKey?: string | undefined;
  /** Gives renamed secrets their earlier keys, with which they are hashed. */
  readonly definitionChanges?: DefinitionChanges | undefined;
}

/** The snapshot of a configuration as it is now. */
export function snapshotOf(current: ConfigState, options: SnapshotOptions): Snapshot {
  const { name, fingerprintKey } = options;
  const { schema, values, json } = current;
  const origins: Record<Key, Origin> = {};
  const secrets: Record<Key, string | null> = {};
  const settings: Record<Key, unknown> = {};
  for (const key of current.keys()) {
    const setting = schema.settings.get(key);
    const value = plainJson(valueAt(json, segments(key)));
    const origin = current.entry(key)?.origin;
    if (value === undefined || !origin) continue;
    origins[key] = Object.freeze(plainOrigin(origin));
    if (setting?.sensitive) secrets[key] = hashOf(identityKey(options, key), value, fingerprintKey);
    const known = setting?.sensitive ? secrets[key] : value;
    if (setting?.node.identity !== false && (known !== null || !setting?.sensitive)) settings[key] = known;
  }
  const fingerprint = sha256(canonicalJson(settings));
  const identity = Object.freeze(Object.keys(settings));
  const redacted = redactedValues(current, plainJson(json) as JsonObject);
  const parts = {
    name,
    values,
    origins: Object.freeze(origins),
    fingerprint,
    identity,
    secrets: Object.freeze(secrets),
  };
  return new Snapshot(parts, frozenCopy(redacted) as JsonObject);
}

/** The values with `********` in place of those of sensitive settings. */
export function redactedValues({ schema }: ConfigState, values: JsonObject): JsonObject {
  const secrets = schema.settings
    .values()
    .filter(({ sensitive, path }) => sensitive && valueAt(values, path) !== undefined);
  if (secrets.length === 0) return values;
  return withValues(
    values,
    secrets.map(({ path }) => [path, REDACTED]),
  );
}

/**
 * The fingerprint of a snapshot's JSON, computed anew: equal to its `fingerprint` unless the text was changed.
 * @example
 * import { defineConfig, loadConfigSync } from 'varve';
 * import { snapshotFingerprint } from 'varve/tools';
 *
 * const definition = defineConfig({ name: 'trainer', settings: { lr: 0.1 } });
 * const snapshot = loadConfigSync(definition, { env: {}, argv: [] }).snapshot();
 * console.log(snapshotFingerprint(snapshot.toJSON()) === snapshot.fingerprint); // true
 */
export function snapshotFingerprint(snapshot: SnapshotJson): string {
  requireSnapshot('snapshotFingerprint', snapshot);
  const { identity, secrets } = snapshot;
  const settings = identity.map((key) => [
    identityKey(snapshot, key),
    Object.hasOwn(secrets, key) ? secrets[key] : recordedValue(snapshot, key),
  ]);
  return sha256(canonicalJson(Object.fromEntries(settings)));
}

/** The key that a setting has in the fingerprint. */
export function identityKey({ definitionChanges }: Pick<SnapshotOptions, 'definitionChanges'>, key: Key): Key {
  const renamed = definitionChanges?.renamed ?? {};
  return (Object.hasOwn(renamed, key) && renamed[key]) || key;
}

/** The value of a setting, also of one that the definition has lost before a repetition. */
export function recordedValue({ values, definitionChanges }: SnapshotJson, key: Key): unknown {
  const lost = definitionChanges?.lost ?? {};
  return Object.hasOwn(lost, key) ? lost[key] : valueAt(values, segments(key));
}

/** The key is hashed with the value, so that equal secrets of two settings have different hashes. */
function hashOf(key: Key, value: unknown, secret: string | undefined): string | null {
  return secret === undefined ? null : hmacSha256(secret, canonicalJson([key, value]));
}
