import { unicodeEscapes } from '../../escape.ts';

/** Words that YAML 1.1 or 1.2 does not take for a string. */
const NOT_TEXT = /^(?:y|yes|n|no|on|off|true|false|null|~)$/i;

/** A string in YAML: a plain word as it is, everything else quoted as in JSON, which is YAML too. */
export function yamlText(text: string): string {
  if (/^[A-Za-z_][\w-]*$/.test(text) && !NOT_TEXT.test(text)) return text;
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, unicodeEscapes);
}
