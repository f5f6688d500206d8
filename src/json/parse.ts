import { type DuplicateMember, listDuplicates, listUnsafeNumbers, type UnsafeNumber } from './diagnostics.ts';
import type { ArrayNode, JsonMember, JsonNode, ObjectNode } from './node.ts';
import { lineIndex } from './position.ts';
import { COLON, END, MINUS, NINE, Scanner, ZERO } from './scan.ts';
import * as mistakes from './syntax-error.ts';
import { JsonSyntaxError } from './syntax-error.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './tree.ts';

export type { DuplicateMember, UnsafeNumber };
export { JsonSyntaxError };

/** What language a text is in, and how large it may be. */
export interface ParseOptions {
  /** Whether comments and trailing commas are allowed (JSONC). */
  readonly comments: boolean;
  /** How deep brackets may be nested; 512 by default, 1,000 at most because of the stack. */
  readonly maxDepth?: number;
  /** How many values the text may hold; 1,000,000 by default because of the memory. */
  readonly maxValues?: number;
}

/** What a JSON text holds, and what is doubtful about it. */
export interface JsonTree {
  /** `undefined` for a text that holds nothing but white space and comments. */
  readonly root: JsonNode | undefined;
  /** Every member that another of its name replaces. */
  readonly duplicates: readonly DuplicateMember[];
  /** In the order of the text. */
  readonly unsafe: readonly UnsafeNumber[];
}

/**
 * The tree of a JSON text (RFC 8259, or JSONC with `comments`), with the place of everything in it; a leading byte
 * order mark is skipped. Throws `JsonSyntaxError`, whose message never quotes the text, at the first mistake.
 */
export function parseJson(text: string, options: ParseOptions): JsonTree {
  return new Parser(text, options).parse();
}

const STACK_DEPTH = 1_000;
/** How deep brackets may be nested, and how many values a text may hold, by default. */
export const DEFAULT_MAX_DEPTH = 512;
export const DEFAULT_MAX_VALUES = 1_000_000;
/** Up to so many members are compared one by one, which is quicker than a map. */
const FEW_MEMBERS = 8;

class Parser extends Scanner {
  private readonly maxDepth: number;
  private readonly maxValues: number;
  private values = 0;
  private depth = 0;
  /** The members whose names come again, each with those that come after it. */
  private readonly duplicates: Map<JsonMember, JsonMember[]> = new Map();
  private readonly unsafe: JsonNode[] = [];

  constructor(text: string, { comments, maxDepth = DEFAULT_MAX_DEPTH, maxValues = DEFAULT_MAX_VALUES }: ParseOptions) {
    super(text, comments);
    this.maxDepth = Math.min(maxDepth, STACK_DEPTH);
    this.maxValues = maxValues;
  }

  parse(): JsonTree {
    const first = this.next();
    const root = first === END ? undefined : this.value(first);
    if (this.next() !== END) throw this.error(mistakes.endMistake(this.text, this.pos));
    return { root, duplicates: listDuplicates(root, this.duplicates), unsafe: listUnsafeNumbers(root, this.unsafe) };
  }

  private value(code: number): JsonNode {
    if (++this.values > this.maxValues) throw this.tooLarge(`at most ${this.maxValues} values`);
    if (code === QUOTE) {
      const start = this.pos;
      const value = this.string();
      return { kind: 'string', start, end: this.pos, value };
    }
    if (code === OPEN_OBJECT) return this.object();
    if (code === OPEN_ARRAY) return this.array();
    return code === MINUS || (code >= ZERO && code <= NINE) ? this.numberNode(code) : this.word();
  }

  private numberNode(first: number): JsonNode {
    const start = this.pos;
    const value = this.number(first);
    const node: JsonNode = { kind: 'number', start, end: this.pos, value };
    if (this.unsafeNumber) this.unsafe.push(node);
    return node;
  }

  private word(): JsonNode {
    const start = this.pos;
    if (this.takes('true')) return { kind: 'boolean', start, end: this.pos, value: true };
    if (this.takes('false')) return { kind: 'boolean', start, end: this.pos, value: false };
    if (this.takes('null')) return { kind: 'null', start, end: this.pos, value: null };
    throw this.error(mistakes.valueMistake(this.text, start));
  }

