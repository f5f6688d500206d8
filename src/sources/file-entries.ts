import type { Issue } from '../errors.ts';
import type { FileFormat } from '../formats/file-format.ts';
import type { JsonNode, Splice } from '../json/node.ts';
import { codeFrame, type LineIndex, lineIndex } from '../json/position.ts';
import { memberOf, nodeAt } from '../json/tree.ts';
import { foldedName, type Key, segments } from '../key.ts';
import type { Entry, LayerEntries, LayerName, Origin, SettingRef, VariantChoice } from '../layer.ts';
import { type MemberPath, memberPathText } from '../schema/member-path.ts';
import type { Settings } from '../schema/setting.ts';
import { earlierRanges } from './earlier-place.ts';

/** The text of a layer. */
export interface FileText {
  readonly text: string;
  /** The name in origins: `config/app.json`. */
  readonly name: string;
  readonly layer: LayerName;
  readonly format: FileFormat;
  /** The choice between variants whose members the text contains; absent if it contains all settings. */
  readonly choice?: VariantChoice | undefined;
}

/** A range of the text. */
export type Place = Pick<JsonNode, 'start' | 'end'>;

const BEGINNING: Place = { start: 0, end: 1 };

/** The line starts and the tree of a text, computed on first use and kept for later ones. */
class Index {
  #lines: LineIndex | undefined;
  readonly #text: string;
  readonly #format: FileFormat;
  #known: JsonNode | undefined;

  constructor({ text, format }: FileText, known: JsonNode | undefined) {
    this.#text = text;
    this.#format = format;
    this.#known = known;
  }

  get lines(): LineIndex {
    this.#lines ??= lineIndex(this.#text);
    return this.#lines;
  }

  /** The tree, if it has been parsed. */
  get known(): JsonNode | undefined {
    return this.#known;
  }

  get root(): JsonNode | undefined {
    this.#known ??= this.#format.tree(this.#text);
    return this.#known;
  }
}

/** Finds locations in a text on request, so that entries need not store them. */
export class FilePlace {
  readonly layer: LayerName;
  readonly #file: FileText;
  readonly #hasSecrets: boolean;
  readonly #edited: JsonNode | undefined;
  #index: WeakRef<Index> | undefined;
  #stored: FilePlace | undefined;
  #ranges: ReadonlyMap<number, Place> | undefined;

  /** `edited` is the tree that an edit produced with the text; the next edit begins with it. */
  constructor(file: FileText, hasSecrets: boolean, edited?: JsonNode) {
    this.layer = file.layer;
    this.#file = file;
    this.#hasSecrets = hasSecrets;
    this.#edited = edited;
  }

  /** The locations of a migrated text: those in the text that is stored. */
  static migrated(file: FileText, stored: FileText, hasSecrets: boolean): FilePlace {
    const place = new FilePlace(file, hasSecrets);
    place.#stored = new FilePlace(stored, hasSecrets);
    return place;
  }

  /** The text that is stored, where that of the document was migrated from it. */
  get storedText(): string | undefined {
    return this.#stored?.text;
  }

  /** The text of the document. */
  get text(): string {
    return this.#file.text;
  }

  /** The tree of the document, parsed on first access. */
  get root(): JsonNode | undefined {
    return this.#indexed().root;
  }

  /** The node at a path of the document. */
  nodeAt(path: readonly string[]): JsonNode | undefined {
    const { choice } = this.#file;
    return nodeAt(this.root, choice ? path.slice(segments(choice.group).length) : path);
  }

  /** The range of the member's name at a path. */
  nameAt(path: readonly string[]): Place {
    const around = this.nodeAt(path.slice(0, -1));
    const member = around?.kind === 'object' ? memberOf(around, path.at(-1) ?? '') : undefined;
    return member ? { start: member.nameStart, end: member.nameEnd } : BEGINNING;
  }

  /** The locations of the text that these splices produce. */
  after(text: string, splices: readonly Splice[]): FilePlace {
    const root = this.#index?.deref()?.known ?? this.#edited;
    return new FilePlace(
      { ...this.#file, text },
      this.#hasSecrets,
      root && this.#file.format.splicedTree(root, text, splices),
    );
  }

  /** The origin of the setting with this key in the document. */
  origin(key: Key): Origin {
    const place = this.#find(key);
    return { layer: this.layer, name: key, location: place ? this.at(place.start) : this.#file.name };
  }

  /** The origin of a member of a setting's value, which the document may spell differently: `max_norm` for `maxNorm`. */
  memberOrigin(key: Key, path: MemberPath): Origin | undefined {
    let node = this.#find(key);
    for (const step of path) node = node && memberNode(node, step);
    return node && { layer: this.layer, name: `${key}.${memberPathText(path)}`, location: this.at(node.start) };
  }

  /** The lines around a setting. */
  frameOf(key: Key): string | undefined {
    const place = this.#hasSecrets ? undefined : this.#find(key);
    return place && this.frame(place);
  }

  at(offset: number): string {
    if (this.#stored) {
      const range = this.#storedRange(offset);
      return range ? this.#stored.at(range.start) : this.#file.name;
    }
    const { line, column } = this.#indexed().lines.at(offset);
    return `${this.#file.name}:${line}:${column}`;
  }

  /** The lines around a range; none if any setting is sensitive, as the lines could have its value. */
  frame({ start, end }: Place): string | undefined {
    if (this.#stored) {
      const range = this.#storedRange(start);
      return range && this.#stored.frame(range);
    }
    return this.#hasSecrets ? undefined : codeFrame(this.#file.text, start, end, this.#indexed().lines);
  }

  issue(code: Issue['code'], place: Place | undefined, message: string, more: Partial<Issue> = {}): Issue {
    const origin: Origin = {
      layer: this.layer,
      name: more.key ?? this.#file.name,
      location: this.at((place ?? BEGINNING).start),
    };
    const frame = this.frame(place ?? BEGINNING);
    const named = more.key === undefined ? `${this.#file.name} ${message}` : message;
    return { code, message: named, origin, ...(frame !== undefined && { frame }), ...more };
  }

  /** Where the stored text has what is at an offset of the migrated one. */
  #storedRange(offset: number): Place | undefined {
    this.#ranges ??= earlierRanges(this.#stored?.root, this.root);
    return this.#ranges.get(offset);
  }

  #find(key: Key): JsonNode | undefined {
    return this.nodeAt(segments(key));
  }

