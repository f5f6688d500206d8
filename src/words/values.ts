import { type Explanation, isVariable, type Origin } from '../index.ts';

/** A value on one line: text as it stands where nothing else could be meant, everything else as JSON. */
export function valueText(value: unknown): string {
  if (value === undefined) return '-';
  if (value instanceof RegExp) return String(value);
  if (typeof value === 'string' && isPlain(value)) return value;
  return printable(JSON.stringify(value, jsonMember) ?? String(value));
}

/** Whether a text can't be taken for a number, `true`, a list or an empty place. */
function isPlain(text: string): boolean {
  return /^[\p{L}\p{N}\p{P}\p{S}](?:[\p{L}\p{N}\p{P}\p{S} ]*[\p{L}\p{N}\p{P}\p{S}])?$/u.test(text) && !isJson(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A text that can't move the cursor of a terminal: control characters are written as escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The layer and the location of a value: `env RL_LR`, `file config/app.json:7:22`; a `.env` file is named once. */
export function layerLocationText(origin: Origin): string {
  const text = locationText(origin);
  return isVariable(origin) && origin.layer !== 'env' ? text : `${origin.layer} ${text}`;
}

/** Where a value was written, in the column WHERE: `--lr`, `RL_LR`, `.env:3 RL_LR`, `config/app.json:7:22`. */
export function locationText(origin: Origin): string {
  const { layer, name, location } = origin;
  if (layer === 'flag') return name;
  if (!isVariable(origin)) return location;
  return location === 'process.env' ? name : `${location} ${name}`;
}

/** What a value masks, in the column MASKS: the layers below the winner that say something too, but the default. */
export function shadowedText({ candidates }: Explanation): string {
  return candidates
    .filter(({ state, layer }) => (state === 'shadowed' || state === 'merged') && layer !== 'default')
    .map(({ layer, name }) => (layer === 'flag' || isVariable({ layer }) ? `${layer} ${name}` : layer))
    .join(', ');
}

/** A value for a script: text as it stands, everything else as JSON. */
export function rawText(value: unknown): string {
  if (value instanceof RegExp) return value.source;
  return typeof value === 'string' ? value : (JSON.stringify(value, jsonMember) ?? '');
}

/** What a layer says, or that it says nothing. */
export function optionalValueText(value: unknown): string {
  return value === undefined ? 'nothing' : valueText(value);
}

/** A change on one line: `30 -> 90`. */
export function changeText({ before, after }: { readonly before?: unknown; readonly after?: unknown }): string {
  return `${optionalValueText(before)} -> ${optionalValueText(after)}`;
}

/** Members that JSON has no words for, as a file would say them: for `JSON.stringify`. */
export function jsonMember(_name: string, value: unknown): unknown {
  if (value instanceof RegExp) return value.source;
  return typeof value === 'bigint' ? String(value) : value;
}
