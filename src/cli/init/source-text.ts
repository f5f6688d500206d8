import { unicodeEscapes } from '../../escape.ts';
import type { Draft, DraftGroup, DraftSetting } from './draft.ts';

/** The widest line that is written. */
const WIDEST = 110;

export function definitionText({ name, file, settings, envPrefix, dotenv, code }: Draft): string {
  const options = [
    `name: ${literal(name)},`,
    `file: ${code ? code.file : literal(file)},`,
    ...(code ? [`files: ${code.files},`] : []),
    ...(envPrefix === undefined ? [] : [`envPrefix: ${literal(envPrefix)},`]),
    ...(dotenv === undefined ? [] : [`dotenv: ${literal(dotenv)},`]),
    `settings: ${tree(settings, 1)},`,
  ];
  const imports = [...(code?.imports ?? []), "import { defineConfig } from 'varve';"];
  const head = code ? `${imports.join('\n')}\n\n${code.statements}` : imports.join('\n');
  const body = options.map((option) => `  ${option}`).join('\n');
  return `${head}\n\nexport default defineConfig({\n${body}\n});\n`;
}

function tree(group: DraftGroup, depth: number): string {
  const members = Object.entries(group).map(
    ([name, node]) =>
      `${indent(depth + 1)}${memberName(name)}: ${isSetting(node) ? setting(node, name, depth + 1) : tree(node, depth + 1)},`,
  );
  return members.length === 0 ? '{}' : `{\n${members.join('\n')}\n${indent(depth)}}`;
}

function isSetting(node: DraftSetting | DraftGroup): node is DraftSetting {
  return 'default' in node;
}

/** On one line where it fits. */
function setting(node: DraftSetting, name: string, depth: number): string {
  const members = Object.entries(node)
    .filter(([member, value]) => value !== undefined || member === 'default')
    .map(([member, value]) => `${memberName(member)}: ${literal(value)}`);
  const line = `{ ${members.join(', ')} }`;
  if (indent(depth).length + memberName(name).length + line.length + 3 <= WIDEST) return line;
  return `{\n${members.map((member) => `${indent(depth + 1)}${member},`).join('\n')}\n${indent(depth)}}`;
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}

function memberName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name);
}

const CONSTRUCTORS: readonly unknown[] = [String, Number, Boolean, Array, Object, RegExp];

/** A value as source text. */
function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function' && CONSTRUCTORS.includes(value)) return value.name;
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => `${memberName(name)}: ${literal(member)}`);
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return String(value);
}

function quoted(text: string): string {
  const json = JSON.stringify(text).replace(/[\u2028\u2029]/g, unicodeEscapes);
  return text.includes("'") ? json : `'${json.slice(1, -1).replaceAll('\\"', '"')}'`;
}

/** Whether a value can be written as source text. */
export function isLiteral(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) return true;
  if (value instanceof RegExp || CONSTRUCTORS.includes(value)) return true;
  if (Array.isArray(value)) return value.every(isLiteral);
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isLiteral);
}
