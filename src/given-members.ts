import { childKey, type Key } from './key.ts';
import type { Entry, Layer } from './layer.ts';
import { NamedGroups, VariantGroup } from './schema/open-groups.ts';
import { Group } from './schema/setting.ts';

/** What the way to a key leads through. */
interface Way {
  /** The keys of the members of groups by name, the outermost first. */
  readonly members: readonly Key[];
  /** The keys of the lists, also the key itself. */
  readonly lists: readonly Key[];
  /** The keys of the groups of variants. */
  readonly variants: readonly Key[];
  /** Whether the key is that of a member or of a list itself: its entry is a mark. */
  readonly isMark: boolean;
  /** The group at the key; `undefined` for a setting, and for what no group has. */
  readonly group: Group | undefined;
}

/** A layer that gives a member or a list, by the first of its keys there, or by the mark. */
export interface GivenMember {
  /** The level of the layer: 0 is the lowest. */
  readonly level: number;
  readonly key: Key;
  /** Whether the layer removes the member. */
  readonly isRemoval: boolean;
}

/** The members of groups by name, and the lists of groups, that layers give: found in one pass over their keys. */
export class GivenMembers {
  /** The keys of each layer that lead through groups by name and variants. */
  readonly keys: readonly (readonly Key[])[];
  readonly #root: Way;
  readonly #layers: readonly Layer[];
  readonly #ways = new Map<Key, Way>();
  #last: { readonly key: Key; readonly way: Way } | undefined;
  /** By the key of a member, or of a list that a layer has itself: the layers, the lowest first. */
  readonly #given = new Map<Key, GivenMember[]>();
  /** The level of the highest layer that removes a member, or has a list of its own. */
  readonly #removedIn = new Map<Key, number>();

  /** `root`: the settings of all names and variants. */
  constructor(root: Group, layers: readonly Layer[]) {
    this.#root = { members: [], lists: [], variants: [], isMark: false, group: root };
    this.#layers = layers;
    this.keys = layers.map(({ name, entries }) =>
      name === 'default' ? [] : [...entries.keys()].filter((key) => this.way(key) !== undefined),
    );
    for (const [level, keys] of this.keys.entries()) for (const key of keys) this.#add(key, level);
  }

  #add(key: Key, level: number): void {
    const { members = [], isMark = false } = this.way(key) ?? {};
    const value = isMark ? this.#layers[level]?.entries.get(key)?.value : undefined;
    const isRemoval = value === null;
    if (isRemoval || Array.isArray(value)) this.#removedIn.set(key, level);
    for (const member of isMark && !members.includes(key) ? [...members, key] : members) {
      const known = this.#given.get(member) ?? [];
      const isKnown = known.at(-1)?.level === level;
      if (isKnown && member !== key) continue;
      // A mark of the member itself says more than the settings inside it.
      if (isKnown) known.pop();
      known.push({ level, key, isRemoval: isRemoval && member === key });
      this.#given.set(member, known);
    }
  }

  /** The way to a key; `undefined` if it leads through no group by name and no variants. */
  way(key: Key): Way | undefined {
    const way = this.#wayTo(key);
    return way.members.length + way.lists.length + way.variants.length > 0 ? way : undefined;
  }

  #wayTo(key: Key): Way {
    let way = this.#ways.get(key);
    if (way) return way;
    const dot = key.lastIndexOf('.');
    way = wayInside(dot < 0 ? this.#root : this.#wayToGroup(key, dot), key.slice(dot + 1));
    this.#ways.set(key, way);
    return way;
  }

  /** The way to the group of a key, which ends at `dot`. Most keys are in the group of the one before. */
  #wayToGroup(key: Key, dot: number): Way {
    if (this.#last?.key.length !== dot || !key.startsWith(this.#last.key)) {
      const group = key.slice(0, dot);
      this.#last = { key: group, way: this.#wayTo(group) };
    }
    return this.#last.way;
  }

  /** The layers that give or remove a member, or have a list themselves, the lowest first. */
  given(member: Key): readonly GivenMember[] {
    return this.#given.get(member) ?? [];
  }

  entryOf({ level, key }: GivenMember): Entry {
    return this.#layers[level]?.entries.get(key) as Entry;
  }

  /** The highest entry of a member that exists. */
  highestEntry(member: Key): Entry | undefined {
    const highest = this.given(member).findLast(({ isRemoval }) => !isRemoval);
    return highest && this.entryOf(highest);
  }

  /** Whether the entry of a key in a layer removes a member, or a layer above removes one on the way to the key. */
  isRemoved(key: Key, level: number): boolean {
    return this.#isRemoval(key, level) || this.#isRemovedAbove(key, level);
  }

  #isRemoval(key: Key, level: number): boolean {
    return this.given(key).some((one) => one.level === level && one.isRemoval);
  }

  #isRemovedAbove(key: Key, level: number): boolean {
    const { members = [], lists = [] } = this.way(key) ?? {};
    return [...members, ...lists].some((one) => (this.#removedIn.get(one) ?? -1) > level);
  }

  /** The names of the members that some layer gives and none above it removes, by their group, in the order of the layers. */
  names(): ReadonlyMap<Key, ReadonlySet<string>> {
    const names = new Map<Key, Set<string>>();
    for (const [level, keys] of this.keys.entries())
      for (const key of keys) for (const member of this.#membersBy(key, level)) addName(names, member);
    return names;
  }

  /** The members that a key of a layer gives, and that no layer above removes. */
  #membersBy(key: Key, level: number): readonly Key[] {
    const { members = [] } = this.way(key) ?? {};
    return members.filter(
      (member) => !this.#isRemovedAbove(member, level) && !(member === key && this.#isRemoval(key, level)),
    );
  }
}

function addName(names: Map<Key, Set<string>>, member: Key): void {
  const dot = member.lastIndexOf('.');
  const group = member.slice(0, dot);
  const known = names.get(group) ?? new Set();
  names.set(group, known.add(member.slice(dot + 1)));
}

/** The way into the child of a group with this name. */
function wayInside({ group, members, lists, variants }: Way, name: string): Way {
  const isNamed = group instanceof NamedGroups;
  const child = isNamed ? group.member(name) : group?.child(name);
  const isList = child instanceof NamedGroups && child.isList;
  return {
    members: isNamed ? [...members, childKey(group.key, name)] : members,
    lists: isList ? [...lists, child.key] : lists,
    variants: group instanceof VariantGroup ? [...variants, group.key] : variants,
    isMark: isNamed || isList,
    group: child instanceof Group ? child : undefined,
  };
}
