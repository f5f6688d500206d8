import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import { redact } from '../redact.ts';
import type { Schema } from '../schema/setting.ts';

/** A change of the file layer. Values of sensitive settings are redacted. */
export interface FileChange {
  readonly key: Key;
  /** What the file said; `undefined` where it said nothing. */
  readonly before: unknown;
  /** What it is to say; `undefined` where the key is removed. */
  readonly after: unknown;
  readonly redacted: boolean;
}

/** What a setting was and is to be in the document. */
export interface Rewriting {
  readonly key: Key;
  readonly base: unknown;
  readonly written: unknown;
}

/** The changes among `rewritings`, as they may be shown. */
export function changesOf(
  rewritings: Iterable<Rewriting>,
  { settings }: Pick<Schema, 'settings'>,
): readonly FileChange[] {
  return [...rewritings]
    .filter(({ base, written }) => !isEqual(base, written))
    .map(({ key, base, written }) => {
      const redacted = settings.get(key)?.sensitive === true;
      return { key, before: redact(base, redacted), after: redact(written, redacted), redacted };
    });
}
