import { isPlainObject, RESERVED_NAME } from '../json/value.ts';
import { foldedName, type Key } from '../key.ts';
import { shownValue } from './refusal.ts';
import type { Setting, Settings } from './setting.ts';

/** The names on the way into a value, the outermost first; the position of a list's element is a number. */
export type MemberPath = readonly (string | number)[];

/** A path as it was written, or why there is no such path: a clause that begins with "must". */
type ParsedPath = { readonly names: readonly string[] } | { readonly problem: string };

/** A member of a value. */
export interface MemberValue {
  readonly path: MemberPath;
  /** `undefined` where there is none yet. */
  readonly value: unknown;
}

/** A member, or why a path leads to none. */
export type FoundMember = MemberValue | MemberProblem;

/** Why a path leads nowhere. */
export interface MemberProblem {
  readonly problem: string;
  /** The path of the value that has no members. */
  readonly scalar?: MemberPath;
}

/** A longer path is refused. */
export const LONGEST_PATH = 1_000;
const MOST_LEVELS = 100;

/** The names of a path such as `a.b`, `a["b.c"].d` or `tags.0`. */
export function parseMemberPath(text: string): ParsedPath {
  if (text.length > LONGEST_PATH) return { problem: `must not have a path of more than ${LONGEST_PATH} characters` };
  if (text.startsWith('.')) return { problem: 'must name each member of its path' };
  const names: string[] = [];
  const name = /\.?\["((?:[^"\\]|\\.)*)"\]|(?:^|\.)((?:[^.[]|\[(?!"))+)/y;
  while (name.lastIndex < text.length) {
    const [, quoted, plain] = name.exec(text) ?? [];
    if (quoted === undefined && plain === undefined) return { problem: 'must name each member of its path' };
    names.push(plain ?? unquoted(quoted ?? ''));
  }
  if (names.length === 0) return { problem: 'must name each member of its path' };
  if (names.length > MOST_LEVELS) return { problem: `must not have a path of more than ${MOST_LEVELS} levels` };
  if (names.includes(RESERVED_NAME)) return { problem: `must not have a member called ${RESERVED_NAME}` };
  return { names };
}

function unquoted(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

/** A key that leads into the value of a setting. */
export interface MemberKey {
  readonly setting: Setting;
  /** The path behind the key of the setting, as it was written. */
  readonly path: string;
}

/** The setting that a key such as `labels.team` or `labels["a.b"]` leads into; `undefined` where there is none. */
export function memberKey(settings: Pick<Settings, 'get'>, key: Key): MemberKey | undefined {
  if (key.length > LONGEST_PATH) return undefined;
  for (const { index } of key.matchAll(/\.|\["/g)) {
    const setting = index === 0 ? undefined : settings.get(key.slice(0, index));
    if (setting) return setting.hasMembers ? { setting, path: key.slice(index).replace(/^\./, '') } : undefined;
  }
  return undefined;
}

/** A path as it is written in flags and keys: `a.b`, `a["b.c"]`. */
export function memberPathText(path: MemberPath): string {
  return path
    .map((name, i) => {
      const text = String(name);
      if (/[.[]/.test(text) || text === '') return `["${text.replace(/["\\]/g, '\\$&')}"]`;
      return i === 0 ? text : `.${text}`;
    })
    .join('');
}

/** Finds members by their names, else by their names without regard to case, `-` and `_`. Remembers the names of objects. */
export class MemberFinder {
  readonly #folded = new Map<object, Map<string, string | null>>();

  /** Follows the names into `value`. A member that does not exist has its name as it was written. */
  find(value: unknown, names: readonly string[]): FoundMember {
    const path: (string | number)[] = [];
    let current = value;
    for (const name of names) {
      const step = this.#step(current, name, path);
      if (typeof step === 'object') return step;
      path.push(step);
      current = memberAt(current, step);
    }
    return { path, value: current };
  }

  /** Notes a member that was added to an object. */
  added(object: object, name: string): void {
    this.#folded.get(object)?.set(foldedName(name), name);
  }

  #step(value: unknown, name: string, path: MemberPath): string | number | MemberProblem {
    if (value === null || value === undefined) return name;
    if (Array.isArray(value)) return elementAt(value, name, path);
    if (isPlainObject(value)) return this.#memberName(value, name);
    return { problem: `must not have a member ${JSON.stringify(memberPathText([...path, name]))}`, scalar: path };
  }

  #memberName(object: object, name: string): string | MemberProblem {
    if (Object.hasOwn(object, name)) return name;
    let known = this.#folded.get(object);
    if (!known) {
      known = new Map();
      for (const member of Object.keys(object))
        known.set(foldedName(member), known.has(foldedName(member)) ? null : member);
      this.#folded.set(object, known);
    }
    const found = known.get(foldedName(name));
    return found === null
      ? { problem: `must name one member: several are like ${JSON.stringify(name)}` }
      : (found ?? name);
  }
}

/**
 * `value` with the names that `model` has for the members of its objects: `max_norm` becomes `maxNorm`. A name of
 * `model` that `value` has too stays. A problem where two members would become one.
 */
export function withNamesOf(
  model: unknown,
  value: unknown,
): { readonly value: unknown } | { readonly problem: string } {
  if (!isPlainObject(model) || !isPlainObject(value) || Object.keys(model).length === 0) return { value };
  const names = new Map(Object.keys(model).map((name) => [foldedName(name), name]));
  const members = new Map<string, unknown>();
  let isSame = true;
  for (const [name, member] of Object.entries(value)) {
    const known = Object.hasOwn(model, name) ? name : names.get(foldedName(name));
    const target = known === undefined || (known !== name && Object.hasOwn(value, known)) ? name : known;
    if (members.has(target)) return { problem: `must not have two names for one member: ${JSON.stringify(target)}` };
    const inner = withNamesOf(Object.hasOwn(model, target) ? model[target] : undefined, member);
    if ('problem' in inner) return inner;
    isSame &&= target === name && inner.value === member;
    members.set(target, inner.value);
  }
  return { value: isSame ? value : Object.fromEntries(members) };
}

/** The member of a value that a path leads to, as it was written; `undefined` where it leads nowhere. */
export function findMember(value: unknown, text: string): MemberValue | undefined {
  const parsed = parseMemberPath(text);
  const found = 'problem' in parsed ? parsed : new MemberFinder().find(value, parsed.names);
  return 'problem' in found ? undefined : found;
}

function elementAt(list: readonly unknown[], name: string, path: MemberPath): number | MemberProblem {
  const owner = path.length === 0 ? 'a list' : `the list ${memberPathText(path)}`;
  if (!/^(?:0|[1-9]\d*)$/.test(name))
    return { problem: `must address an element of ${owner} by its position from 0, not ${shownValue(name)}` };
  const position = Number(name);
  if (position <= list.length) return position;
  const count = `${list.length} element${list.length === 1 ? '' : 's'}`;
  return { problem: `must not leave a gap: ${owner} has ${count}, so position ${list.length} is the next` };
}

/** The member at a path; `undefined` where there is none. */
export function memberIn(value: unknown, path: MemberPath): unknown {
  let member = value;
  for (const step of path) member = memberAt(member, step);
  return member;
}

/** The member at one step of a path; `undefined` where there is none. */
export function memberAt(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Readonly<Record<string | number, unknown>>)[step];
}
