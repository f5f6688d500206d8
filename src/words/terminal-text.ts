import { unicodeEscapes } from '../escape.ts';

/** Control characters, bidirectional overrides, and other characters that a terminal acts on or a reader does not see. */
const UNSEEN = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{DI}\u2800';
let inText: RegExp | undefined;
let inValue: RegExp | undefined;

/** A literal would make the engine look through the tables of Unicode at each start. */
function unseenInText(): RegExp {
  // Behind a picture, as in a description, this selector only gives it its colours.
  inText ??= new RegExp(`(?<!\\p{ExtPict})\ufe0f|(?!\ufe0f)[${UNSEEN}]`, 'gu');
  return inText;
}

function unseenInValue(): RegExp {
  inValue ??= new RegExp(`[${UNSEEN}]|(?! )\\p{Zs}`, 'gu');
  return inValue;
}

/** A line without them, as most are. */
const PRINTABLE_ASCII = /^[ -~]*$/;

/** The colour sequences that the command line writes itself. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with ESC
const COLOUR_OR_LINE_END = /(\x1b\[(?:[0-9]|[23][0-9])m|\n)/;

/** Text of one line that cannot move the cursor, end the line or turn the direction: such characters become escapes. */
export function printable(text: string): string {
  return withEscapes(text, unicodeEscapes);
}

/** The text with what `escapeOf` makes of each such character. */
export function withEscapes(text: string, escapeOf: (character: string) => string): string {
  return PRINTABLE_ASCII.test(text) ? text : text.replace(unseenInText(), escapeOf);
}

/** A value or a name that a reader has to tell from every other: spaces that are not the usual one become escapes too. */
export function printableValue(text: string): string {
  return PRINTABLE_ASCII.test(text) ? text : text.replace(unseenInValue(), unicodeEscapes);
}

/** Text of several lines, with colours, as it may be written to a terminal or a log. */
export function printableText(text: string): string {
  const parts = text.split(COLOUR_OR_LINE_END);
  return parts.map((part, i) => (i % 2 === 1 ? part : printable(part))).join('');
}

/** JSON text without characters that a terminal acts on; it means the same. */
export function printableJson(json: string): string {
  return json.replace(unseenInText(), (character) => (character === '\n' ? character : unicodeEscapes(character)));
}

/** How many characters of a line beside an answer are printed: it may quote any argument. */
const MOST_SHOWN = 2_000;

/** The lines of an error or a note, the long ones without their middle. */
export function withShortLines(text: string): string {
  if (text.length <= MOST_SHOWN) return text;
  const end = MOST_SHOWN / 2;
  const short = (line: string): string =>
    line.length > MOST_SHOWN ? `${line.slice(0, end)} … ${line.slice(-end)}` : line;
  return text.split('\n').map(short).join('\n');
}
