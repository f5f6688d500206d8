import { unicodePattern } from './json/unicode-pattern.ts';

/** Characters without a shape, those that turn the direction of a text, and spaces that look like another one. */
const unseen = unicodePattern('[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{DI}]|(?! )\\p{Zs}');

/** What to warn about a name with a character that a reader does not see; `undefined` for other names. */
export function unseenWarning(name: string, of = 'name'): string | undefined {
  const [character] = /^[ -~]*$/.test(name) ? [] : (unseen().exec(name) ?? []);
  if (character === undefined) return undefined;
  const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `has the character U+${point} in its ${of}, which a reader does not see`;
}
