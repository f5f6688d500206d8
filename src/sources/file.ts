import type { Issue } from '../errors.ts';
import {
  type DuplicateMember,
  type JsonDocument,
  type JsonMember,
  type JsonNode,
  JsonSyntaxError,
  nodeAt,
  type ObjectNode,
  parseJson,
  toValue,
} from '../json/parse.ts';
import { codeFrame, type LineIndex, lineIndex } from '../json/position.ts';
import { hasReservedName, RESERVED_NAME } from '../json/value.ts';
import { childKey, didYouMean, type Key, segments } from '../key.ts';
import type { Entry, LayerName, Origin } from '../layer.ts';
import type { Group, Leaf, Schema } from '../schema/leaf.ts';
import type { Store, Stored } from '../stores/store.ts';
import type { Reading, Source } from './source.ts';

/** What happens to keys that the schema does not have: reported, refused, or taken as settings without a type. */
export type UnknownKeys = 'warn' | 'error' | 'allow';

/** A text that holds a layer. */
export interface FileText {
  readonly text: string;
  /** What origins call it: `config/app.json`. */
  readonly name: string;
  readonly layer: LayerName;
  /** Whether comments and trailing commas are part of its language. */
  readonly comments: boolean;
}

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
    const { offset, message } = error;
    const issue = place.issue('CORRUPT', { start: offset, end: offset + 1 }, `is not valid JSON: ${message}`);
    return { entries: new Map(), issues: [issue] };
  }
}

/** Where something stands in the text. */
type Place = Pick<JsonNode, 'start' | 'end'>;

class FilePlace {
  readonly layer: LayerName;
  readonly #file: FileText;
  readonly #lines: LineIndex;
  readonly #hasSecrets: boolean;
  #root: JsonNode | undefined;

  constructor(file: FileText, hasSecrets: boolean) {
    this.layer = file.layer;
    this.#file = file;
    this.#lines = lineIndex(file.text);
    this.#hasSecrets = hasSecrets;
  }

  at(offset: number): string {
    const { line, column } = this.#lines.at(offset);
    return `${this.#file.name}:${line}:${column}`;
  }

  /** The lines around a place; none where some setting is sensitive, for its value could stand there. */
  frame({ start, end }: Place): string | undefined {
    return this.#hasSecrets ? undefined : codeFrame(this.#file.text, start, end);
  }

