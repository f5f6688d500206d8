import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Entries, Entry, LayerName, Origin } from '../layer.ts';
import type { Setting } from '../schema/setting.ts';
import type { FileDocument } from './file-document.ts';

/** What a source knows of one setting. */
export interface SettingView {
  readonly key: Key;
  /** The variable that gives it; absent where none does. */
  readonly variable?: string;
  /** The flag that gives it, with its dashes; absent where none does. */
  readonly flag?: string;
  readonly sensitive: boolean;
}

/** What a source knows of the settings. */
export interface SchemaView {
  /** Every setting, in the schema's order. */
  settings(): Iterable<SettingView>;
  /** `undefined` for a key that the schema does not have. */
  setting(key: Key): SettingView | undefined;
}

/** What a source provides, and the problems beyond single values. */
export interface SourceResult {
  /**
   * By key. Text is `raw` and is decoded by the setting's format; a `value` is checked. Unknown keys, aliases and whole
   * groups are taken as from every other source.
   */
  readonly entries: Entries;
  readonly issues?: readonly Issue[];
  readonly warnings?: readonly Issue[];
  /** Entries under deprecated names that are not keys. @internal */
  readonly deprecated?: readonly DeprecatedEntry[];
  /** Names that match no setting. @internal */
  readonly unknown?: readonly UnknownName[];
  /** The names of this kind that settings have; the keys where it is absent. @internal */
  readonly names?: () => Iterable<string>;
  /** The values were checked before. @internal */
  readonly isChecked?: true;
  /** The document that the entries come from. @internal */
  readonly document?: FileDocument;
  /** Is called when the result was found valid and is in use. Never rejects. @internal */
  taken?(): Promise<void>;
}

/** An entry that was written under an earlier name of its setting. */
export interface DeprecatedEntry {
  readonly setting: Setting;
  readonly entry: Entry;
  /** The earlier name as it was written: `old_key`, `RL_OLD_KEY`, `--old-key`. */
  readonly name: string;
  /** The name to write instead. */
  readonly instead: string;
}

/** A name that matches no setting. */
export interface UnknownName {
  /** The name as it was written, which is compared with those of the settings. */
  readonly name: string;
  /** Whether it can only be meant for a setting, however far its name is from those of the settings. */
  readonly isCertain?: true;
  /** The key, for a name that is one. */
  readonly key?: Key;
  readonly message: string;
  readonly origin: Origin;
  readonly frame?: string | undefined;
  /** What to do about it, instead of the nearest name. */
  readonly suggestion?: string | undefined;
  /** The setting that the key becomes where unknown keys are allowed; absent for a name that cannot be a key. */
  readonly entry?: Entry;
}

/** Where a layer comes from. A program may put its own anywhere in the stack. */
export interface Source {
  /** The name of its layer, unique in the stack. */
  readonly name: LayerName;
  /** Everything that it provides now. `loadConfigSync` refuses a source that returns a promise. */
  read(schema: SchemaView): SourceResult | Promise<SourceResult>;
  /** Watches it. A source without this is read again whenever another one changes. */
  watch?(options: SourceWatchOptions): SourceWatch;
}

/** How a source is watched. */
export interface SourceWatchOptions {
  readonly schema: SchemaView;
  /** How often to look for changes that nothing announces, in milliseconds. */
  readonly poll?: number;
  /** Is called whenever the watch's `read` may return something else. */
  changed(): void;
}

/** A source that is watched; its timers and handles keep no process alive. */
export interface SourceWatch {
  /** Resolves once every further change will be announced. */
  readonly ready: Promise<void>;
  /**
   * What the source provides, without states that do not last, such as a file that a writer emptied to fill it again.
   * `undefined`: there is no lasting state just now, and `changed` will be called.
   */
  read(): SourceResult | Promise<SourceResult> | undefined;
  /** After it resolves, `changed` is not called any more. */
  close(): Promise<void>;
}
