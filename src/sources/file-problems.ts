import type { JsonContent } from '../json/read.ts';
import { type Key, segments } from '../key.ts';
import type { Entry, Origin, VariantChoice } from '../layer.ts';
import type { Schema } from '../schema/schema.ts';
import { DoubtfulEntry } from './doubtful-entry.ts';
import { EXTENDS } from './extends-member.ts';
import type { FilePlace } from './file-place.ts';
import type { UnknownName } from './source.ts';

/** A name of a file that matches no setting. */
export class UnknownFileName implements UnknownName {
  readonly name: string;
  readonly message = 'is not a setting';
  readonly suggestion: string | undefined;
  readonly entry?: Entry;
  readonly #path: readonly string[];
  readonly #place: FilePlace;

  constructor(path: readonly string[], place: FilePlace, suggestion: string | undefined, entry?: Entry) {
    this.name = path.join('.');
    this.suggestion = suggestion;
    this.#path = path;
    this.#place = place;
    if (entry) this.entry = entry;
  }

  get key(): Key {
    return this.name;
  }

  get origin(): Origin {
    const { layer } = this.#place;
    return { layer, name: this.name, location: this.#place.at(this.#place.nameAt(this.#path).start) };
  }

  get frame(): string | undefined {
    return this.#place.frame(this.#place.nameAt(this.#path));
  }
}

/** Suggests what to do about an unknown name: nesting for a dotted one, which is one member but usually means a path. */
export function suggestionFor(
  path: readonly string[],
  { settings }: Schema,
  choice: VariantChoice | undefined,
): string | undefined {
  const name = path.at(-1) as string;
  const key = path.join('.');
  if (key === EXTENDS) return 'With `extends: true` in the definition, a file can extend others.';
  if (choice) {
    return settings.has(key) ? `Remove it: this file has the members of ${choice.group} ${choice.name}.` : undefined;
  }
  if (!settings.has(name)) return undefined;
  return `Nest it instead: ${name.split('.').reduceRight((inner, part) => `{ ${JSON.stringify(part)}: ${inner} }`, '…')}.`;
}

/**
 * The entry of a value with a number that JavaScript can't represent exactly; `undefined` if it has none. Messages show
 * that number.
 */
export function inexactEntry(
  key: Key,
  value: unknown,
  { unsafe }: JsonContent,
  place: FilePlace,
): DoubtfulEntry | undefined {
  const node = place.nodeAt(segments(key));
  const number = node && unsafe[firstAfter(unsafe, node.start)];
  if (!number || number.end > node.end) return undefined;
  const verb = node.kind === 'number' ? 'be a number' : 'have numbers';
  const problem = `must ${verb} that can be held exactly: at most ±(2^53-1)`;
  const origin = { layer: place.layer, name: key, location: place.at(number.start) };
  return new DoubtfulEntry({ value, origin, frame: place.frame(number) }, problem);
}

/** The index of the first place after an offset; the places are in the order of the text. */
function firstAfter(places: JsonContent['unsafe'], offset: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.start ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
