import type { AnyNode, ArrayNode, MemberNode, ObjectNode, ValueNode } from '@humanwhocodes/momoa';
import { listUnsafeNumbers } from '../json/diagnostics.ts';
import { isInexactNumber } from '../json/inexact-number.ts';
import type { JsonMember, JsonNode } from '../json/node.ts';
import { JsonSyntaxError, type JsonTree } from '../json/parse.ts';
import type { FileFormat } from './file-format.ts';
import { loadPeer } from './peer.ts';
import { checkBrackets, checkMarks, contentOf, findDuplicates, SizeLimit } from './tree.ts';

/** JSON5, which varve only reads. */
export const json5Format: FileFormat = {
  name: 'JSON5',
  blank: '{}\n',
  read: (text) => contentOf(parseJson5(text)),
  parse: parseJson5,
  tree: (text) => parseJson5(text).root,
  splicedTree: (_root, text) => parseJson5(text).root,
};

/** The tree of a JSON5 text. Throws `JsonSyntaxError`, whose message never quotes the text. */
function parseJson5(text: string): JsonTree {
  const { parse } = loadPeer<typeof import('@humanwhocodes/momoa')>({ name: '@humanwhocodes/momoa', format: 'JSON5' });
  if (/^\s*$/.test(text)) return { root: undefined, duplicates: [], unsafe: [] };
  checkMarks(text, /[\n,/[{]/g, 'lines, commas, slashes and opening brackets');
  checkBrackets(text);
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  try {
    const document = parse(text.slice(mark), { mode: 'json5', ranges: true, allowTrailingCommas: true });
    return new TreeBuilder(text, mark).build(document.body);
  } catch (error) {
    const { offset } = error as { readonly offset?: unknown };
    if (error instanceof JsonSyntaxError || typeof offset !== 'number') throw error;
    throw new JsonSyntaxError('expected JSON5: check quotes, commas and brackets', offset + mark);
  }
}

class TreeBuilder {
  readonly #text: string;
  /** The length of the byte order mark, which the package does not see. */
  readonly #mark: number;
  readonly #unsafe: JsonNode[] = [];
  readonly #limit = new SizeLimit();

  constructor(text: string, mark: number) {
    this.#text = text;
    this.#mark = mark;
  }

  build(body: ValueNode): JsonTree {
    const root = this.#node(body, 0);
    return { root, duplicates: findDuplicates(root), unsafe: listUnsafeNumbers(root, this.#unsafe) };
  }

  #node(node: ValueNode, depth: number): JsonNode {
    const { start, end } = this.#span(node);
    this.#limit.count(depth, start);
    switch (node.type) {
      case 'Object':
        return { kind: 'object', start, end, members: this.#members(node, depth) };
      case 'Array':
        return { kind: 'array', start, end, items: this.#items(node, depth) };
      case 'String':
        return { kind: 'string', value: node.value, start, end };
      case 'Boolean':
        return { kind: 'boolean', value: node.value, start, end };
      case 'Null':
        return { kind: 'null', value: null, start, end };
      default:
        return this.#number(node, start, end);
    }
  }

  #members({ members }: ObjectNode, depth: number): readonly JsonMember[] {
    return (members as readonly MemberNode[]).map(({ name, value }) => {
      const { start, end } = this.#span(name);
      const text = name.type === 'Identifier' ? name.name : name.value;
      return { name: text, nameStart: start, nameEnd: end, value: this.#node(value, depth + 1) };
    });
  }

  #items({ elements }: ArrayNode, depth: number): readonly JsonNode[] {
    return elements.map(({ value }) => this.#node(value, depth + 1));
  }

  #number(node: Extract<ValueNode, { type: 'Number' | 'NaN' | 'Infinity' }>, start: number, end: number): JsonNode {
    const infinity =
      node.type === 'Infinity' && node.sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const value = node.type === 'Number' ? node.value : node.type === 'NaN' ? Number.NaN : infinity;
    const number: JsonNode = { kind: 'number', value, start, end };
    if (isUnsafe(value, this.#text.slice(start, end))) this.#unsafe.push(number);
    return number;
  }

  #span(node: AnyNode): { readonly start: number; readonly end: number } {
    const [start, end] = node.range ?? [0, 0];
    return { start: start + this.#mark, end: end + this.#mark };
  }
}

function isUnsafe(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return true;
  const digits = source.replace(/^[-+]/, '');
  return /^0x/i.test(digits) ? !Number.isSafeInteger(value) : isInexactNumber(digits, Math.abs(value));
}
