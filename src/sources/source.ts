import type { Issue } from '../errors.ts';
import type { Entries, LayerName } from '../layer.ts';
import type { Schema } from '../schema/setting.ts';
import type { FilePlace } from './file-place.ts';

/** What a source says of the settings, and what is wrong with it beyond single values. */
export interface SourceResult {
  /** By key; a key that the schema does not have is a setting of its own under `unknown: 'allow'`. */
  readonly entries: Entries;
  readonly issues?: readonly Issue[];
  readonly warnings?: readonly Issue[];
  /** The document that the entries have their places from, where they come of one. @internal */
  readonly document?: FilePlace;
  /** Is called when what was read was found valid, and is in use. Never rejects. @internal */
  taken?(): Promise<void>;
}

/** Where a layer comes from. A program may put its own anywhere in the stack. */
export interface Source {
  /** The name of its layer, unique in the stack. */
  readonly name: LayerName;
  /** Everything it says now; `loadConfigSync` refuses a source that answers later. */
  read(schema: Schema): SourceResult | Promise<SourceResult>;
  /** Watches it. A source without this is read again whenever another one changes. */
  watch?(watching: SourceWatchOptions): SourceWatch;
}

/** How a source is watched. */
export interface SourceWatchOptions {
  readonly schema: Schema;
  /** How often to look without having been told of a change, in milliseconds. */
  readonly poll?: number;
  /** Is called whenever the watch's `read` may have another answer. */
  changed(): void;
}

/** A source that is watched; its timers and handles keep no process alive. */
export interface SourceWatch {
  /** Resolves once every further change is told. */
  readonly ready: Promise<void>;
  /**
   * What the source says, leaving out states that do not last, such as a file that a writer emptied to fill it again.
   * `undefined`: there is no lasting state just now, and `changed` will be called.
   */
  read(): SourceResult | Promise<SourceResult> | undefined;
  /** After it resolves, `changed` is not called any more. */
  close(): Promise<void>;
}
