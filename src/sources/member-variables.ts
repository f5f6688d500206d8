import { findMember, memberPathText } from '../schema/member-path.ts';
import type { Setting } from '../schema/setting.ts';

/** A member path has at most this many segments. */
const MOST_LEVELS = 100;

/** The variables of single members, by the variable of their `Object` or `Array`. */
export function membersByOwner(
  names: readonly string[],
  owners: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>();
  for (const name of names) {
    const owner = ownerOf(name, owners);
    if (owner === undefined) continue;
    const known = members.get(owner);
    if (known) known.push(name);
    else members.set(owner, [name]);
  }
  return members;
}

/** What the names of `Object`s and lists must be, if these variables name a member of them. */
export function ownersOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.flatMap((name) => beginnings(name)));
}

/** The longest of the owners that `name` begins with. */
function ownerOf(name: string, owners: ReadonlySet<string>): string | undefined {
  return beginnings(name).findLast((one) => owners.has(one));
}

/** The parts of a name before each `__`, shortest first; none if there are too many levels. */
function beginnings(name: string): readonly string[] {
  const all: string[] = [];
  for (let at = name.indexOf('__'); at >= 0; at = name.indexOf('__', at + 1)) {
    if (all.length === MOST_LEVELS) return [];
    all.push(name.slice(0, at));
  }
  return all;
}

/** A variable that gives a member of an `Object` or `Array`. */
interface MemberVariable {
  readonly name: string;
  /** The path of the member. */
  readonly path: string;
  /** Whether the variable names a file that has the value. */
  readonly isFile: boolean;
}

/** The setting that variables give members of. */
interface MemberOwner {
  /** Its variable. */
  readonly name: string;
  readonly setting: Setting;
  /** Whether `NAME__MEMBER_FILE` may name the file of a member's value. */
  readonly readsFiles: boolean;
}

/**
 * The members that variables give, outer ones before those inside them, and elements of lists by their position: the
 * order of an environment has no meaning, so it does not decide about the value.
 */
export function memberVariables(
  variables: readonly string[],
  { name: owner, setting, readsFiles }: MemberOwner,
): readonly MemberVariable[] {
  const found = variables.flatMap((name) => {
    const names = name
      .slice(owner.length + 2)
      .toLowerCase()
      .split('__');
    if (names.includes('')) return [];
    const written = memberPathText(names);
    const isFile = readsFiles && FILE.test(written) && findMember(setting.default, written)?.value === undefined;
    return { name, names, path: isFile ? written.replace(FILE, '') : written, isFile };
  });
  return found.sort((a, b) => compareNames(a.names, b.names));
}

/** The end of a variable that names a file. */
const FILE = /(?<=.)_file$/;

function compareNames(a: readonly string[], b: readonly string[]): number {
  for (const [i, name] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    if (name === other) continue;
    const difference = Number(name) - Number(other);
    if (Number.isNaN(difference) || difference === 0) return name < other ? -1 : 1;
    return difference;
  }
  return a.length - b.length;
}
