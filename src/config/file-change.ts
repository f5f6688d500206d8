import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Entry } from '../layer.ts';
import { redact } from '../redact.ts';
import type { Schema } from '../schema/setting.ts';
import type { Save } from './save.ts';

/** A change of the file layer. Values of sensitive settings are redacted. */
export interface FileChange {
  /** The setting. */
  readonly key: Key;
  /** The value in the file before; `undefined` if the key was absent. */
  readonly before: unknown;
  /** The value in the file after; `undefined` if the key is removed. */
  readonly after: unknown;
  /** Whether both values are replaced by `********`. */
  readonly redacted: boolean;
}

/** The JSON of a key in the document before and after a write; `undefined` if the key is absent. */
export interface KeyChange {
  readonly key: Key;
  readonly base: unknown;
  readonly written: unknown;
}

/** A change of one key in memory that `save` writes to the document; `written` is the JSON for it. */
export interface Edit extends KeyChange {
  /** The typed value and its origin; absent if the key is removed. */
  readonly entry?: Entry;
  /** The saves that were running when the edit was made: the value that they write is not a conflict. */
  readonly saves?: readonly Save[];
}

/** The changes whose values differ, with sensitive values redacted. */
export function fileChanges(
  changes: Iterable<KeyChange>,
  { settings }: Pick<Schema, 'settings'>,
): readonly FileChange[] {
  return [...changes]
    .filter(({ base, written }) => !isEqual(base, written))
    .map(({ key, base, written }) => {
      const redacted = settings.get(key)?.sensitive === true;
      return { key, before: redact(base, redacted), after: redact(written, redacted), redacted };
    });
}
