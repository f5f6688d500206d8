/** The characters of a text as `\\u` escapes, one for each UTF-16 unit; JSON, YAML, JavaScript and Python read them. */
export function unicodeEscapes(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
