import type { Alias, Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { listUnsafeNumbers } from '../json/diagnostics.ts';
import { isInexactNumber } from '../json/inexact-number.ts';
import type { JsonMember, JsonNode } from '../json/node.ts';
import { JsonSyntaxError, type JsonTree } from '../json/parse.ts';
import { findDuplicates, SizeLimit } from './tree.ts';

/** How a value is written in a YAML text. */
export interface YamlLayout {
  /** Whether a collection is written in brackets. */
  readonly isFlow: boolean;
  /** Whether the value is `*name`, which repeats another one. */
  readonly isAlias: boolean;
  /** The start of the tag before the value; the start of the value where there is none. */
  readonly outerStart: number;
  /** The end of the `:` or `-` before the value; the start of the value where there is none. */
  readonly markEnd: number;
  /** The start of the `-` of an item; the start of the value where there is none. */
  readonly itemStart: number;
}

export interface YamlTree extends JsonTree {
  readonly layouts: ReadonlyMap<JsonNode, YamlLayout>;
}

type YamlNode = Alias | Scalar | YAMLMap | YAMLSeq;
type Token = { readonly type: string; readonly offset: number; readonly source: string };
type SourcePair = { readonly start?: readonly Token[]; readonly sep?: readonly Token[] | null };

/** The functions of the package that tell its nodes apart. */
export type NodeGuards = Pick<typeof import('yaml'), 'isAlias' | 'isMap' | 'isScalar'>;

/** The tree of a composed YAML document, whose nodes keep their source tokens. Throws `JsonSyntaxError`. */
export function yamlTree(document: Document.Parsed, guards: NodeGuards): YamlTree {
  return new TreeBuilder(guards).build(document.contents as YamlNode | null);
}

/** A value that an alias may repeat. */
interface Anchor {
  readonly node: JsonNode;
  /** How many values it holds, itself included. */
  readonly values: number;
}

class TreeBuilder {
  readonly #layouts = new Map<JsonNode, YamlLayout>();
  readonly #unsafe: JsonNode[] = [];
  readonly #anchors = new Map<string, Anchor>();
  /** The anchors whose values are being built. */
  readonly #open = new Set<string>();
  readonly #limit = new SizeLimit();
  readonly #guards: NodeGuards;
  #values = 0;

  constructor(guards: NodeGuards) {
    this.#guards = guards;
  }

  build(contents: YamlNode | null): YamlTree {
    const isEmpty =
      contents === null || (this.#guards.isScalar(contents) && contents.value === null && contents.source === '');
    const root = isEmpty && !contents?.tag ? undefined : this.#node(contents, undefined, 0);
    const unsafe = listUnsafeNumbers(root, this.#unsafe);
    return { root, duplicates: findDuplicates(root), unsafe, layouts: this.#layouts };
  }

  #node(node: YamlNode | null, marks: Marks | undefined, depth: number): JsonNode {
    const [start, end] = node?.range ?? [marks?.end ?? 0, marks?.end ?? 0];
    this.#limit.count(depth, start);
    const before = this.#values++;
    const anchor = node && 'anchor' in node ? node.anchor : undefined;
    if (anchor) {
      this.#anchors.delete(anchor);
      this.#open.add(anchor);
    }
    const built = this.#value(node, { start, end, depth });
    if (anchor) {
      this.#open.delete(anchor);
      this.#anchors.set(anchor, { node: built, values: this.#values - before });
    }
    this.#layouts.set(built, {
      isFlow: node !== null && 'items' in node && node.flow === true,
      isAlias: node !== null && this.#guards.isAlias(node),
      outerStart: Math.min(marks?.outer ?? start, start),
      markEnd: marks?.end ?? start,
      itemStart: marks?.start ?? start,
    });
    return built;
  }

  #value(node: YamlNode | null, at: { start: number; end: number; depth: number }): JsonNode {
    const { start, end, depth } = at;
    if (node === null) return { kind: 'null', value: null, start, end };
    if (this.#guards.isAlias(node)) return this.#alias(node.source, at);
    if (this.#guards.isScalar(node)) return this.#scalar(node, start, end);
    const sources = (node.srcToken as { items?: readonly SourcePair[] } | undefined)?.items ?? [];
    if (this.#guards.isMap(node)) {
      const members = node.items.map((pair, index) => this.#member(pair as Pair, sources[index], depth));
      return { kind: 'object', members, start, end: node.flow ? end : (members.at(-1)?.value.end ?? end) };
    }
    const items = node.items.map((item, index) => {
      // `[a: 1]` is a list with a map of one pair, for which the package has no node of its own.
      return this.#node(item as YamlNode | null, marksOf(sources[index]?.start, 'seq-item-ind'), depth + 1);
    });
    return { kind: 'array', items, start, end: node.flow ? end : (items.at(-1)?.end ?? end) };
  }

  #member({ key, value }: Pair, source: SourcePair | undefined, depth: number): JsonMember {
    const name = key as YamlNode | null;
    const nameStart = name?.range?.[0] ?? 0;
    if (name === null || !this.#guards.isScalar(name) || name.value === null)
      throw new JsonSyntaxError('expected a name that is a string', nameStart);
    const nameEnd = name.range?.[1] ?? nameStart;
    if (name.anchor) this.#anchors.set(name.anchor, { node: this.#scalar(name, nameStart, nameEnd), values: 1 });
    if (name.value === '<<' && name.type === 'PLAIN')
      throw new JsonSyntaxError('merge keys (<<) are not part of YAML 1.2: write the members out', nameStart);
    const marks = marksOf(source?.sep, 'map-value-ind') ?? { start: nameEnd, end: nameEnd };
    const node = this.#node(value as YamlNode | null, marks, depth + 1);
    return { name: typeof name.value === 'string' ? name.value : (name.source ?? ''), nameStart, nameEnd, value: node };
  }

  #alias(name: string, { start, end, depth }: { start: number; end: number; depth: number }): JsonNode {
    const anchor = this.#anchors.get(name);
    if (!anchor && this.#open.has(name))
      throw new JsonSyntaxError('an alias must not refer to a value that contains it', start);
    if (!anchor) throw new JsonSyntaxError('the alias refers to an anchor that is not defined before it', start);
    this.#limit.count(depth, start, anchor.values);
    this.#values += anchor.values;
    return { ...anchor.node, start, end };
  }

  #scalar(node: Scalar, start: number, end: number): JsonNode {
    const { value } = node;
    if (value === null) return { kind: 'null', value, start, end };
    if (typeof value === 'boolean') return { kind: 'boolean', value, start, end };
    if (typeof value !== 'number') return { kind: 'string', value: String(value), start, end };
    const number: JsonNode = { kind: 'number', value, start, end };
    if (isUnsafe(value, node.source ?? '')) this.#unsafe.push(number);
    return number;
  }
}

/** Where the `:` or `-` before a value is, and the tag after it. */
interface Marks {
  readonly start: number;
  readonly end: number;
  readonly outer?: number | undefined;
}

function marksOf(tokens: readonly Token[] | null | undefined, type: string): Marks | undefined {
  const mark = tokens?.find((token) => token.type === type);
  const outer = tokens?.find((token) => token.type === 'tag')?.offset;
  return mark && { start: mark.offset, end: mark.offset + mark.source.length, outer };
}

/** Whether JavaScript cannot hold a number as the text writes it: infinite, not a number, or with digits that get lost. */
function isUnsafe(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return true;
  if (/^[-+]?0[xo]/.test(source)) return !Number.isSafeInteger(value);
  return isInexactNumber(source.replace(/^[-+]/, ''), Math.abs(value));
}
