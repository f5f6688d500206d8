import { isObject } from './edit-plan.ts';
import { type Container, type Layout, layoutOf, type Style } from './layout.ts';
import type { JsonNode } from './node.ts';
import { memberOf } from './tree.ts';

/** The most characters of a new list of scalars on one line. */
const SHORT_LIST = 60;

export interface PrintOptions {
  readonly style: Style;
  /** The indentation of the line that the value begins in; `undefined` keeps all of it on one line. */
  readonly indent: string | undefined;
  /** What it replaces: parts that stay equal keep their spelling, and the rest its layout. */
  readonly old?: JsonNode | undefined;
}

/** The JSON text of a plain value, for a position in `text`. */
export function printValue(text: string, value: unknown, { style, indent, old }: PrintOptions): string {
  if (old !== undefined && equalsNode(old, value)) return text.slice(old.start, old.end);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const children: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (children.length === 0) return isList ? '[]' : '{}';
  const replaced = keepsKind(old, isList) ? old : undefined;
  const layout = replaced ? layoutOf(text, replaced, style) : newLayout(value, style, indent);
  const parts = children.map(([name, child]) => {
    const inner = printValue(text, child, { style, indent: layout.indent, old: replaced && childOf(replaced, name) });
    return isList ? inner : printMember(name, inner, style);
  });
  const content = `${layout.open}${parts.join(`,${layout.between}`)}${layout.close}`;
  return isList ? `[${content}]` : `{${content}}`;
}

export function printMember(name: string, value: string, style: Style): string {
  return `${JSON.stringify(name)}${style.colon}${value}`;
}

/** Whether a node has the value; two spellings of a number are equal, and of members with one name the last counts. */
export function equalsNode(node: JsonNode, value: unknown): boolean {
  if (node.kind === 'array') {
    const { items } = node;
    return (
      Array.isArray(value) && items.length === value.length && items.every((item, i) => equalsNode(item, value[i]))
    );
  }
  if (node.kind !== 'object') return node.value === value;
  if (!isObject(value)) return false;
  const members = new Map(node.members.map((member) => [member.name, member.value]));
  if (members.size !== Object.keys(value).length) return false;
  return [...members].every(([name, member]) => Object.hasOwn(value, name) && equalsNode(member, value[name]));
}

function keepsKind(old: JsonNode | undefined, isList: boolean): old is Container {
  if (old?.kind === 'array') return isList && old.items.length > 0;
  return old?.kind === 'object' && !isList && old.members.length > 0;
}

function childOf(container: Container, name: string): JsonNode | undefined {
  return container.kind === 'array' ? container.items[Number(name)] : memberOf(container, name)?.value;
}

/** A group is never padded within a line, which distinguishes it from an empty one that was filled. */
function newLayout(value: object, style: Style, indent: string | undefined): Layout {
  if (indent === undefined || isShortList(value))
    return { open: '', between: style.blank, close: '', indent: undefined };
  const inner = style.lineBreak + indent + style.unit;
  return { open: inner, between: inner, close: style.lineBreak + indent, indent: indent + style.unit };
}

function isShortList(value: object): boolean {
  return (
    Array.isArray(value) &&
    value.length < SHORT_LIST &&
    value.every((item) => typeof item !== 'object' || item === null) &&
    JSON.stringify(value).length + value.length <= SHORT_LIST
  );
}
