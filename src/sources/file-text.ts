import type { Issue } from '../errors.ts';
import { type DuplicateMember, JsonSyntaxError } from '../json/parse.ts';
import { type JsonContent, readJson } from '../json/read.ts';
import { hasReservedName, isPlainObject, type JsonObject, RESERVED_NAME } from '../json/value.ts';
import { didYouMean, type Key, segments } from '../key.ts';
import type { Entries, Entry, Origin, SettingRef } from '../layer.ts';
import { type DeprecatedNames, deprecatedNames } from '../schema/names.ts';
import { type Group, type Schema, Setting, type Settings } from '../schema/setting.ts';
import { FilePlace, type FileText } from './file-place.ts';
import { type Former, withFormer } from './former.ts';
import type { SourceResult } from './source.ts';

/** What happens to keys that the schema does not have: reported, refused, or taken as settings without a type. */
export type UnknownKeys = 'warn' | 'error' | 'allow';

/** What a file says of the settings, each with its line and column. A file that can't be parsed says nothing but why. */
export function readFileText(file: FileText, schema: Schema, unknown: UnknownKeys): SourceResult {
  const place = new FilePlace(file, schema.hasSecrets);
  try {
    const content = readJson(file.text, file);
    if (content.value === undefined || isPlainObject(content.value)) {
      return new FileReader(content, { place, schema, unknown }).reading(content.value ?? {});
    }
    return { entries: new Map(), issues: [place.issue('CORRUPT', place.nodeAt([]), 'must hold a JSON object')] };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { offset, message, isTooLarge } = error;
    const at = { start: offset, end: offset + 1 };
    const issue = isTooLarge
      ? place.issue('TOO_LARGE', at, `is too large: ${message}`)
      : place.issue('CORRUPT', at, `is not valid JSON: ${message}`);
    return { entries: new Map(), issues: [issue] };
  }
}

/** How many issues of one file are listed. */
const MOST_TOLD = 1_000;

/** What the file says of one setting. */
class FileEntry implements Entry {
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
}

/** What the file says of a setting since `value` was written under its key. */
export function fileEntry(key: Key, value: unknown, place: FilePlace): Entry {
  return new FileEntry({ key }, value, place);
}

/**
 * What the file says, by the place of each setting: its value, or an entry that has more to it. Entries are made when
 * they are asked for.
 */
class FileEntries implements Entries {
  readonly size: number;
  readonly #leaves: Settings;
  readonly #said: readonly unknown[];
  readonly #extras: ReadonlyMap<Key, Entry>;
  readonly #place: FilePlace;

  constructor(leaves: Settings, said: Said, place: FilePlace) {
    this.#leaves = leaves;
    this.#said = said.bySetting;
    this.#extras = said.extras;
    this.#place = place;
    this.size = said.count + said.extras.size;
  }

  get(key: Key): Entry | undefined {
    const leaf = this.#leaves.get(key);
    return leaf ? this.of(leaf) : this.#extras.get(key);
  }

