import type { AST } from 'toml-eslint-parser';
import { listUnsafeNumbers } from '../json/diagnostics.ts';
import { isInexactNumber } from '../json/inexact-number.ts';
import type { JsonMember, JsonNode } from '../json/node.ts';
import { JsonSyntaxError, type JsonTree } from '../json/parse.ts';
import type { FileFormat } from './file-format.ts';
import { loadPeer } from './peer.ts';
import { checkBrackets, checkMarks, contentOf, SizeLimit } from './tree.ts';

/** TOML 1.0, which varve only reads. Dates and times are the strings that the text writes. */
export const tomlFormat: FileFormat = {
  name: 'TOML',
  blank: '',
  read: (text) => contentOf(parseToml(text)),
  parse: parseToml,
  tree: (text) => parseToml(text).root,
  splicedTree: (_root, text) => parseToml(text).root,
};

/** The tree of a TOML text. Throws `JsonSyntaxError`, whose message never quotes the text. */
function parseToml(text: string): JsonTree {
  const { parseTOML } = loadPeer<typeof import('toml-eslint-parser')>({ name: 'toml-eslint-parser', format: 'TOML' });
  checkMarks(text, /[\n,.[{]/g, 'lines, commas, dots and opening brackets');
  checkBrackets(text);
  return new TreeBuilder().build(parsed(text, parseTOML));
}

function parsed(text: string, parseTOML: typeof import('toml-eslint-parser').parseTOML): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: '1.0' });
  } catch (error) {
    // The package passes the characters of a text, a name or a number to one call, which V8 bounds.
    if (error instanceof RangeError)
      throw new JsonSyntaxError('expected texts, names and numbers of less than 100,000 characters', 0, true);
    const { index } = error as { readonly index?: unknown };
    if (typeof index !== 'number') throw error;
    throw new JsonSyntaxError('expected TOML: check quotes, brackets, and names that are defined twice', index);
  }
}

/** An object whose members may be written in several places of the text. */
interface Table {
  readonly kind: 'object';
  start: number;
  end: number;
  readonly members: (JsonMember & { readonly value: JsonNode })[];
}

/** A list whose items may be written in several places of the text. */
interface TableList {
  readonly kind: 'array';
  start: number;
  end: number;
  readonly items: JsonNode[];
}

class TreeBuilder {
  readonly #unsafe: JsonNode[] = [];
  readonly #limit = new SizeLimit();
  /** The members of each table by name. */
  readonly #members = new Map<Table, Map<string, JsonMember>>();

  build(program: AST.TOMLProgram): JsonTree {
    const root: Table = { kind: 'object', start: program.range[0], end: program.range[1], members: [] };
    for (const entry of program.body[0].body) {
      if (entry.type === 'TOMLTable') this.#table(root, entry);
      else this.#keyValue(root, entry);
    }
    this.#unsafe.sort((a, b) => a.start - b.start);
    return { root, duplicates: [], unsafe: listUnsafeNumbers(root, this.#unsafe) };
  }

  #table(root: Table, { kind, key, body, range }: AST.TOMLTable): void {
    let table = root;
    key.keys.forEach((name, index) => {
      const isLast = index === key.keys.length - 1;
      table = this.#inner(table, name, { isNewItem: isLast && kind === 'array', depth: index + 1 });
      table.end = Math.max(table.end, range[1]);
    });
    for (const entry of body) this.#keyValue(table, entry);
  }

  #keyValue(table: Table, { key, value }: AST.TOMLKeyValue): void {
    let inner = table;
    key.keys.slice(0, -1).forEach((name, index) => {
      inner = this.#inner(inner, name, { isNewItem: false, depth: index + 1 });
      inner.end = Math.max(inner.end, value.range[1]);
    });
    const name = key.keys.at(-1);
    if (name) this.#add(inner, name, this.#value(value, key.keys.length));
  }

  /** The table that a name of a header or of a dotted key refers to: of a list of tables, the last. */
  #inner(table: Table, name: AST.TOMLBare | AST.TOMLQuoted, at: { isNewItem: boolean; depth: number }): Table {
    const [start, end] = name.range;
    const found = this.#membersOf(table).get(nameOf(name))?.value as Table | TableList | undefined;
    if (found?.kind === 'object') return found;
    if (found && !at.isNewItem) return found.items.at(-1) as Table;
    this.#limit.count(at.depth, start);
    const added: Table = { kind: 'object', start, end, members: [] };
    if (found) found.items.push(added);
    else
      this.#add(
        table,
        name,
        at.isNewItem ? ({ kind: 'array', start, end, items: [added] } satisfies TableList) : added,
      );
    return added;
  }

  #add(table: Table, name: AST.TOMLBare | AST.TOMLQuoted, value: JsonNode): void {
    const member = { name: nameOf(name), nameStart: name.range[0], nameEnd: name.range[1], value };
    table.members.push(member);
    this.#membersOf(table).set(member.name, member);
  }

  #membersOf(table: Table): Map<string, JsonMember> {
    const known = this.#members.get(table);
    if (known) return known;
    const members = new Map<string, JsonMember>();
    this.#members.set(table, members);
    return members;
  }

  #value(node: AST.TOMLContentNode, depth: number): JsonNode {
    const [start, end] = node.range;
    this.#limit.count(depth, start);
    if (node.type === 'TOMLArray') {
      return { kind: 'array', start, end, items: node.elements.map((item) => this.#value(item, depth + 1)) };
    }
    if (node.type === 'TOMLInlineTable') {
      const table: Table = { kind: 'object', start, end, members: [] };
      for (const entry of node.body) this.#keyValue(table, entry);
      return table;
    }
    if (node.kind === 'string') return { kind: 'string', value: node.value, start, end };
    if (node.kind === 'boolean') return { kind: 'boolean', value: node.value, start, end };
    if (node.kind !== 'integer' && node.kind !== 'float') return { kind: 'string', value: node.datetime, start, end };
    const number: JsonNode = { kind: 'number', value: node.value, start, end };
    if (isUnsafe(node)) this.#unsafe.push(number);
    return number;
  }
}

function isUnsafe(node: AST.TOMLIntegerValue | AST.TOMLFloatValue): boolean {
  if (node.kind === 'integer') return !Number.isSafeInteger(node.value);
  if (!Number.isFinite(node.value)) return true;
  return isInexactNumber(node.number.replace(/^[-+]/, '').replaceAll('_', ''), Math.abs(node.value));
}

function nameOf(name: AST.TOMLBare | AST.TOMLQuoted): string {
  return name.type === 'TOMLBare' ? name.name : name.value;
}
