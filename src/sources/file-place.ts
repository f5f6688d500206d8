import type { Issue } from '../errors.ts';
import type { JsonNode } from '../json/node.ts';
import { codeFrame } from '../json/position.ts';
import { memberOf } from '../json/tree.ts';
import { foldedName, type Key, segments } from '../key.ts';
import type { LayerName, Origin } from '../layer.ts';
import { type MemberPath, memberPathText } from '../schema/member-path.ts';
import { earlierRanges } from './earlier-place.ts';
import type { ParsedText } from './file-document.ts';

/** A range of the text. */
export type Place = Pick<JsonNode, 'start' | 'end'>;

const BEGINNING: Place = { start: 0, end: 1 };

/** Finds locations in a text on request, so that entries need not store them. */
export class FilePlace {
  readonly layer: LayerName;
  readonly #parsed: ParsedText;
  readonly #hasSecrets: boolean;
  /** The locations of the text that is stored, where that of the document was migrated from it. */
  readonly #stored: FilePlace | undefined;
  #ranges: ReadonlyMap<number, Place> | undefined;

  constructor(parsed: ParsedText, hasSecrets: boolean, stored?: FilePlace) {
    this.layer = parsed.file.layer;
    this.#parsed = parsed;
    this.#hasSecrets = hasSecrets;
    this.#stored = stored;
  }

  /** The tree of the text. */
  get root(): JsonNode | undefined {
    return this.#parsed.root;
  }

  /** The node at a path of the document. */
  nodeAt(path: readonly string[]): JsonNode | undefined {
    return this.#parsed.nodeAt(path);
  }

  /** The range of the member's name at a path. */
  nameAt(path: readonly string[]): Place {
    const around = this.nodeAt(path.slice(0, -1));
    const member = around?.kind === 'object' ? memberOf(around, path.at(-1) ?? '') : undefined;
    return member ? { start: member.nameStart, end: member.nameEnd } : BEGINNING;
  }

  /** The origin of the setting with this key in the document. */
  origin(key: Key): Origin {
    const place = this.#find(key);
    return { layer: this.layer, name: key, location: place ? this.at(place.start) : this.#parsed.file.name };
  }

  /** The origin of a member of a setting's value, which the document may spell differently: `max_norm` for `maxNorm`. */
  memberOrigin(key: Key, path: MemberPath): Origin | undefined {
    let node = this.#find(key);
    for (const step of path) node = node && memberNode(node, step);
    return node && { layer: this.layer, name: `${key}.${memberPathText(path)}`, location: this.at(node.start) };
  }

  /** The lines around a setting. */
  frameOf(key: Key): string | undefined {
    const place = this.#hasSecrets ? undefined : this.#find(key);
    return place && this.frame(place);
  }

  at(offset: number): string {
    if (this.#stored) {
      const range = this.#storedRange(offset);
      return range ? this.#stored.at(range.start) : this.#parsed.file.name;
    }
    const { line, column } = this.#parsed.lines.at(offset);
    return `${this.#parsed.file.name}:${line}:${column}`;
  }

  /** The lines around a range; none if any setting is sensitive, as the lines could have its value. */
  frame({ start, end }: Place): string | undefined {
    if (this.#stored) {
      const range = this.#storedRange(start);
      return range && this.#stored.frame(range);
    }
    return this.#hasSecrets ? undefined : codeFrame(this.#parsed.file.text, start, end, this.#parsed.lines);
  }

  issue(code: Issue['code'], place: Place | undefined, message: string, more: Partial<Issue> = {}): Issue {
    const origin: Origin = {
      layer: this.layer,
      name: more.key ?? this.#parsed.file.name,
      location: this.at((place ?? BEGINNING).start),
    };
    const frame = this.frame(place ?? BEGINNING);
    const named = more.key === undefined ? `${this.#parsed.file.name} ${message}` : message;
    return { code, message: named, origin, ...(frame !== undefined && { frame }), ...more };
  }

  /** Where the stored text has what is at an offset of the migrated one. */
  #storedRange(offset: number): Place | undefined {
    // Only objects are migrated.
    this.#ranges ??= earlierRanges(this.#stored?.root as JsonNode, this.root as JsonNode);
    return this.#ranges.get(offset);
  }

  #find(key: Key): JsonNode | undefined {
    return this.nodeAt(segments(key));
  }
}

/** The member or element of a node, by its name or else by a name that differs in case, `-` and `_` alone. */
function memberNode(node: JsonNode, step: string | number): JsonNode | undefined {
  if (node.kind === 'array') return node.items[Number(step)];
  if (node.kind !== 'object') return undefined;
  const name = String(step);
  const member = memberOf(node, name) ?? node.members.findLast((one) => foldedName(one.name) === foldedName(name));
  return member?.value;
}
