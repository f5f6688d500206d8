import { ConfigError } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Layer } from '../layer.ts';
import type { FilePlace } from '../sources/file-place.ts';
import type { Rename } from '../sources/rename.ts';
import type { SourceResult } from '../sources/source.ts';
import type { Authorship, Revision, StoredDocument } from '../stores/store.ts';
import { checkedEntry } from './checked-entry.ts';
import type { ConflictChoice } from './conflict.ts';
import type { Current } from './current.ts';
import { draftedEdits } from './draft.ts';
import { changesOf, type FileChange, type Rewriting } from './file-change.ts';
import type { Attempt, FileDocument, ReadDocument, WrittenDocument } from './file-document.ts';
import type { Edit, FileLayer } from './file-layer.ts';
import { type HistoryEntry, type HistoryOptions, history, type RollbackOptions, rolledBack } from './history.ts';
import type { Reloads } from './reload.ts';

/** What a save did. */
export interface SaveResult {
  /** What is another in the file now; empty where nothing had to be written. */
  readonly written: readonly FileChange[];
  /** Where a document that could not be read was kept, before a full reset replaced it. */
  readonly keptAside?: string;
  /** What could not be assured, in a sentence: it is saved all the same. */
  readonly warning?: string;
}

/** How a save settles what another writer changed as well: nothing is written then, unless told. */
export interface SaveOptions extends Authorship {
  readonly conflict?: ConflictChoice;
}

/** What of a configuration has to do with its file layer. */
export interface FileParts {
  readonly name: string;
  readonly current: Current;
  readonly document: FileDocument | undefined;
  readonly reloads: Reloads;
}

/** How the file layer stands when a write of it begins. */
interface Begun {
  /** How often layers that were read were swapped in by then. */
  readonly swaps: number;
  /** The places of the document that it was read from. */
  readonly place: FilePlace | undefined;
  /** The text that it was read from; `undefined` where that had anything to be told of. */
  readonly text: string | undefined;
  /** The changes that were there. */
  readonly changes: ReadonlySet<Edit>;
}

interface HowToWrite {
  readonly choose: ConflictChoice;
  readonly authorship: Authorship;
  /** Changes in memory that are forgotten by it. */
  readonly unsaved?: readonly Edit[];
}

/** A write that is under way. */
interface Underway {
  /** The changes that it took with it. */
  readonly edits: readonly Edit[];
  readonly begun: Begun;
  /** What its last attempt was to write. */
  made?: Parameters<Attempt['writes']>[0];
}

/** A document as it stands in its store now. */
interface LatestDocument extends ReadDocument {
  readonly stored: StoredDocument;
}

