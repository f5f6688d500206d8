import type { SettingNode } from './setting-node.ts';

/** How the text of a format is read; the table stands in `decode.ts`. */
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
  /** As it stands, for the format itself to read a number and its unit from it. */
  | 'quantity'
  /** By the format's own `coerce`. */
  | 'coerced'
  /** By the type of the default, else as the first JSON reading that the format accepts. */
  | 'open';

/** Accepts a value by returning what it becomes, refuses it by throwing. */
export type Validator = (value: unknown, node: SettingNode) => unknown;

/** One format, shared by all settings that have it. */
export interface Format {
  /** What a person calls it: `nat`, `number`, `"debug" | "info"`. */
  readonly name: string;
  readonly text: TextKind;
  /** What convict is told: a format of its own, or nothing where `judge` decides inside it. */
  readonly convict: unknown;
  readonly validate?: Validator;
  readonly coerce?: (text: string) => unknown;
  readonly options?: readonly unknown[];
}

/** A definition's own format, as convict's `addFormats` takes it. */
export interface OwnFormat {
  readonly validate: (value: unknown, node: SettingNode) => void;
  readonly coerce?: (text: string) => unknown;
}

export type OwnFormats = Readonly<Record<string, OwnFormat>>;
