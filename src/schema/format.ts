import type { SettingNode } from './setting-node.ts';

/** How `decode` reads the text of a format. */
export type TextKind =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'array'
  | 'object'
  | 'regexp'
  | 'option'
  | 'port or pipe'
  /** The text itself; the format's `validate` reads a number and its unit from it. */
  | 'quantity'
  /** What the format's own `coerce` returns. */
  | 'coerced'
  /** By the type of the default, else as the first JSON reading that the format accepts. */
  | 'open';

/** Returns what a value becomes; throws for a value that the format refuses. */
export type Validator = (value: unknown, node: SettingNode) => unknown;

/** One format, shared by all settings that have it. */
export interface Format {
  /** The name in messages and documentation: `nat`, `number`, `"debug" | "info"`. */
  readonly name: string;
  readonly text: TextKind;
  /** Why a value is refused, as a clause: `must be an integer`. Without it, `validate` throws the clause. */
  readonly expected?: string;
  /** The format that convict checks; `undefined` where convict calls `validate`. */
  readonly convict: unknown;
  readonly validate?: Validator;
  readonly coerce?: (text: string) => unknown;
  /** The values of an enumeration. */
  readonly options?: readonly unknown[];
  /** The least and the greatest number. */
  readonly limits?: readonly [least: number, most: number];
  /** A pattern that every text of the format matches, for JSON Schema; `validate` is stricter. */
  readonly pattern?: string;
}

/** A definition's own format, as convict's `addFormats` takes it. */
export interface OwnFormat {
  /** Throws for a value that the format refuses. It gets a copy of objects and lists, so that what it changes there has no effect. */
  readonly validate: (value: unknown, node: SettingNode) => void;
  readonly coerce?: (text: string) => unknown;
}

export type OwnFormats = Readonly<Record<string, OwnFormat>>;