  of(setting: SettingRef): Entry | undefined {
    const said = this.#said[setting.index];
    if (said === undefined) return undefined;
    return said instanceof DoubtfulEntry ? said : new FileEntry(setting, said, this.#place);
  }

  has(key: Key): boolean {
    const leaf = this.#leaves.get(key);
    return leaf ? this.#said[leaf.index] !== undefined : this.#extras.has(key);
  }

  *keys(): MapIterator<Key> {
    for (const leaf of this.#leaves.values()) if (this.#said[leaf.index] !== undefined) yield leaf.key;
    yield* this.#extras.keys();
  }

  unknownKeys(): Iterable<Key> {
    return this.#extras.keys();
  }
}

/** An entry with something wrong in it whatever its setting's format is. */
class DoubtfulEntry implements Entry {
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
}

/** What was found of the settings. */
interface Said {
  readonly bySetting: unknown[];
  readonly extras: Map<Key, Entry>;
  count: number;
}

interface Surroundings {
  readonly place: FilePlace;
  readonly schema: Schema;
  readonly unknown: UnknownKeys;
}

class FileReader {
  readonly #content: JsonContent;
  readonly #place: FilePlace;
  readonly #schema: Schema;
  readonly #unknown: UnknownKeys;
  readonly #formerNames: DeprecatedNames;
  readonly #said: Said;
  readonly #formers: Former[] = [];
  readonly #issues: Issue[] = [];
  readonly #warnings: Issue[] = [];
  #untold = 0;

  constructor(content: JsonContent, { place, schema, unknown }: Surroundings) {
    this.#content = content;
    this.#place = place;
    this.#schema = schema;
    this.#unknown = unknown;
    this.#formerNames = deprecatedNames(schema);
    this.#said = { bySetting: new Array(schema.settings.size).fill(undefined), extras: new Map(), count: 0 };
  }

  reading(values: JsonObject): SourceResult {
    for (const duplicate of this.#content.duplicates) this.#reportDuplicate(duplicate);
    this.#readGroup(values, this.#schema.root, []);
    if (this.#untold > 0) {
      const message = `has ${this.#untold} more problems, which are not listed`;
      this.#warnings.push(this.#place.issue('INVALID_VALUE', { start: 0, end: 1 }, message));
    }
    const own = new FileEntries(this.#schema.settings, this.#said, this.#place);
    const { entries, warnings } = withFormer(this.#schema, own, this.#formers);
    return { entries, issues: this.#issues, warnings: [...this.#warnings, ...warnings], document: this.#place };
  }

  /** Reads the members of a group, of one that there was before where the schema has none at `path`. */
  #readGroup(values: JsonObject, group: Group | undefined, path: readonly string[]): void {
    for (const name of Object.keys(values)) {
      const child = group?.child(name);
      const value = values[name];
      if (child instanceof Setting) {
        this.#said.bySetting[child.index] = this.#doubt(child, value) ?? value;
        this.#said.count += 1;
      } else if (child && isPlainObject(value)) this.#readGroup(value, child, [...path, name]);
      else if (child) this.#refuse([...path, name], 'must be an object: it is a group of settings');
      else this.#readOther(value, [...path, name]);
    }
  }

  /** Reads what the schema does not have. */
  #readOther(value: unknown, path: readonly string[]): void {
    const name = path.at(-1) as string;
    const key = path.join('.');
    const former = name.includes('.') ? undefined : this.#formerNames.keys.get(key);
    if (name === RESERVED_NAME) this.#refuse(path, 'is a name that no setting may have');
    else if (former) this.#formers.push({ leaf: former, entry: this.#entry(key, value), name: key, now: former.key });
    // A name with a dot in it is no path, though it may look like the key of one.
    else if (!name.includes('.') && isPlainObject(value) && this.#formerNames.groups.has(key))
      this.#readGroup(value, undefined, path);
    else this.#readUnknown(value, path);
  }

  #entry(key: Key, value: unknown): Entry {
    return this.#doubt({ key }, value) ?? fileEntry(key, value, this.#place);
  }

  /** What is wrong with a value whatever its setting's format is; `undefined` for nothing. */
  #doubt(setting: { readonly key: Key }, value: unknown): DoubtfulEntry | undefined {
    if (typeof value === 'object' && hasReservedName(value)) {
      const problem = `must not have a member called ${RESERVED_NAME}`;
      return new DoubtfulEntry(new FileEntry(setting, value, this.#place), problem);
    }
    return this.#content.unsafe.length === 0 ? undefined : this.#inexact(setting.key, value);
  }

  /** An entry with a number in it that can't be held as it is written: that number is what is shown. */
  #inexact(key: Key, value: unknown): DoubtfulEntry | undefined {
    const node = this.#place.nodeAt(segments(key));
    const number = node && this.#content.unsafe[this.#firstUnsafe(node.start)];
    if (!number || number.end > node.end) return undefined;
    const verb = node.kind === 'number' ? 'be a number' : 'have numbers';
    const problem = `must ${verb} that can be held exactly: at most ±(2^53-1)`;
    const { layer } = this.#place;
    const origin = { layer, name: key, location: this.#place.at(number.start) };
    return new DoubtfulEntry({ value, origin, frame: this.#place.frame(number) }, problem);
  }

  /** Which of the numbers that can't be held stands first behind an offset; they are in the order of the text. */
  #firstUnsafe(offset: number): number {
    const { unsafe } = this.#content;
    let low = 0;
    let high = unsafe.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((unsafe[middle]?.start ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #readUnknown(value: unknown, path: readonly string[]): void {
    const name = path.at(-1) as string;
    const key = path.join('.');
    if (key === '$schema') return;
    if (this.#unknown === 'allow' && !name.includes('.') && name !== '') {
      this.#said.extras.set(key, this.#entry(key, value));
      return;
    }
    const isError = this.#unknown === 'error';
    this.#tell(isError ? this.#issues : this.#warnings, () => {
      const suggestion = this.#suggestion(name) ?? didYouMean(key, this.#schema.settings.keys());
      const code = isError ? 'INVALID_VALUE' : 'UNKNOWN_KEY';
      const place = this.#place.nameAt(path);
      return this.#place.issue(code, place, 'is not a setting', { key, ...(suggestion && { suggestion }) });
    });
  }

  /** A dotted name is one member; who writes it usually means a path. */
  #suggestion(name: string): string | undefined {
    if (!this.#schema.settings.has(name)) return undefined;
    return `Nest it instead: ${name.split('.').reduceRight((inner, part) => `{ ${JSON.stringify(part)}: ${inner} }`, '…')}.`;
  }

  #refuse(path: readonly string[], message: string): void {
    this.#tell(this.#issues, () => {
      return this.#place.issue('INVALID_VALUE', this.#place.nodeAt(path), message, { key: path.join('.') });
    });
  }

  #reportDuplicate({ path, firstOffset, offset }: DuplicateMember): void {
    const place = { start: offset, end: offset + 1 };
    const message = `stands twice, here and at ${this.#place.at(firstOffset)}: the last counts`;
    this.#tell(this.#warnings, () => this.#place.issue('INVALID_VALUE', place, message, { key: this.#shownKey(path) }));
  }

  /** A file may hold a million mistakes: who has seen a thousand knows enough. */
  #tell(told: Issue[], issue: () => Issue): void {
    if (told.length < MOST_TOLD) told.push(issue());
    else this.#untold += 1;
  }

  /** The key of a path; what a sensitive setting has inside is not shown, its names neither. */
  #shownKey(path: readonly string[]): Key {
    for (let depth = 1; depth < path.length; depth++) {
      const key = path.slice(0, depth).join('.');
      const leaf = this.#schema.settings.get(key) ?? this.#formerNames.keys.get(key);
      if (leaf?.sensitive) return key;
    }
    return path.join('.');
  }
}
