import { isPlainObject, type JsonObject, objectOf } from '../json/value.ts';
import { isVariable, type MemberEntry, type Origin, type TextPart } from '../layer.ts';
import { type DecodeResult, decode, decodeJson, decodeMember } from './decode.ts';
import {
  type FoundMember,
  MemberFinder,
  type MemberPath,
  type MemberProblem,
  memberAt,
  memberIn,
  memberPathText,
  parseMemberPath,
} from './member-path.ts';
import { shownValue } from './refusal.ts';
import type { Setting } from './setting.ts';

/** What the layers below provide for a setting. */
export interface ValueBelow {
  readonly value: unknown;
  /** Where a member of it was written. */
  originOf(path: MemberPath): Origin | undefined;
}

/** The value of one layer after its members were set, with the origin of each; or why a member is refused. */
export type MembersResult =
  | { readonly value: unknown; readonly origins: ReadonlyMap<string, Origin> }
  | { readonly problem: string };

/**
 * Sets single members over the whole value of the same layer, if it has one; the value is `undefined` if it has none and
 * every member is an empty text that has no value. Their paths are followed through that value
 * merged with the layers below; a list that a path leads into belongs to the layer as a whole.
 */
export function decodeMembers(
  setting: Setting,
  members: readonly MemberEntry[],
  { whole, below }: { readonly whole: unknown; readonly below: ValueBelow },
): MembersResult {
  const assembly = new Assembly(setting, whole, below);
  const origins = new Map<string, Origin>();
  for (const member of members) {
    const set = assembly.set(member);
    if ('problem' in set) return set;
    if (set.path) origins.set(memberPathText(set.path), member.origin);
  }
  return { value: whole === undefined && origins.size === 0 ? undefined : assembly.own, origins };
}

/** The new value of one member, which `undefined` removes. */
export interface MemberChange {
  /** The path of the member, as a key has it behind the setting. */
  readonly path: string;
  readonly value: unknown;
}

/** The value of one layer after a program changed members of it, and why changes were refused: those were left out. */
export function withMembers<C extends MemberChange>(
  setting: Setting,
  changes: readonly C[],
  { whole, below }: { readonly whole: unknown; readonly below: ValueBelow },
): { readonly value: unknown; readonly refused: ReadonlyMap<C, string> } {
  const assembly = new Assembly(setting, whole, below);
  const refused = new Map<C, string>();
  for (const change of changes) {
    const parsed = parseMemberPath(change.path);
    const problem =
      'problem' in parsed
        ? parsed.problem
        : change.value === undefined
          ? assembly.remove(parsed.names)
          : assembly.assign(parsed.names, change.value);
    if (problem !== undefined) refused.set(change, problem);
  }
  assembly.removeElements();
  return { value: assembly.own, refused };
}

type Tree = Record<string | number, unknown>;

/** The value of one layer, while its members are set or removed one by one. */
class Assembly {
  /** The value of the layer itself. */
  readonly own: unknown;
  readonly #setting: Setting;
  readonly #below: ValueBelow;
  readonly #finder = new MemberFinder();
  /** The value of the layer with the layers below, which `own` shares its lists with. */
  readonly #merged: unknown;
  /** How many elements of the layers below stand before those of this layer. */
  readonly #inherited: number;
  /** The positions of the elements that are removed from each list, at the end: a position counts the elements before all changes. */
  readonly #removed = new Map<unknown, Set<number>>();

  constructor(setting: Setting, whole: unknown, below: ValueBelow) {
    this.#setting = setting;
    this.#below = below;
    const { value } = below;
    const empty = setting.isList ? [] : {};
    const inherits = setting.merge === 'append' && Array.isArray(value);
    this.#inherited = inherits ? value.length : 0;
    if (setting.merges) {
      this.own = copyOf(whole ?? empty);
      const hasBelow = isPlainObject(value) && Object.keys(value).length > 0;
      this.#merged = hasBelow ? overlay(copyOf(value), this.own) : this.own;
    } else if (inherits) {
      const own = copyOf(whole ?? empty) as unknown[];
      this.own = own;
      this.#merged = [...value, ...own];
    } else {
      this.own = copyOf(whole ?? value ?? empty);
      this.#merged = this.own;
    }
  }

  /** Sets one member, unless it is an empty text that has no value there. */
  set(member: MemberEntry): { readonly path?: MemberPath } | { readonly problem: string } {
    const parsed = parseMemberPath(member.path);
    if ('problem' in parsed) return parsed;
    const found = this.#find(parsed.names);
    if ('problem' in found) return found;
    const { path } = found;
    const decoded = this.#decoded(member, path, found.value);
    if ('problem' in decoded) {
      return hasNoValue(member) ? {} : { problem: `member ${memberPathText(path)} ${decoded.problem}` };
    }
    this.#put(path, decoded.value);
    return { path };
  }

  /** Sets one member to a value; a text is decoded. Returns why it is refused. */
  assign(names: readonly string[], value: unknown): string | undefined {
    const found = this.#find(names);
    if ('problem' in found) return found.problem;
    const { path } = found;
    const decoded = typeof value === 'string' ? this.#decoded({ raw: value }, path, found.value) : { value };
    if ('problem' in decoded) return `member ${memberPathText(path)} ${decoded.problem}`;
    this.#put(path, decoded.value);
    return undefined;
  }