  private object(): ObjectNode {
    const start = this.pos;
    this.enter();
    const members: JsonMember[] = [];
    let names: Map<string, number> | undefined;
    let code = this.next();
    while (code !== CLOSE_OBJECT) {
      if (code !== QUOTE) throw this.mistake(mistakes.nameMistake, start);
      const nameStart = this.pos;
      const name = this.string();
      const nameEnd = this.pos;
      const value = this.value(this.afterColon(start));
      if (members.length === FEW_MEMBERS) names = indexesByName(members);
      const first = names === undefined ? indexOfName(members, name) : indexIn(names, name, members.length);
      const member = { name, nameStart, nameEnd, value };
      members.push(member);
      if (first !== -1) this.addDuplicate(members[first] ?? member, member);
      code = this.next();
      if (code === COMMA) code = this.afterComma(CLOSE_OBJECT);
      else if (code !== CLOSE_OBJECT) throw this.mistake(mistakes.memberEndMistake, start);
    }
    this.depth--;
    return { kind: 'object', start, end: ++this.pos, members };
  }

  private array(): ArrayNode {
    const start = this.pos;
    this.enter();
    const items: JsonNode[] = [];
    let code = this.next();
    while (code !== CLOSE_ARRAY) {
      if (code === END) throw this.unclosed(start);
      items.push(this.value(code));
      code = this.next();
      if (code === COMMA) code = this.afterComma(CLOSE_ARRAY);
      else if (code !== CLOSE_ARRAY) throw this.mistake(mistakes.itemEndMistake, start);
    }
    this.depth--;
    return { kind: 'array', start, end: ++this.pos, items };
  }

  /** Steps behind an opening bracket. */
  private enter(): void {
    if (++this.depth > this.maxDepth) throw this.tooLarge(`at most ${this.maxDepth} levels of nesting`);
    this.pos++;
  }

  private afterColon(opened: number): number {
    if (this.next() !== COLON) throw this.mistake(mistakes.colonMistake, opened);
    this.pos++;
    const code = this.next();
    if (code === END) throw this.unclosed(opened);
    return code;
  }

  private afterComma(close: number): number {
    const comma = this.pos++;
    const code = this.next();
    if (code === close && !this.comments) throw new JsonSyntaxError(mistakes.TRAILING_COMMA, comma);
    return code;
  }

  private addDuplicate(first: JsonMember, again: JsonMember): void {
    const known = this.duplicates.get(first);
    if (known) known.push(again);
    else this.duplicates.set(first, [again]);
  }

  /** The mistake at `pos`, inside the bracket at `opened`, which the text may end before it closes. */
  private mistake(tell: (text: string, offset: number) => string, opened: number): JsonSyntaxError {
    return this.pos >= this.text.length ? this.unclosed(opened) : this.error(tell(this.text, this.pos));
  }

  private tooLarge(limit: string): JsonSyntaxError {
    return new JsonSyntaxError(`expected ${limit}`, this.pos, true);
  }

  private unclosed(opened: number): JsonSyntaxError {
    const [what, close] = this.text.charCodeAt(opened) === OPEN_OBJECT ? ['object', '}'] : ['array', ']'];
    const { line } = lineIndex(this.text).at(opened);
    return this.error(`the ${what} that begins in line ${line} is not closed: expected "${close}"`);
  }
}

/** The index of the first member of each name. */
function indexesByName(members: readonly JsonMember[]): Map<string, number> {
  const names = new Map<string, number>();
  members.forEach(({ name }, index) => {
    indexIn(names, name, index);
  });
  return names;
}

/** The index that `names` has for `name`. If it has none, sets it to `index` and returns -1. */
function indexIn(names: Map<string, number>, name: string, index: number): number {
  const known = names.get(name);
  if (known === undefined) names.set(name, index);
  return known ?? -1;
}

function indexOfName(members: readonly JsonMember[], name: string): number {
  for (let index = 0; index < members.length; index++) if (members[index]?.name === name) return index;
  return -1;
}