/** The file layer as this process changes it: in memory, and in its store. */
export class FileChanges {
  readonly #parts: FileParts;
  readonly #writes = new Set<Underway>();

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  get #current(): Current {
    return this.#parts.current;
  }

  /** What a save would write. */
  get pending(): readonly FileChange[] {
    const { file, schema } = this.#current;
    const { document } = this.#parts;
    const rewritings = [...(file?.edits.values() ?? [])].map(({ key, written }) => {
      return { key, base: file?.base(key), written: document ? document.standing(key, written) : written };
    });
    return changesOf(rewritings, schema);
  }

  /** Puts a checked value into the layer in memory; `undefined` removes the key. */
  edit(key: Key, value: unknown): Edit {
    const file = this.#layer();
    const entry = checkedEntry(this.#current, { key, value, layer: 'file', location: `${this.#place()} (not saved)` });
    return { key, written: entry?.written, base: file.base(key), ...(entry && { entry }) };
  }

  async save({ conflict = 'fail', ...authorship }: SaveOptions): Promise<SaveResult> {
    const edits = [...this.#layer().edits.values()];
    const choose: ConflictChoice =
      typeof conflict === 'function' ? (between) => this.#checkedAnswer(between.key, conflict(between)) : conflict;
    return this.#writing(edits, { choose, authorship });
  }

  async update(change: (draft: unknown) => void | Promise<void>, authorship: Authorship): Promise<SaveResult> {
    return this.#underWay([], async (begun, attempt) => {
      let made: readonly Edit[] = [];
      const drafted = async (text: string): Promise<readonly Edit[]> => {
        made = await this.#drafted(text, change);
        return made;
      };
      const how = { choose: 'mine', known: begun.place, authorship, attempt } as const;
      const written = await this.#document().write(drafted, how);
      return this.#written(made, written, begun);
    });
  }

  async reset(key: Key | undefined, authorship: Authorship): Promise<SaveResult> {
    if (key !== undefined) this.#current.setting(key);
    const keys = key === undefined ? this.#current.keys() : [key];
    const edits = keys.map((known): Edit => ({ key: known, written: undefined, base: this.#layer().base(known) }));
    const unsaved = keys.flatMap((known) => this.#layer().edits.get(known) ?? []);
    if (key !== undefined) return this.#writing(edits, { choose: 'mine', authorship, unsaved });
    const begun = this.#begun();
    const rewritten = await this.#document().empty(edits, authorship);
    this.#layer().forget(unsaved);
    return this.#written(edits, rewritten, begun);
  }

  /** The states of the document, newest first. */
  async history(options: HistoryOptions): Promise<readonly HistoryEntry[]> {
    if (options.key !== undefined) this.#current.setting(options.key);
    return history(this.#document(), this.#current.schema, options);
  }

  /** Writes the document of an earlier revision anew. */
  async rollback(revision: Revision, options: RollbackOptions): Promise<SaveResult> {
    const begun = this.#begun();
    const known = begun.place?.text;
    const { edits, ...rewritten } = await rolledBack(this.#document(), revision, { ...options, known });
    if (options.dryRun) return { written: changesOf(edits, this.#current.schema) };
    return this.#written(edits, rewritten, begun);
  }

  async rename(): Promise<readonly Rename[]> {
    const begun = this.#begun();
    const rewritten = await this.#document().rename();
    await this.#written([], rewritten, begun);
    return rewritten.renames;
  }

  /** Writes `edits` to the document, and takes it over. */
  #writing(edits: readonly Edit[], { choose, authorship, unsaved = [] }: HowToWrite): Promise<SaveResult> {
    return this.#underWay(edits, async (begun, attempt) => {
      const written = await this.#document().write(edits, { choose, known: begun.place, authorship, attempt });
      this.#layer().forget(unsaved);
      return this.#written(edits, written, begun);
    });
  }

  /**
   * Runs `work`, which writes. What one of several that are under way has written stands in the document before it is
   * taken over here: the text that the next one finds tells that it is no other writer's.
   */
  async #underWay(
    edits: readonly Edit[],
    work: (begun: Begun, attempt: Attempt) => Promise<SaveResult>,
  ): Promise<SaveResult> {
    const begun = this.#begun();
    const write: Underway = { edits, begun };
    this.#writes.add(write);
    const begins = (text: string): void => {
      for (const { made, begun: before } of this.#writes) if (made?.text === text) this.#goOnFrom(made.changes, before);
    };
    const writes: Attempt['writes'] = (made) => {
      write.made = made;
    };
    try {
      return await work(begun, { begins, writes });
    } finally {
      this.#writes.delete(write);
    }
  }

  /** What settles a conflict, as the document is to say it. Throws `INVALID_VALUE`. */
  #checkedAnswer(key: Key, value: unknown): unknown {
    return checkedEntry(this.#current, { key, value, layer: 'file', location: this.#place() })?.written;
  }

  #begun(): Begun {
    const { swaps, reading } = this.#parts.reloads;
    const { document, issues = [], warnings = [] } = reading.readings.get('file') ?? {};
    const isClean = issues.length === 0 && warnings.length === 0 && this.#layer().read.problems.size === 0;
    const text = isClean ? document?.text : undefined;
    return { swaps, place: document, text, changes: new Set(this.#changes()) };
  }

  #changes(): readonly Edit[] {
    return [...this.#layer().edits.values(), ...[...this.#writes].flatMap(({ edits }) => edits)];
  }

  #layer(): FileLayer {
    const { file } = this.#current;
    if (!file) throw readOnly('has no file layer', 'Give the definition a `file`, and "file" among its `layers`.');
    return file;
  }

  #document(): FileDocument {
    if (!this.#parts.document) throw readOnly('has no file to be saved in', 'Give the definition a `file`.');
    return this.#parts.document;
  }

  #place(): string {
    return this.#parts.document?.store.name ?? 'memory';
  }

  /** The changes that a program's function makes to the file layer as it stands in `text`. */
  #drafted(text: string, change: (draft: unknown) => void | Promise<void>): Promise<readonly Edit[]> {
    const file = text === this.#begun().text ? this.#layer().read : this.#document().read(text).layer;
    return draftedEdits(this.#current, { file, change, what: `the update of ${this.#parts.name}` });
  }

  /** Takes over what was written, and what others had written before. */
  async #written(edits: readonly Edit[], rewritten: WrittenDocument, begun: Begun): Promise<SaveResult> {
    const { warning, keptAside, changes = edits } = rewritten;
    const written = changesOf(changes, this.#current.schema);
    this.#goOnFrom(changes, begun);
    if (!this.#takenOver(edits, rewritten, begun)) {
      const latest = await this.#latest(rewritten, begun);
      const file = this.#layer();
      const isGood = latest?.layer.problems.size === 0;
      const layer = isGood ? latest.layer : file.with(latest ? placed(edits, latest.layer) : edits);
      const { document, ...others } = latest?.reading ?? NOTHING;
      file.forget(edits);
      const reading = isGood && document ? { ...others, document } : others;
      this.#parts.reloads.wrote(layer, reading, new Set(edits.map(({ key }) => key)));
      if (isGood && !others.issues?.length) await this.#document().keep(latest.stored);
    } else await this.#document().keep(rewritten.stored);
    return { written, ...(keptAside !== undefined && { keptAside }), ...(warning !== undefined && { warning }) };
  }

  /** What was written is no other writer's to a change that was made since the writing began. */
  #goOnFrom(written: readonly Rewriting[], begun: Begun): void {
    const said = new Map(written.map((one) => [one.key, one.written]));
    for (const change of this.#changes())
      if (said.has(change.key) && !begun.changes.has(change)) change.base = said.get(change.key);
  }

  /**
   * Takes over what was written where it was written over the very text that the layer was read from: all that it says
   * of other settings is known then, and the cost does not grow with their number.
   */
  #takenOver(edits: readonly Edit[], { from, edited }: WrittenDocument, { swaps, place, text }: Begun): boolean {
    const isSame = from !== undefined && from === text && swaps === this.#parts.reloads.swaps;
    if (!isSame || !edited || !place) return false;
    const { said } = edited;
    const layer = this.#document().said(said, edits, place);
    if (!layer) return false;
    const file = this.#layer();
    const written = [...said.keys()];
    // What was left to another writer is what was read of it, and no change of ours any more.
    const keys = [...new Set([...written, ...edits.map(({ key }) => key)])];
    // Whoever hears of a change hears where the old value stood.
    if (this.#parts.reloads.isHeard) file.settle(written);
    this.#parts.reloads.wroteOnly(keys, () => {
      place.becomes(edited.text, edited.splices);
      file.wrote(written, layer);
      file.forget(edits);
    });
    return true;
  }

  /**
   * The document after it was written. Where something was read or written since that began, it may be older or newer
   * than what was written: then the document is read again. `undefined` where that can't be done.
   */
  async #latest(written: WrittenDocument, begun: Begun): Promise<LatestDocument | undefined> {
    const { reloads } = this.#parts;
    try {
      let { stored } = written;
      for (let { swaps } = begun; swaps !== reloads.swaps; ) {
        swaps = reloads.swaps;
        stored = await this.#document().store.read();
      }
      return { ...this.#document().read(stored.text ?? ''), stored };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return undefined;
    }
  }
}

const NOTHING: SourceResult = { entries: new Map() };

/** The edits, each with the place that it has in the document now. */
function placed(edits: readonly Edit[], { entries, problems }: Layer): readonly Edit[] {
  return edits.map((edit) => {
    const entry = problems.has(edit.key) ? undefined : entries.get(edit.key);
    return edit.entry && entry ? { ...edit, entry } : edit;
  });
}

/** The error of what a configuration has not got to write to. */
export function readOnly(message: string, suggestion: string): ConfigError {
  return new ConfigError([{ code: 'READ_ONLY', message: `the configuration ${message}`, suggestion }]);
}
