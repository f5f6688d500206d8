import { isPlainObject, RESERVED_NAME } from '../json/value.ts';
import { childKey, foldedName, type Key, segments } from '../key.ts';
import { NamedGroups, NamedGroupsTemplate, VariantGroup, VariantsTemplate } from './open-groups.ts';
import { Group, Setting } from './setting.ts';

/** Why a group by name cannot have a member of this name. */
export function memberNameProblem(name: string): string | undefined {
  if (name === RESERVED_NAME) return 'is a name that no setting may have';
  if (name === '') return 'is not a name: it is empty';
  return name.includes('.') ? 'is not a name that a group of settings can have: it has a dot in it' : undefined;
}

/** A setting that names lead to, and the names behind it that lead into its value. */
export interface NamedSetting {
  readonly setting: Setting;
  readonly rest: readonly string[];
}

/**
 * The setting of a group by name that names lead to, each found without regard to case, `-` and `_`. The group gets a
 * member where it has none like the name and the rest leads to a setting of it. `undefined` for any other setting.
 */
export function namedSetting(root: Group, names: readonly string[], isInside = false): NamedSetting | undefined {
  const [name, ...rest] = names;
  if (name === undefined) return undefined;
  if (root instanceof NamedGroups) {
    const known = root.like(name);
    if (known) return namedSetting(known, rest, true);
    if (memberNameProblem(name) !== undefined || !leadsToSetting(root.template.member, rest)) return undefined;
    return namedSetting(root.member(name), rest, true);
  }
  const child = childLike(root, name);
  if (child instanceof Setting) return isInside ? { setting: child, rest } : undefined;
  return child && namedSetting(child, rest, isInside);
}

/** The children of groups by their names without regard to case, `-` and `_`. */
const foldedChildren = new WeakMap<Group, ReadonlyMap<string, Setting | Group>>();

function childLike(group: Group, name: string): Setting | Group | undefined {
  const exact = group.child(name);
  if (exact) return exact;
  let folded = foldedChildren.get(group);
  if (!folded) {
    folded = new Map(group.children.map((child) => [foldedName(child.name), child]));
    foldedChildren.set(group, folded);
  }
  return folded.get(foldedName(name));
}

/** Whether names lead to a setting of a declaration. */
function leadsToSetting(template: Group, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return false;
  if (template instanceof NamedGroupsTemplate) return leadsToSetting(template.member, rest);
  if (template instanceof VariantsTemplate) {
    const { chooser, variants } = template.parts;
    const groups = [...variants.values()];
    return foldedName(name) === foldedName(chooser.name) || groups.some((one) => leadsToSetting(one, [name, ...rest]));
  }
  const child = childLike(template, name);
  return child instanceof Setting || (child !== undefined && leadsToSetting(child, rest));
}

/** A member of a group by name, which may not exist yet. */
export interface NamedMember {
  readonly group: NamedGroups;
  readonly name: string;
  readonly key: Key;
}

/** The member of a group by name that names lead to. */
export function namedMember(root: Group, names: readonly string[]): NamedMember | undefined {
  const [name, ...rest] = names;
  if (name === undefined) return undefined;
  if (root instanceof NamedGroups) {
    const known = root.like(name);
    if (rest.length > 0) return known && namedMember(known, rest);
    if (memberNameProblem(name) !== undefined) return undefined;
    return { group: root, name: known?.name ?? name, key: known?.key ?? childKey(root.key, name) };
  }
  const child = childLike(root, name);
  return child instanceof Group ? namedMember(child, rest) : undefined;
}

/** Whether a layer that has this value for a member of a group by name only says that there is one, or (`null`) none. */
export function isMark(value: unknown): boolean {
  return value === null || (isPlainObject(value) && Object.keys(value).length === 0);
}

/** Gives the groups by name on the way to a key the members that it names; only if it leads to a setting. */
export function addNamed(root: Group, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return;
  const isNew = root instanceof NamedGroups && root.child(name) === undefined;
  if (isNew && (memberNameProblem(name) !== undefined || !leadsToSetting(root.template.member, rest))) return;
  const child = root instanceof NamedGroups ? root.member(name) : root.child(name);
  if (child instanceof Group) addNamed(child, rest);
}

/** The keys of the members of groups by name on the way to a key, the outermost first. */
export function membersAround(root: Group, key: Key): readonly Key[] {
  const members: Key[] = [];
  let node: Setting | Group | undefined = root;
  for (const name of segments(key)) {
    if (!(node instanceof Group)) break;
    if (node instanceof NamedGroups) members.push(childKey(node.key, name));
    node = node.child(name);
  }
  return members;
}

/** Whether a key is that of a member of a group by name. */
export function isMemberKey(root: Group, key: Key): boolean {
  return membersAround(root, key).at(-1) === key;
}

/** The groups of variants on the way to a key, the innermost first. */
export function variantsAround(root: Group, key: Key): readonly VariantGroup[] {
  const found: VariantGroup[] = [];
  let group: Setting | Group | undefined = root;
  for (const name of segments(key)) {
    if (!(group instanceof Group)) break;
    if (group instanceof VariantGroup) found.push(group);
    group = group.child(name);
  }
  return found.reverse();
}

/** The choices that have a setting. */
export function choicesWith({ key, parts }: VariantGroup, setting: Key): readonly string[] {
  const path = segments(setting.slice(key.length + 1));
  return [...parts.variants].filter(([, group]) => hasPath(group, path)).map(([choice]) => choice);
}

function hasPath(group: Group, [name = '', ...rest]: readonly string[]): boolean {
  const child = group.child(name);
  if (child instanceof Setting) return rest.length === 0;
  return child instanceof NamedGroups ? rest.length > 0 : child !== undefined && hasPath(child, rest);
}
