import { unicodeEscapes } from '../../escape.ts';

/** A string literal: every JSON string is one in Python, but for characters beyond the basic plane. */
export function pythonText(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, unicodeEscapes);
}

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

/** The name as an identifier of Python. */
export function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)|^_+/, 'n');
  return KEYWORDS.has(plain) ? `${plain}_` : plain;
}

/** The name as a part of the name of a class. */
export function camelCase(name: string): string {
  return identifier(name)
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** The name, with a number behind it if it is taken already. */
export function unique(name: string, taken: Set<string>): string {
  let found = name;
  for (let i = 2; taken.has(found); i += 1) found = `${name}_${i}`;
  taken.add(found);
  return found;
}
