import { withEscapes } from '../../words/terminal-text.ts';

/** Words that YAML 1.1 or 1.2 does not take for a string. */
const NOT_TEXT = /^(?:y|yes|n|no|on|off|true|false|null|~)$/i;

/** A string in YAML: a plain word as it is, everything else quoted as in JSON, which is YAML too. */
export function yamlText(text: string): string {
  if (/^[A-Za-z_][\w-]*$/.test(text) && !NOT_TEXT.test(text)) return text;
  return quotedText(JSON.stringify(text));
}

/** A quoted text with escapes, as YAML and systemd read them, for the characters that a reader does not see. */
export function quotedText(quoted: string): string {
  // YAML has no place for two more.
  return withEscapes(quoted, escaped).replace(/[\ufffe\uffff]/g, escaped);
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
}
