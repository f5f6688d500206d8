import { childKey, foldedName, type Key, segments } from '../key.ts';
import type { OpenGroups, Schema } from './schema.ts';
import { DefaultEntries, Group, Groups, Setting, Settings } from './setting.ts';
import { type TreeSettings, UnionGroup } from './union-group.ts';
import type { VariantFile } from './variants.ts';

/** A group by name before it has names: the settings that each of its members has. */
export class NamedGroupsTemplate extends Group {
  /** The settings of a member; their keys have `*` in place of its name. */
  readonly member: Group;
  /** Whether the members are the elements of a list. */
  readonly isList: boolean;

  constructor({ key, name, isList }: Pick<NamedGroupsTemplate, 'key' | 'name' | 'isList'>, member: Group) {
    super(key, name, []);
    this.member = member;
    this.isList = isList;
  }
}

/** A group of variants before its settings have their places: the chooser, and the settings of each choice. */
export class VariantsTemplate extends Group {
  readonly parts: VariantParts;

  constructor(key: Key, name: string, parts: VariantParts) {
    super(key, name, []);
    this.parts = parts;
  }
}

/** What a group of variants is made of. */
export interface VariantParts {
  readonly chooser: Setting;
  /** The settings of each choice. */
  readonly variants: ReadonlyMap<string, Group>;
  /** The file of each choice. */
  readonly files?: VariantFile | undefined;
}

/** A group whose members have the names that layers give. */
export class NamedGroups extends Group {
  readonly template: NamedGroupsTemplate;
  readonly #members: Group[];
  readonly #byName = new Map<string, Group>();
  readonly #byFoldedName = new Map<string, Group>();
  readonly #all: TreeSettings;

  /** `all`: the settings of the tree, which those of its members are added to. */
  constructor(key: Key, template: NamedGroupsTemplate, all: TreeSettings) {
    const members: Group[] = [];
    super(key, template.name, members);
    this.template = template;
    this.#members = members;
    this.#all = all;
  }

  /** Whether the members are the elements of a list: their names are their indexes. */
  get isList(): boolean {
    return this.template.isList;
  }

  override child(name: string): Group | undefined {
    return this.#byName.get(name);
  }

  /** The member of this name, else of one that differs in case, `-` and `_` alone. */
  like(name: string): Group | undefined {
    return this.#byName.get(name) ?? this.#byFoldedName.get(foldedName(name));
  }

