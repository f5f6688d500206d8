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

/** The longest of the owners that `name` begins with. */
function ownerOf(name: string, owners: ReadonlySet<string>): string | undefined {
  let owner: string | undefined;
  let levels = 0;
  for (let at = name.indexOf('__'); at >= 0; at = name.indexOf('__', at + 1)) {
    levels += 1;
    if (levels > MOST_LEVELS) return undefined;
    if (owners.has(name.slice(0, at))) owner = name.slice(0, at);
  }
  return owner;
}
