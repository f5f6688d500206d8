import { unicodeEscapes } from '../escape.ts';
import { isObject } from '../json/edit-plan.ts';
import type { LineBreak } from '../json/gap.ts';

/** Up to so many characters, a new list of scalars is written in brackets. */
const SHORT_LIST = 60;

/** Names and strings that need no quotes. */
const PLAIN = /^[A-Za-z_/][\w./@+-]*$/;
/** Words that YAML 1.2, or YAML 1.1 as other programs read it, takes for something else than a string. */
const RESERVED = /^(null|true|false|yes|no|on|off|y|n)$/i;

/** How a collection is indented. */
export interface YamlStyle {
  readonly lineBreak: LineBreak;
  /** One level of indentation. */
  readonly unit: string;
}

/** A scalar; `quote` is the quote of the string that it replaces. */
export function printScalar(value: unknown, quote?: string): string {
  if (typeof value === 'number') return printNumber(value);
  if (typeof value !== 'string') return String(value);
  if (quote === "'" && isPrintable(value)) return `'${value.replaceAll("'", "''")}'`;
  if (quote === '"') return printQuoted(value);
  return PLAIN.test(value) && !RESERVED.test(value) ? value : printQuoted(value);
}

/** With a decimal point before an exponent: YAML 1.1 takes `1e-7` for a string. */
function printNumber(value: number): string {
  const text = JSON.stringify(value);
  return text.includes('e') && !text.includes('.') ? text.replace('e', '.0e') : text;
}

/** A JSON string, with escapes for the characters that YAML does not allow, or takes for line breaks. */
function printQuoted(value: string): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, unicodeEscapes);
}

function isPrintable(value: string): boolean {
  return !/[^\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(value);
}

/** A value in brackets, on one line. */
export function printFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printFlow).join(', ')}]`;
  if (!isObject(value)) return printScalar(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${printScalar(name)}: ${printFlow(member)}`)
    .join(', ')}}`;
}

/** What follows `name:` or `-` on its line and below, for a collection whose lines begin with `indent`. */
export function printAfterMark(value: unknown, indent: string, style: YamlStyle): string {
  if (isInline(value)) return ` ${printFlow(value)}`;
  return style.lineBreak + indent + printBlock(value, indent, style);
}

/** A member of a block mapping whose lines begin with `indent`. */
export function printMember(name: string, value: unknown, indent: string, style: YamlStyle): string {
  return `${printScalar(name)}:${printAfterMark(value, indent + style.unit, style)}`;
}

/** An item of a block list whose dashes are indented by `indent`. */
export function printItem(value: unknown, indent: string, style: YamlStyle): string {
  return `- ${isInline(value) ? printFlow(value) : printBlock(value, `${indent}  `, style)}`;
}

/** The lines of a collection without the indentation of the first one. */
function printBlock(value: unknown, indent: string, style: YamlStyle): string {
  const lines = Array.isArray(value)
    ? value.map((item) => printItem(item, indent, style))
    : Object.entries(value as object).map(([name, member]) => printMember(name, member, indent, style));
  return lines.join(style.lineBreak + indent);
}

/** Whether a value is written on the line of its name. */
export function isInline(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return true;
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item !== 'object' || item === null) &&
    printFlow(value).length <= SHORT_LIST
  );
}