  /** The member of this name, made where there is none. */
  member(name: string): Group {
    const known = this.#byName.get(name);
    if (known) return known;
    const made = addCopy(this.template.member, { group: this.key, name }, this.#all);
    this.#members.push(made);
    this.#byName.set(name, made);
    const folded = foldedName(name);
    if (!this.#byFoldedName.has(folded)) this.#byFoldedName.set(folded, made);
    return made;
  }
}

/** A group of the settings of all variants. The settings of one name in several variants have one index. */
export class VariantGroup extends Group {
  readonly parts: VariantParts;

  constructor({ key, name, children }: Pick<Group, 'key' | 'name' | 'children'>, parts: VariantParts) {
    super(key, name, children);
    this.parts = parts;
  }
}

/** The settings for one read of all layers: those of every name that a layer gives, and of every variant. */
export function fullSchemaOf(schema: Schema, { root: declared, settings }: OpenGroups): Schema {
  const all: TreeSettings = { list: [...settings], isRead: true };
  const root = openTree(declared, all);
  return schemaOf(schema, root, all.list);
}

/** The settings to describe: groups by name have no names, and the settings of all variants are in the tree's order. */
export function describedSchema(schema: Schema, { root: declared, settings }: OpenGroups): Schema {
  return schemaOf(schema, openTree(declared, { list: [...settings], isRead: false }));
}

/** The schema with the settings of a tree. */
export function schemaOf(schema: Schema, root: Group, all: readonly Setting[] = settingsOf(root)): Schema {
  const settings = new Settings(root, all);
  return { ...schema, root, settings, defaults: new DefaultEntries(settings), groups: new Groups(root) };
}

/** The settings of a tree, in the tree's order. */
export function settingsOf(root: Group): readonly Setting[] {
  const all: Setting[] = [];
  const collect = ({ children }: Group): void => {
    for (const child of children) {
      if (child instanceof Setting) all.push(child);
      else collect(child);
    }
  };
  collect(root);
  return all;
}

/** The same tree with groups that take names, and the settings of variants, in place of their declarations. */
function openTree(group: Group, all: TreeSettings): Group {
  const at = { group: parentKey(group), name: group.name };
  if (group instanceof NamedGroupsTemplate || group instanceof VariantsTemplate) return addCopy(group, at, all);
  const { children: before } = group;
  const children = before.map((child) => (child instanceof Setting ? child : openTree(child, all)));
  return children.every((child, i) => child === before[i]) ? group : new Group(group.key, group.name, children);
}

function parentKey({ key, name }: Group): Key {
  return key.slice(0, Math.max(0, key.length - name.length - 1));
}

/** Where a copy belongs. */
interface CopyPlace {
  readonly group: Key;
  readonly name: string;
}

/** A copy of a group at another place. Its settings are added to `all`. */
function addCopy(node: Group, { group, name }: CopyPlace, all: TreeSettings): Group {
  const key = childKey(group, name);
  if (node instanceof NamedGroupsTemplate)
    return new NamedGroups(key, new NamedGroupsTemplate({ key, name, isList: node.isList }, node.member), all);
  if (node instanceof VariantsTemplate) return variantGroup(node, { group, name }, all);
  return new Group(key, name, childrenOf(node, key, all));
}

function childrenOf(node: Group, key: Key, all: TreeSettings): readonly (Setting | Group)[] {
  return node.children.map((child) => {
    if (child instanceof Group) return addCopy(child, { group: key, name: child.name }, all);
    return addSetting(child, key, all);
  });
}

/** Adds the setting at another place. */
function addSetting(setting: Setting, group: Key, all: TreeSettings): Setting {
  const copy = setting.at(group, all.list.length);
  all.list.push(copy);
  return copy;
}

/** The variants with one index for each name: which of them a layer means is known once the chooser has its value. */
function variantGroup(
  { parts: { chooser, variants, files } }: VariantsTemplate,
  place: CopyPlace,
  all: TreeSettings,
): Group {
  const key = childKey(place.group, place.name);
  const own = addSetting(chooser, key, all);
  const union = new UnionGroup(key, place.name);
  const chosen = new Map<string, Group>();
  for (const [choice, variant] of variants) {
    const copy = new Group(key, place.name, variantChildren(variant, union, all));
    chosen.set(choice, copy);
    union.add(copy, all);
  }
  const group = { key, name: place.name, children: [own, ...union.children] };
  return new VariantGroup(group, { chooser: own, variants: chosen, files });
}

/** The members of a variant; those that an earlier variant has too take the index that they have there. */
function variantChildren({ children }: Group, union: Group, all: TreeSettings): readonly (Setting | Group)[] {
  return children.map((child) => {
    const known = union.child(child.name);
    if (child instanceof Setting)
      return known instanceof Setting ? child.at(union.key, known.index) : addSetting(child, union.key, all);
    if (!(known instanceof Group)) return addCopy(child, { group: union.key, name: child.name }, all);
    return new Group(known.key, known.name, variantChildren(child, known, all));
  });
}

/** The group of variants with this key. */
export function variantsAt(root: Group, key: Key): VariantGroup | undefined {
  let found: Setting | Group | undefined = root;
  for (const name of segments(key)) found = found instanceof Group ? found.child(name) : undefined;
  return found instanceof VariantGroup ? found : undefined;
}

/** The variants that have files. Those inside groups by name are left out unless `isInside`. */
export function variantsWithFiles(root: Group, isInside = false): readonly VariantsTemplate[] {
  return root.children.flatMap((child): readonly VariantsTemplate[] => {
    if (!(child instanceof Group)) return [];
    if (child instanceof NamedGroupsTemplate) return isInside ? variantsWithFiles(child.member, true) : [];
    if (!(child instanceof VariantsTemplate)) return variantsWithFiles(child, isInside);
    const inner = [...child.parts.variants.values()].flatMap((group) => variantsWithFiles(group, isInside));
    return child.parts.files === undefined ? inner : [child, ...inner];
  });
}

/** A member that two variants have and cannot share, with their names. */
export interface UnsharedMember {
  readonly key: Key;
  readonly choices: readonly [string, string];
}

/** The members that an earlier variant has too, but not both as a setting, or both as a plain group. */
export function unsharedMembers(variants: ReadonlyMap<string, Group>): readonly UnsharedMember[] {
  const known = new Map<Key, { readonly choice: string; readonly kind: unknown }>();
  const unsharedIn = (group: Group, choice: string): readonly UnsharedMember[] =>
    group.children.flatMap((child) => {
      const { key, constructor: kind } = child;
      const first = known.get(key);
      if (first && (first.kind !== kind || !SHARED_KINDS.includes(kind)))
        return [{ key, choices: [first.choice, choice] }];
      known.set(key, first ?? { choice, kind });
      return child instanceof Group ? unsharedIn(child, choice) : [];
    });
  return [...variants].flatMap(([choice, group]) => unsharedIn(group, choice));
}

const SHARED_KINDS: readonly unknown[] = [Setting, Group];

/** The schema with a member `*` in each group by name, to describe its settings. */
export function withPlaceholders(schema: Schema, open: OpenGroups): Schema {
  const { root } = describedSchema(schema, open);
  addPlaceholders(root);
  return schemaOf(schema, root);
}

function addPlaceholders(group: Group): void {
  if (group instanceof NamedGroups) group.member('*');
  for (const child of group.children) if (child instanceof Group) addPlaceholders(child);
}
