import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Entries, Entry, LayerEntries, LayerName, Origin } from '../layer.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import type { ExtendsMember } from './extends-member.ts';

/** The names of one setting that a source can use. */
export interface SettingView {
  /** The setting. */
  readonly key: Key;
  /** Its environment variable, if it has one. */
  readonly variable?: string;
  /** Its flag with the dashes, if it has one. */
  readonly flag?: string;
  /** Whether its value is redacted. */
  readonly sensitive: boolean;
}

/** The settings that a source can ask for. */
export interface SchemaView {
  /** Every setting, in the schema's order. */
  settings(): Iterable<SettingView>;
  /** `undefined` for an unknown key. */
  setting(key: Key): SettingView | undefined;
  /** The settings of this read, which get the names that its layers give; absent if the schema takes no names. @internal */
  readonly schema?: Schema;
  /** Whether the program starts: only then is a copy used in place of a store. @internal */
  readonly isStart?: boolean;
}

/** The entries of a source, and the problems that do not belong to one value. */
export interface SourceResult {
  /**
   * By key. An entry with text in `raw` is decoded by the setting's format; one with a `value` is checked. Keys may be
   * unknown keys, aliases and groups.
   */
  readonly entries: Entries;
  /** Problems that stop the load. */
  readonly issues?: readonly Issue[];
  /** Problems that do not. */
  readonly warnings?: readonly Issue[];
  /** Entries under deprecated names that are not keys. @internal */
  readonly deprecated?: readonly DeprecatedEntry[];
  /** Names that match no setting. @internal */
  readonly unknown?: readonly UnknownName[];
  /** The names of this kind that settings have. Default: the keys. @internal */
  readonly names?: () => Iterable<string>;
  /** The keys whose entries have an expression, among entries that are already checked. @internal */
  readonly computed?: ReadonlySet<Key>;
  /** The entries, if their values are already checked. @internal */
  readonly checked?: LayerEntries;
  /** The entries, if each is that of a setting by its key. @internal */
  readonly matched?: LayerEntries;
  /** The same, if each has a value too, and nothing else has to be reported. @internal */
  readonly plain?: LayerEntries;
  /** The document that the entries come from, for `documentOf`. @internal */
  readonly document?: unknown;
  /** What messages call the file or document that the entries would come from, if it does not exist. @internal */
  readonly absent?: string;
  /** The files that it extends. @internal */
  readonly extended?: ExtendsMember;
  /** What messages call the file, if another file extends it and the definition does not list it. @internal */
  readonly extendedFile?: string | undefined;
  /** Called when the result is valid and in use. Never rejects. @internal */
  accepted?(): Promise<void>;
}

/** An entry with a deprecated name. */
export interface DeprecatedEntry {
  readonly setting: Setting;
  readonly entry: Entry;
  /** The deprecated name as written: `old_key`, `RL_OLD_KEY`, `--old-key`. */
  readonly name: string;
  /** The name to write instead. */
  readonly instead: string;
}

/** A name that matches no setting. */
export interface UnknownName {
  /** The name as written. It is compared with the names of settings to suggest one. */
  readonly name: string;
  /** Whether it can only be meant for a setting, however far its name is from those of the settings. */
  readonly isCertain?: true;
  /** The key, for a name that is one. */
  readonly key?: Key;
  readonly message: string;
  readonly origin: Origin;
  readonly frame?: string | undefined;
  /** A suggestion in place of the nearest name. */
  readonly suggestion?: string | undefined;
  /** The entry of the key if unknown keys are allowed; absent for a name that cannot be a key. */
  readonly entry?: Entry;
}

/** Produces a layer. A program may add its own sources anywhere in the stack. */
export interface Source {
  /** The name of its layer, unique in the stack. */
  readonly name: LayerName;
  /** Reads all entries. `loadConfigSync` rejects a source that returns a promise. */
  read(schema: SchemaView): SourceResult | Promise<SourceResult>;
  /** Starts a watch. A source without this method is read again whenever another one changes. */
  watch?(options: SourceWatchOptions): SourceWatch;
}

/** How to watch a source. */
export interface SourceWatchOptions {
  /** The settings to ask for. */
  readonly schema: SchemaView;
  /** How often to poll, in milliseconds. */
  readonly poll?: number;
  /** Call it whenever the watch's `read` may return another result. */
  changed(): void;
}

/** A running watch. Its timers and handles must not keep the process alive. */
export interface SourceWatch {
  /** Resolves when the watch has begun: it reports every change after that. */
  readonly ready: Promise<void>;
  /**
   * Reads the source, but skips states that do not last, such as a truncated file during a write. `undefined`: the
   * state does not last, and `changed` will be called.
   */
  read(schema?: SchemaView): SourceResult | Promise<SourceResult> | undefined;
  /** After it resolves, `changed` is not called again. */
  close(): Promise<void>;
}