  /** From where to where the value of a setting stands; where it ends is looked up when it is asked for. */
  span(key: Key, start: number): Place {
    this.#root ??= parseJson(this.#file.text, this.#file).root;
    return { start, end: nodeAt(this.#root, segments(key))?.end ?? start + 1 };
  }

  issue(code: Issue['code'], place: Place, message: string, more: Partial<Issue> = {}): Issue {
    const origin: Origin = { layer: this.layer, name: more.key ?? this.#file.name, location: this.at(place.start) };
    const frame = this.frame(place);
    const named = more.key === undefined ? `${this.#file.name} ${message}` : message;
    return { code, message: named, origin, ...(frame !== undefined && { frame }), ...more };
  }
}

/** What the file says of one setting. Line and column are counted when they are asked for. */
class FileEntry implements Entry {
  readonly value: unknown;
  readonly #key: Key;
  readonly #start: number;
  readonly #place: FilePlace;

  constructor(key: Key, node: JsonNode, place: FilePlace) {
    this.value = toValue(node);
    this.#key = key;
    this.#start = node.start;
    this.#place = place;
  }

  get origin(): Origin {
    return { layer: this.#place.layer, name: this.#key, location: this.#place.at(this.#start) };
  }

  get frame(): string | undefined {
    return this.#place.frame(this.#place.span(this.#key, this.#start));
  }
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
  /** Members that a later one of the same name replaces, by their offset. */
  readonly #replaced: ReadonlySet<number>;
  readonly #entries = new Map<Key, Entry>();
  readonly #issues: Issue[] = [];
  readonly #warnings: Issue[] = [];

  constructor(document: JsonDocument, root: ObjectNode | undefined, { place, schema, unknown }: Surroundings) {
    this.#document = document;
    this.#root = root;
    this.#place = place;
    this.#schema = schema;
    this.#unknown = unknown;
    this.#replaced = new Set(document.duplicates.map(({ firstOffset }) => firstOffset));
  }

  reading(): Reading {
    for (const duplicate of this.#document.duplicates) this.#reportDuplicate(duplicate);
    if (this.#root) this.#readGroup(this.#root, this.#schema.root);
    return { entries: this.#entries, issues: this.#issues, warnings: this.#warnings };
  }

  #readGroup(node: ObjectNode, group: Group): void {
    for (const member of node.members) {
      if (this.#replaced.has(member.nameStart)) continue;
      const key = childKey(group.key, member.name);
      const leaf = this.#schema.leaves.get(key);
      const inner = leaf ? undefined : this.#schema.groups.get(key);
      if (member.name === RESERVED_NAME) this.#refuse(key, member, 'is a name that no setting may have');
      else if (leaf) this.#readLeaf(leaf, member.value);
      else if (!inner) this.#readUnknown(key, member);
      else if (member.value.kind === 'object') this.#readGroup(member.value, inner);
      else this.#refuse(key, member, 'must be an object: it is a group of settings');
    }
  }

  #readLeaf(leaf: Leaf, node: JsonNode): void {
    const entry = new FileEntry(leaf.key, node, this.#place);
    const problem = this.#problem(entry.value, node);
    this.#entries.set(leaf.key, problem === undefined ? entry : { ...described(entry), problem });
  }

  /** What is wrong with a value whatever its setting's format is. */
  #problem(value: unknown, { start, end }: JsonNode): string | undefined {
    if (hasReservedName(value)) return `must not have a member called ${RESERVED_NAME}`;
    const number = this.#document.unsafe[this.#firstUnsafe(start)];
    return number && number.end <= end ? 'must be a number that can be held exactly: at most ±(2^53-1)' : undefined;
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
      const entry = new FileEntry(key, value, this.#place);
      const problem = this.#problem(entry.value, value);
      this.#entries.set(key, problem === undefined ? entry : { ...described(entry), problem });
      return;
    }
    const suggestion = this.#suggestion(name) ?? didYouMean(key, this.#schema.leaves.keys());
    const place = { start: member.nameStart, end: member.nameEnd };
    const code = this.#unknown === 'error' ? 'INVALID_VALUE' : 'UNKNOWN_KEY';
    const issue = this.#place.issue(code, place, 'is not a setting', { key, ...(suggestion && { suggestion }) });
    (this.#unknown === 'error' ? this.#issues : this.#warnings).push(issue);
  }

  /** A dotted name is one member; who writes it usually means a path. */
  #suggestion(name: string): string | undefined {
    if (!this.#schema.leaves.has(name)) return undefined;
    return `Nest it instead: ${name.split('.').reduceRight((inner, part) => `{ ${JSON.stringify(part)}: ${inner} }`, '…')}.`;
  }

  #refuse(key: Key, { value }: JsonMember, message: string): void {
    this.#issues.push(this.#place.issue('INVALID_VALUE', value, message, { key }));
  }

  #reportDuplicate({ path, firstOffset, offset }: DuplicateMember): void {
    const place = { start: offset, end: offset + 1 };
    const message = `stands twice, here and at ${this.#place.at(firstOffset)}: the last counts`;
    this.#warnings.push(this.#place.issue('INVALID_VALUE', place, message, { key: path.join('.') }));
  }
}

/** An entry's own members; those that it computes are no members that a spread would copy. */
function described({ value, origin, frame }: FileEntry): Entry {
  return { value, origin, frame };
}

/** How a document is read as a layer. */
export interface StoreSourceOptions {
  readonly layer: LayerName;
  readonly unknown: UnknownKeys;
  /** Whether it is an issue that the document does not exist. */
  readonly required?: boolean;
}

/** The layer of a document in a store. */
export function storeSource(store: Store, options: StoreSourceOptions): Source {
  return {
    name: options.layer,
    read: (schema) => {
      const reading = ({ text }: Stored): Reading => readStored(store, text, { ...options, schema });
      return store.readSync ? reading(store.readSync()) : store.read().then(reading);
    },
  };
}

/** Whether comments and trailing commas are part of a document's language: by the end of its name. */
export function allowsComments({ name }: Pick<Store, 'name'>): boolean {
  return name.endsWith('.jsonc');
}

/** What the text of a document says of the settings. */
export function readStored(
  store: Store,
  text: string | null,
  { layer, unknown, required, schema }: StoreSourceOptions & { readonly schema: Schema },
): Reading {
  if (text === null) {
    const issue: Issue = { code: 'UNAVAILABLE', message: `${store.name} does not exist` };
    return { entries: new Map(), issues: required ? [issue] : [] };
  }
  return readFileText({ text, name: store.name, layer, comments: allowsComments(store) }, schema, unknown);
}
