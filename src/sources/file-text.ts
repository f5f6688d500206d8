import type { Issue } from '../errors.ts';
import {
  type DuplicateMember,
  type JsonDocument,
  type JsonMember,
  type JsonNode,
  JsonSyntaxError,
  type ObjectNode,
  parseJson,
  toValue,
} from '../json/parse.ts';
import { hasReservedName, RESERVED_NAME } from '../json/value.ts';
import { childKey, didYouMean, type Key } from '../key.ts';
import type { Entry, Origin } from '../layer.ts';
import type { Schema } from '../schema/leaf.ts';
import { type FormerNames, formerNames } from '../schema/names.ts';
import { FilePlace, type FileText, type Place } from './file-place.ts';
import { type Former, withFormer } from './former.ts';
import type { Reading } from './source.ts';

/** What happens to keys that the schema does not have: reported, refused, or taken as settings without a type. */
export type UnknownKeys = 'warn' | 'error' | 'allow';

/** What a file says of the settings, each with its line and column. A file that can't be parsed says nothing but why. */
export function readFileText(file: FileText, schema: Schema, unknown: UnknownKeys): Reading {
  const place = new FilePlace(file, schema.hasSecrets);
  try {
    const document = parseJson(file.text, file);
    if (document.root && document.root.kind !== 'object') {
      return { entries: new Map(), issues: [place.issue('CORRUPT', document.root, 'must hold a JSON object')] };
    }
    return new FileReader(document, document.root, { place, schema, unknown }).reading();
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
  readonly #key: Key;
  readonly #place: FilePlace;

  constructor(key: Key, value: unknown, place: FilePlace) {
    this.value = value;
    this.#key = key;
    this.#place = place;
  }

  get origin(): Origin {
    return this.#place.origin(this.#key);
  }

  get frame(): string | undefined {
    return this.#place.frameOf(this.#key);
  }
}

/** What the file says of a setting since `value` was written under its key. */
export function fileEntry(key: Key, value: unknown, place: FilePlace): Entry {
  return new FileEntry(key, value, place);
}

interface Surroundings {
  readonly place: FilePlace;
  readonly schema: Schema;
  readonly unknown: UnknownKeys;
}

class FileReader {
  readonly #document: JsonDocument;
  readonly #root: ObjectNode | undefined;
  readonly #place: FilePlace;
  readonly #schema: Schema;
  readonly #unknown: UnknownKeys;
  readonly #formerNames: FormerNames;
  /** Members that a later one of the same name replaces, by their offset. */
  readonly #replaced: ReadonlySet<number>;
  readonly #entries = new Map<Key, Entry>();
  readonly #formers: Former[] = [];
  readonly #issues: Issue[] = [];
  readonly #warnings: Issue[] = [];
  #untold = 0;

  constructor(document: JsonDocument, root: ObjectNode | undefined, { place, schema, unknown }: Surroundings) {
    this.#document = document;
    this.#root = root;
    this.#place = place;
    this.#schema = schema;
    this.#unknown = unknown;
    this.#formerNames = formerNames(schema);
    this.#replaced = new Set(document.duplicates.map(({ firstOffset }) => firstOffset));
  }

  reading(): Reading {
    for (const duplicate of this.#document.duplicates) this.#reportDuplicate(duplicate);
    if (this.#root) this.#readGroup(this.#root, '');
    if (this.#untold > 0) {
      const message = `has ${this.#untold} more problems, which are not listed`;
      this.#warnings.push(this.#place.issue('INVALID_VALUE', { start: 0, end: 1 }, message));
    }
    const { entries, warnings } = withFormer(this.#schema, this.#entries, this.#formers);
    return { entries, issues: this.#issues, warnings: [...this.#warnings, ...warnings], document: this.#place };
  }

  #readGroup(node: ObjectNode, group: Key): void {
    for (const member of node.members) {
      if (this.#replaced.has(member.nameStart)) continue;
      const key = childKey(group, member.name);
      if (member.name === RESERVED_NAME) this.#refuse(key, member, 'is a name that no setting may have');
      // A name with a dot in it is no path, though it may look like the key of one.
      else if (member.name.includes('.') || !this.#readKnown(key, member)) this.#readUnknown(key, member);
    }
  }

  /** Reads what the schema has, or had under this key before. */
  #readKnown(key: Key, member: JsonMember): boolean {
    const { value } = member;
    const leaf = this.#schema.leaves.get(key);
    const former = leaf ? undefined : this.#formerNames.keys.get(key);
    const isGroup = this.#schema.groups.has(key);
    // The schema's own text of the key: a copy for each entry would be the larger part of it.
    if (leaf) this.#entries.set(leaf.key, this.#entry(leaf.key, value));
    else if (former) this.#formers.push({ leaf: former, entry: this.#entry(key, value), name: key, now: former.key });
    else if (value.kind === 'object' && (isGroup || this.#formerNames.groups.has(key))) this.#readGroup(value, key);
    else if (isGroup) this.#refuse(key, member, 'must be an object: it is a group of settings');
    else return false;
    return true;
  }

  #entry(key: Key, node: JsonNode): Entry {
    const entry = new FileEntry(key, toValue(node), this.#place);
    // What is wrong with a value whatever its setting's format is.
    if (hasReservedName(entry.value)) {
      return { ...described(entry), problem: `must not have a member called ${RESERVED_NAME}` };
    }
    const number = this.#document.unsafe[this.#firstUnsafe(node.start)];
    return number && number.end <= node.end ? this.#inexact(entry, node, number) : entry;
  }

  /** An entry with a number in it that can't be held as it is written: that number is what is shown. */
  #inexact(entry: FileEntry, node: JsonNode, number: Place): Entry {
    const verb = node.kind === 'number' ? 'be a number' : 'have numbers';
    const problem = `must ${verb} that can be held exactly: at most ±(2^53-1)`;
    const origin = { ...entry.origin, location: this.#place.at(number.start) };
    return { value: entry.value, origin, frame: this.#place.frame(number), problem };
  }

  /** Which of the numbers that can't be held stands first behind an offset; they are in the order of the text. */
  #firstUnsafe(offset: number): number {
    const { unsafe } = this.#document;
    let low = 0;
    let high = unsafe.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((unsafe[middle]?.start ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #readUnknown(key: Key, member: JsonMember): void {
    const { name, value } = member;
    if (key === '$schema') return;
    if (this.#unknown === 'allow' && !name.includes('.') && name !== '') {
      this.#entries.set(key, this.#entry(key, value));
      return;
    }
    const isError = this.#unknown === 'error';
    this.#tell(isError ? this.#issues : this.#warnings, () => {
      const suggestion = this.#suggestion(name) ?? didYouMean(key, this.#schema.leaves.keys());
      const place = { start: member.nameStart, end: member.nameEnd };
      const code = isError ? 'INVALID_VALUE' : 'UNKNOWN_KEY';
      return this.#place.issue(code, place, 'is not a setting', { key, ...(suggestion && { suggestion }) });
    });
  }

  /** A dotted name is one member; who writes it usually means a path. */
  #suggestion(name: string): string | undefined {
    if (!this.#schema.leaves.has(name)) return undefined;
    return `Nest it instead: ${name.split('.').reduceRight((inner, part) => `{ ${JSON.stringify(part)}: ${inner} }`, '…')}.`;
  }

  #refuse(key: Key, { value }: JsonMember, message: string): void {
    this.#tell(this.#issues, () => this.#place.issue('INVALID_VALUE', value, message, { key }));
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
      const leaf = this.#schema.leaves.get(key) ?? this.#formerNames.keys.get(key);
      if (leaf?.sensitive) return key;
    }
    return path.join('.');
  }
}

/** An entry's own members; those that it computes are no members that a spread would copy. */
function described({ value, origin, frame }: FileEntry): Entry {
  return { value, origin, frame };
}
