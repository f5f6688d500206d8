import type { Explanation, Origin } from '../index.ts';
import { isVariable } from '../tools.ts';
import { jsonMember } from './raw-text.ts';
import { printableValue } from './terminal-text.ts';

export { jsonMember, rawText } from './raw-text.ts';
export { printable, printableValue } from './terminal-text.ts';

/** A value on one line: a string as it is unless it could be taken for another value, everything else as JSON. */
export function valueText(value: unknown): string {
  if (value === undefined) return ABSENT;
  if (value instanceof RegExp) return printableValue(String(value));
  if (typeof value === 'string' && isPlain(value)) return value;
  return printableValue(JSON.stringify(value, jsonMember) ?? String(value));
}

const ABSENT = '-';
const NOTHING = 'nothing';
const ARROW = '->';

const INK = '\\p{L}\\p{N}\\p{P}\\p{S}';
let words: RegExp | undefined;

/** Whether a string cannot be taken for a number, `true`, a list, an absent value or a change. */
function isPlain(text: string): boolean {
  // A literal would make the engine look through the tables of Unicode at each start.
  words ??= new RegExp(`^[${INK}](?:[${INK} ]*[${INK}])?$`, 'u');
  return words.test(text) && printableValue(text) === text && !isNotation(text) && !isJson(text);
}

/** Whether a text is the notation of an absent value, or looks like a change. */
function isNotation(text: string): boolean {
  return text === ABSENT || text === NOTHING || text.includes(ARROW);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Where a value was written, for the column WHERE: `--lr`, `RL_LR`, `.env:3 RL_LR`, `config/app.json:7:22`. */
export function locationText(origin: Origin): string {
  const { layer, name, location } = origin;
  if (layer === 'flag') return name;
  if (!isVariable(origin)) return location;
  return location === 'process.env' ? name : `${location} ${name}`;
}

/** The layer and the location of a value: `env RL_LR`, `file config/app.json:7:22`; a layer that is a file is named once. */
export function layerLocationText(origin: Origin): string {
  const { layer } = origin;
  const text = locationText(origin);
  return (isVariable(origin) && layer !== 'env') || text.startsWith(`${layer}:`) ? text : `${layer} ${text}`;
}

/** The layers below the winner that have an entry, without the default: the column SHADOWED. */
export function shadowedText({ candidates }: Explanation): string {
  return candidates
    .filter(({ state, layer }) => (state === 'shadowed' || state === 'merged') && layer !== 'default')
    .map(({ layer, name }) => (layer === 'flag' || isVariable({ layer }) ? `${layer} ${name}` : layer))
    .join(', ');
}

/** The layers that {@link shadowedText} names, without their variables and flags. */
export function shadowedLayers({ candidates }: Explanation): string {
  const layers = candidates.filter(({ state, layer }) => /^(?:shadowed|merged)$/.test(state) && layer !== 'default');
  return layers.map(({ layer }) => layer).join(', ');
}

/** A value, or `nothing` where there is none. */
export function optionalValueText(value: unknown): string {
  return value === undefined ? NOTHING : valueText(value);
}

/** A change on one line: `30 -> 90`. */
export function changeText({ before, after }: { readonly before?: unknown; readonly after?: unknown }): string {
  return `${optionalValueText(before)} ${ARROW} ${optionalValueText(after)}`;
}