  /** Removes one member from the value of the layer. Returns why it is refused. */
  remove(names: readonly string[]): string | undefined {
    const found = this.#find(names);
    if ('problem' in found) return found.problem;
    const { path } = found;
    const hasList = path.some((_, i) => Array.isArray(memberIn(this.#merged, path.slice(0, i))));
    // What the layers below provide stays, unless it is part of a list: the layer has that as a whole.
    if (!hasList && memberIn(this.own, path) === undefined) return undefined;
    for (const { container, step } of this.#containers(path)) {
      const isElement = Array.isArray(container);
      if (!isElement) delete container[step];
      else if (Number(step) < container.length) this.#removedFrom(container).add(Number(step));
    }
    return undefined;
  }

  /** Removes from their lists the elements that were to be removed. */
  removeElements(): void {
    for (const [list, removed] of this.#removed) {
      const elements = list as unknown[];
      let kept = 0;
      for (const [i, element] of elements.entries()) if (!removed.has(i)) elements[kept++] = element;
      elements.length = kept;
    }
  }

  #removedFrom(list: unknown): Set<number> {
    const removed = this.#removed.get(list) ?? new Set();
    this.#removed.set(list, removed);
    return removed;
  }

  #find(names: readonly string[]): Exclude<FoundMember, MemberProblem> | { readonly problem: string } {
    const found = this.#finder.find(this.#merged, names);
    if ('problem' in found) return { problem: this.#problem(found) };
    const [first] = found.path;
    const gone = this.#removed.size === 0 ? undefined : this.#removedAround(found.path);
    if (gone) return { problem: `must not be changed, because ${memberPathText(gone)} is removed by another change` };
    return typeof first === 'number' && first < this.#inherited
      ? { problem: `must append, because its layers do: element ${first + 1} is that of a lower layer` }
      : found;
  }

  /** The path of the removed element that a path leads to or into. */
  #removedAround(path: MemberPath): MemberPath | undefined {
    const end = path.findIndex((step, i) => {
      const list = memberIn(this.#merged, path.slice(0, i));
      return typeof step === 'number' && this.#removed.get(list)?.has(step) === true;
    });
    return end < 0 ? undefined : path.slice(0, end + 1);
  }

  #decoded({ raw, isJson }: TextPart, path: MemberPath, existing: unknown): DecodeResult {
    if (isJson) return decodeJson(raw);
    let inner: Setting | undefined = this.#setting;
    for (const _ of path) inner = inner && (inner.items ?? inner.members);
    if (inner) return decode(inner, raw);
    return decodeMember(raw, existing ?? this.#siblingOf(path));
  }

  /** The first element of the list that a path leads into. */
  #siblingOf(path: MemberPath): unknown {
    const value = memberIn(this.#merged, path.slice(0, -1));
    return Array.isArray(value) ? value[0] : undefined;
  }

  #put(path: MemberPath, value: unknown): void {
    for (const { container, step } of this.#containers(path)) {
      if (!Array.isArray(container) && !Object.hasOwn(container, step)) this.#finder.added(container, String(step));
      container[step] = value;
    }
  }

  /** What holds the member in the merged value and in that of the layer, with its name there; one where both are the same. */
  #containers(path: MemberPath): readonly { readonly container: Tree; readonly step: string | number }[] {
    let merged = this.#merged as Tree;
    let own = this.own as Tree;
    for (const step of path.slice(0, -1)) {
      const child = this.#child(merged, step);
      if (Array.isArray(own)) own = child;
      else if (Array.isArray(child)) {
        own[step] = child;
        own = child;
      } else own = this.#child(own, step);
      merged = child;
    }
    const step = path.at(-1) as string | number;
    if (own === merged) return [{ container: merged, step }];
    const ownStep = typeof step === 'number' ? step - this.#inherited : step;
    return [
      { container: merged, step },
      { container: own, step: ownStep },
    ];
  }

  /** The object or list at a step, made where there is none. */
  #child(tree: Tree, step: string | number): Tree {
    const child = memberAt(tree, step);
    if (typeof child === 'object' && child !== null) return child as Tree;
    if (!Array.isArray(tree)) this.#finder.added(tree, String(step));
    const made = {};
    tree[step] = made;
    return made;
  }

  #problem({ problem, scalar }: MemberProblem): string {
    if (!scalar) return problem;
    const value = memberIn(this.#merged, scalar);
    const name = scalar.length === 0 ? 'it' : memberPathText(scalar);
    const shown = this.#setting.sensitive ? 'a single value' : shownValue(value);
    const origin = this.#below.originOf(scalar);
    return `${problem}, because ${name} is ${shown}${origin ? `, written in ${origin.location}` : ''}`;
  }
}

/** Whether a member is an empty variable. An empty flag is an error. */
function hasNoValue({ raw, origin }: MemberEntry): boolean {
  return raw === '' && isVariable(origin);
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isPlainObject(value)) return value;
  return objectOf(Object.keys(value), (name) => copyOf(value[name]));
}

/** Puts the members of `above` into `below`, which is changed; their lists and other values are shared. */
function overlay(below: unknown, above: unknown): unknown {
  if (!isPlainObject(below) || !isPlainObject(above)) return above;
  const target = below as Record<string, unknown>;
  for (const [name, member] of Object.entries(above as JsonObject)) {
    const known = Object.hasOwn(target, name) ? target[name] : undefined;
    target[name] = isPlainObject(member) ? overlay(isPlainObject(known) ? known : {}, member) : member;
  }
  return target;
}
