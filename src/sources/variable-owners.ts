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
