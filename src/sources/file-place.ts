import type { Issue } from '../errors.ts';
import { lazyJsonTree, spliceJsonTree } from '../json/lazy-tree.ts';
import { memberOf } from '../json/node.ts';
import { type JsonNode, nodeAt } from '../json/parse.ts';
import { codeFrame, type LineIndex, lineIndex } from '../json/position.ts';
import type { Splice } from '../json/splice.ts';
import { type Key, segments } from '../key.ts';
import type { LayerName, Origin } from '../layer.ts';

/** A text that holds a layer. */
export interface FileText {
  readonly text: string;
  /** What origins call it: `config/app.json`. */
  readonly name: string;
  readonly layer: LayerName;
  /** Whether comments and trailing commas are part of its language. */
  readonly comments: boolean;
}

/** Where something stands in the text. */
export type Place = Pick<JsonNode, 'start' | 'end'>;

const BEGINNING: Place = { start: 0, end: 1 };

/** What is found in a text to answer for a place; kept while somebody asks. */
class Index {
  readonly lines: LineIndex;
  readonly #text: string;
  #known: JsonNode | undefined;

  constructor(text: string, known: JsonNode | undefined) {
    this.lines = lineIndex(text);
    this.#text = text;
    this.#known = known;
  }

  /** The tree, if somebody has looked at it. */
  get known(): JsonNode | undefined {
    return this.#known;
  }

  get root(): JsonNode | undefined {
    this.#known ??= lazyJsonTree(this.#text);
    return this.#known;
  }
}

/**
 * The places of a document. What stands where is looked for when somebody asks, in the text as it is then: so its
 * entries need not remember, and are right after every save.
 */
export class FilePlace {
  readonly layer: LayerName;
  readonly #name: string;
  readonly #hasSecrets: boolean;
  #text: string;
  #index: WeakRef<Index> | undefined;
  /** The tree that a save left, which the next one begins with. */
  #saved: JsonNode | undefined;

  constructor({ text, name, layer }: FileText, hasSecrets: boolean) {
    this.layer = layer;
    this.#name = name;
    this.#text = text;
    this.#hasSecrets = hasSecrets;
  }

  /** The text of the document. */
  get text(): string {
    return this.#text;
  }

  /** The tree of the document, made where it is looked at. */
  get root(): JsonNode | undefined {
    return this.#indexed().root;
  }

  /** What stands at a path of the document. */
  nodeAt(path: readonly string[]): JsonNode | undefined {
    return nodeAt(this.root, path);
  }

  /** Where the name of the member at a path stands. */
  nameAt(path: readonly string[]): Place {
    const around = this.nodeAt(path.slice(0, -1));
    const member = around?.kind === 'object' ? memberOf(around, path.at(-1) ?? '') : undefined;
    return member ? { start: member.nameStart, end: member.nameEnd } : BEGINNING;
  }

  /** Says that the document has another text now, which these splices made of the one before. */
  becomes(text: string, splices: readonly Splice[] | undefined): void {
    const root = this.#index?.deref()?.known ?? this.#saved;
    this.#saved = root && splices && spliceJsonTree(root, text, splices);
    this.#text = text;
    this.#index = undefined;
  }

  /** The origin of a setting that stands in the document under this key. */
  origin(key: Key): Origin {
    const place = this.#find(key);
    return { layer: this.layer, name: key, location: place ? this.at(place.start) : this.#name };
  }

  /** The lines around a setting. */
  frameOf(key: Key): string | undefined {
    const place = this.#hasSecrets ? undefined : this.#find(key);
    return place && this.frame(place);
  }

  at(offset: number): string {
    const { line, column } = this.#indexed().lines.at(offset);
    return `${this.#name}:${line}:${column}`;
  }

  /** The lines around a place; none where some setting is sensitive, for its value could stand there. */
  frame({ start, end }: Place): string | undefined {
    return this.#hasSecrets ? undefined : codeFrame(this.#text, start, end, this.#indexed().lines);
  }

  issue(code: Issue['code'], place: Place | undefined, message: string, more: Partial<Issue> = {}): Issue {
    const origin: Origin = {
      layer: this.layer,
      name: more.key ?? this.#name,
      location: this.at((place ?? BEGINNING).start),
    };
    const frame = this.frame(place ?? BEGINNING);
    const named = more.key === undefined ? `${this.#name} ${message}` : message;
    return { code, message: named, origin, ...(frame !== undefined && { frame }), ...more };
  }

  #find(key: Key): Place | undefined {
    return this.nodeAt(segments(key));
  }

  #indexed(): Index {
    let index = this.#index?.deref();
    if (!index) {
      index = new Index(this.#text, this.#saved);
      this.#index = new WeakRef(index);
    }
    return index;
  }
}
