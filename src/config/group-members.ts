import { type GivenMember, GivenMembers } from '../given-members.ts';
import type { Key } from '../key.ts';
import { type Layer, type Origin, plainOrigin } from '../layer.ts';
import { NamedGroups } from '../schema/open-groups.ts';
import type { Schema } from '../schema/schema.ts';
import { derivedVariable, Group, Setting } from '../schema/setting.ts';
import { type Config, partsOf } from './config.ts';

/** A group by name, or a list of groups, with the members that the layers give. */
export interface GroupMembers {
  /** The key of the group. */
  readonly key: Key;
  /** The variable that gives a list whole; absent without a prefix. */
  readonly variable?: string;
  /** Whether the members are the elements of a list. */
  readonly isList: boolean;
  /** How many settings come before the group, in the order of `Config.explainAll`. */
  readonly position: number;
  /** The members, then those that a layer removes. */
  readonly members: readonly GroupMember[];
  /** The highest layer that has the list itself, and so replaces the lists below it; absent for a group by name. */
  readonly list?: Origin;
}

/** A member of a group by name, or an element of a list. */
export interface GroupMember {
  /** The key of the group and the name. */
  readonly key: Key;
  /** The variable that removes the member by `null`; absent without a prefix. */
  readonly variable?: string;
  /** The name; of an element of a list, its index. */
  readonly name: string;
  /** One entry of each layer that gives the member, the highest layer first; empty for a removed member. */
  readonly origins: readonly Origin[];
  /** Whether a layer below the file gives it too. */
  readonly isBelowFile: boolean;
  /** The `null` of the layer that removes the member; absent for one that exists. */
  readonly removedBy?: Origin;
}

/**
 * The groups by name and lists of groups that exist in a configuration, outer ones before those inside their members.
 * @example
 * import { defineConfig, each, loadConfigSync } from 'varve';
 * import { groupMembers } from 'varve/tools';
 *
 * const definition = defineConfig({ name: 'shop', envPrefix: 'SHOP', settings: { databases: each({ pool: 10 }) } });
 * const config = loadConfigSync(definition, { env: { SHOP_DATABASES__EU__POOL: '20' }, argv: [] });
 * const [{ members }] = groupMembers(config);
 * console.log(members[0].name, members[0].origins[0].layer); // eu env
 */
export function groupMembers(config: Config): readonly GroupMembers[] {
  const { schema, fullSchema, given } = partsOf(config).current;
  return schema.open ? new GroupFinder(fullSchema, given).groupsIn(schema.root) : [];
}

/** Finds the groups with their members, in one pass over the keys of the layers. */
class GroupFinder {
  readonly #root: Group;
  readonly #prefix: string | undefined;
  readonly #fileLevel: number;
  readonly #members: GivenMembers;

  constructor({ root, prefix }: Schema, layers: readonly Layer[]) {
    this.#root = root;
    this.#prefix = prefix;
    this.#fileLevel = layers.findIndex(({ name }) => name === 'file');
    this.#members = new GivenMembers(root, layers);
  }

  /** The groups in a group that exists; `full` is the same group in the full schema. Layers below `floor` do not count: one above them removes or replaces what they give. */
  groupsIn(live: Group, full: Group = this.#root, { floor = 0, position = 0 } = {}): readonly GroupMembers[] {
    const found: GroupMembers[] = [];
    let at = position;
    let lowest = floor;
    if (full instanceof NamedGroups) {
      const list = full.isList ? this.#members.given(live.key).at(-1) : undefined;
      lowest = Math.max(floor, list?.level ?? 0);
      const members = this.#membersOf(live, full, lowest);
      const { key } = live;
      const { isList } = full;
      const replacing = list && { list: this.#originOf(list) };
      found.push({ key, ...this.#variable(key), isList, position, members, ...replacing });
    }
    for (const child of live.children) {
      const inner = child instanceof Group ? full.child(child.name) : undefined;
      if (child instanceof Group && inner instanceof Group)
        found.push(...this.groupsIn(child, inner, { floor: Math.max(lowest, this.#removal(child.key)), position: at }));
      at += settingsIn(child);
    }
    return found;
  }

  #variable(key: Key): { readonly variable?: string } {
    const variable = derivedVariable(key, this.#prefix);
    return variable === undefined ? {} : { variable };
  }

  /** The level of the highest `null` of a member, below a layer if given; -1 if there is none. */
  #removal(member: Key, below = Number.POSITIVE_INFINITY): number {
    return this.#members.given(member).findLast(({ level, isRemoval }) => isRemoval && level < below)?.level ?? -1;
  }

  #membersOf(live: Group, { children, isList }: NamedGroups, floor: number): readonly GroupMember[] {
    const absent = isList ? [] : children.filter(({ name }) => live.child(name) === undefined);
    return [...live.children, ...absent].flatMap(({ key, name }): readonly GroupMember[] => {
      const layers = this.#members.given(key).filter(({ level }) => level >= floor);
      const removal = layers.findLast(({ isRemoval }) => isRemoval);
      const given = layers.filter(({ level }) => level > (removal?.level ?? -1)).reverse();
      // Without both, the name is only that of a key that was asked for.
      if (given.length === 0 && !removal) return [];
      const lowest = this.#removal(key, this.#fileLevel);
      const isBelowFile = layers.some(({ level }) => level < this.#fileLevel && level > lowest);
      const origins = given.map((one) => this.#originOf(one));
      const isRemoved = live.child(name) === undefined && removal !== undefined;
      return [
        {
          key,
          ...this.#variable(key),
          name,
          origins,
          isBelowFile,
          ...(isRemoved && { removedBy: this.#originOf(removal) }),
        },
      ];
    });
  }

  #originOf(given: GivenMember): Origin {
    return plainOrigin(this.#members.entryOf(given).origin);
  }
}

function settingsIn(child: Setting | Group): number {
  return child instanceof Setting ? 1 : child.children.reduce((sum, one) => sum + settingsIn(one), 0);
}
