import type { Key } from './key.ts';
import type { LayerName, Origin } from './layer.ts';

/** The entry of one layer for a setting. */
export interface ExplainedCandidate extends Origin {
  /** The text as it was written, where it was text. */
  readonly raw?: string;
  /** The value that it provides; absent if its text has none. */
  readonly value: unknown;
  /** `merged`: below the winner, but some members of an `Object` come from here. `empty`: a text that has no value. */
  readonly state: 'wins' | 'merged' | 'shadowed' | 'empty' | 'invalid';
  /** Why it is invalid. */
  readonly problem?: string;
  /** What the value was computed from by its references, or by the function of a derived default. */
  readonly computedFrom?: readonly ExplainedPart[];
}

/** A value that another one was computed from. */
export interface ExplainedPart {
  /** Its name in a reference: `data_dir`, `env:HOME`, `file:/run/secrets/token`. */
  readonly name: string;
  /** Absent if it has none; redacted if it is sensitive. */
  readonly value?: unknown;
  /** Where it was written; absent if it has no value. */
  readonly origin?: Origin;
  /** What this value itself was computed from. */
  readonly computedFrom?: readonly ExplainedPart[];
}

/** Where the value of a setting comes from, and the entries of all layers. Values of sensitive settings are redacted. */
export interface Explanation {
  /** The setting. */
  readonly key: Key;
  /** The value in effect; of one that JSON cannot hold, such as a `Map` or a `Date`, the JSON that it was made of. */
  readonly value: unknown;
  /** Whether values and raw texts are replaced by `********`. */
  readonly redacted: boolean;
  /** What the setting is for. */
  readonly doc?: string;
  /** `nat`, `number`, `"debug" | "info"`; absent for a setting that the schema does not have. */
  readonly format?: string;
  /** Absent where no layer has a valid entry. */
  readonly winner?: Origin;
  /** The value of a setting with `reload: false` at the next start, where it differs from the value now. */
  readonly atNextStart?: { readonly value: unknown; readonly winner?: Origin };
  /** Whether the setting must have a value: the program does not start without one. Absent if it need not. */
  readonly required?: true;
  /** The value without the winner. */
  readonly without?: { readonly layer: LayerName; readonly value: unknown };
  /** Highest layer first; only layers that have an entry. */
  readonly candidates: readonly ExplainedCandidate[];
}

/** How a setting is explained. */
export interface ExplainOptions {
  /** The layer whose entry is left out, such as `env`. */
  readonly without?: LayerName;
}
