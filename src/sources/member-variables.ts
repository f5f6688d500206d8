import { foldedName } from '../key.ts';
import { type Entry, type MemberEntry, type Origin, writtenText } from '../layer.ts';
import { findMember, memberPathText } from '../schema/member-path.ts';
import type { Setting } from '../schema/setting.ts';

/** A variable that gives a member of an `Object` or `Array`. */
export interface MemberVariable {
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
    const other = b[i] ?? '';
    if (name === other) continue;
    const difference = Number(name) - Number(other);
    if (Number.isNaN(difference) || difference === 0) return name < other ? -1 : 1;
    return difference;
  }
  return a.length - b.length;
}

/**
 * The entry of an `Object` or `Array` with the members that variables give; `whole` is that of its own variable. `read`
 * returns the entry of a member, or `undefined` for one that is left out.
 */
export function withMembers(
  variables: readonly MemberVariable[],
  whole: Entry | undefined,
  read: (member: MemberVariable) => Entry | undefined,
): Entry | undefined {
  const given = whole?.raw === '' ? undefined : whole;
  const members: MemberEntry[] = [];
  const namesByPath = new Map<string, string>();
  for (const variable of variables) {
    const { path, isFile } = variable;
    const entry = read(variable);
    if (!entry) continue;
    const { origin, raw = '' } = entry;
    // An empty variable has no value, but an empty file has one.
    const hasValue = isFile || raw !== '';
    const same = hasValue ? namesByPath.get(foldedName(path)) : undefined;
    if (hasValue) namesByPath.set(foldedName(path), origin.name);
    const problem = same === undefined ? entry.problem : givenTwice(same, origin.name);
    if (problem !== undefined) return { origin, problem: `member ${path} ${problem}` };
    members.push({ path, raw, origin });
  }
  if (members.length === 0 || given?.problem !== undefined) return whole;
  const origins = [...(given ? [given.origin] : []), ...members.map(({ origin }) => origin)];
  const parts = given?.raw === undefined ? [] : [{ raw: given.raw }];
  const raw = writtenText(parts, members);
  return { origin: joined(origins), members, raw, isWhole: given?.isWhole, ...(parts.length > 0 && { parts }) };
}

/** Why a value with two variables is refused: nothing says which of them is meant. */
export function givenTwice(first: string, second: string): string {
  return `must not be given by both ${first} and ${second}`;
}

/** All variables that took part, as one origin. */
function joined(origins: readonly Origin[]): Origin {
  const [{ layer }] = origins as readonly [Origin, ...Origin[]];
  const locations = new Set(origins.map(({ location }) => location));
  return { layer, name: origins.map(({ name }) => name).join(', '), location: [...locations].join(', ') };
}