  #indexed(): Index {
    let index = this.#index?.deref();
    if (!index) {
      index = new Index(this.#file, this.#edited);
      this.#index = new WeakRef(index);
    }
    return index;
  }
}

/** The member or element of a node, by its name or else by a name that differs in case, `-` and `_` alone. */
function memberNode(node: JsonNode, step: string | number): JsonNode | undefined {
  if (node.kind === 'array') return node.items[Number(step)];
  if (node.kind !== 'object') return undefined;
  const name = String(step);
  const member = memberOf(node, name) ?? node.members.findLast((one) => foldedName(one.name) === foldedName(name));
  return member?.value;
}

/** The entry of a file for one setting. */
export class FileEntry implements Entry {
  readonly value: unknown;
  readonly #setting: { readonly key: Key };
  readonly #place: FilePlace;

  constructor(setting: { readonly key: Key }, value: unknown, place: FilePlace) {
    this.value = value;
    this.#setting = setting;
    this.#place = place;
  }

  get origin(): Origin {
    return this.#place.origin(this.#setting.key);
  }

  get frame(): string | undefined {
    return this.#place.frameOf(this.#setting.key);
  }

  memberOrigin(path: MemberPath): Origin | undefined {
    return this.#place.memberOrigin(this.#setting.key, path);
  }
}

const NONE_EDITED: ReadonlyMap<number, unknown> = new Map();
/** How many edited values are kept beside the others before all are copied. */
const MOST_EDITED = 64;

/** The entries of a file for the settings of a schema, each made when it is asked for. */
export class FileEntries implements LayerEntries {
  readonly #settings: Settings;
  readonly #values: readonly unknown[];
  /** The values that edits changed, by the index of their setting, so that an edit does not copy all of them. */
  readonly #edited: ReadonlyMap<number, unknown>;
  readonly #place: FilePlace;
  #size: number | undefined;

  /** The values are in the order of the settings: `undefined` where the file has no entry. */
  constructor(
    settings: Settings,
    values: readonly unknown[],
    place: FilePlace,
    edited: ReadonlyMap<number, unknown> = NONE_EDITED,
  ) {
    this.#settings = settings;
    this.#values = values;
    this.#edited = edited;
    this.#place = place;
  }

  #value(index: number): unknown {
    return this.#edited.size > 0 && this.#edited.has(index) ? this.#edited.get(index) : this.#values[index];
  }

  get size(): number {
    if (this.#size === undefined) {
      this.#size = 0;
      for (const { index } of this.#settings.values()) if (this.#value(index) !== undefined) this.#size += 1;
    }
    return this.#size;
  }

  get(key: Key): Entry | undefined {
    const setting = this.#settings.get(key);
    return setting && this.of(setting);
  }

  of(setting: SettingRef): Entry | undefined {
    const value = this.#value(setting.index);
    if (value === undefined) return undefined;
    return value instanceof DoubtfulEntry ? value : new FileEntry(setting, value, this.#place);
  }

  valueFor({ index }: SettingRef): unknown {
    const value = this.#value(index);
    return value instanceof DoubtfulEntry ? undefined : value;
  }

  has(key: Key): boolean {
    const setting = this.#settings.get(key);
    return setting !== undefined && this.#value(setting.index) !== undefined;
  }

  *keys(): MapIterator<Key> {
    for (const { key, index } of this.#settings.values()) if (this.#value(index) !== undefined) yield key;
  }

  get unknownKeys(): Iterable<Key> {
    return [];
  }

  /** The entries of the file at `place`, which has these values for some settings, and the values of this one for all others. */
  with(changes: ReadonlyMap<Key, unknown>, place: FilePlace): FileEntries {
    const edited = new Map(this.#edited);
    for (const [key, value] of changes) {
      const setting = this.#settings.get(key);
      if (setting) edited.set(setting.index, value);
    }
    if (edited.size <= MOST_EDITED) return new FileEntries(this.#settings, this.#values, place, edited);
    const values = [...this.#values];
    for (const [index, value] of edited) values[index] = value;
    return new FileEntries(this.#settings, values, place);
  }
}

/** An entry with a problem that does not depend on the format of its setting. */
export class DoubtfulEntry implements Entry {
  readonly value: unknown;
  readonly problem: string;
  readonly #entry: Entry;

  constructor(entry: Entry, problem: string) {
    this.value = entry.value;
    this.problem = problem;
    this.#entry = entry;
  }

  get origin(): Origin {
    return this.#entry.origin;
  }

  get frame(): string | undefined {
    return this.#entry.frame;
  }

  memberOrigin(path: MemberPath): Origin | undefined {
    return this.#entry.memberOrigin?.(path);
  }
}
