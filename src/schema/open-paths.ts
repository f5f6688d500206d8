import { isPlainObject, RESERVED_NAME } from '../json/value.ts';
import { childKey, foldedName, type Key, segments } from '../key.ts';
import { decodeJson } from './decode.ts';
import { NamedGroups, NamedGroupsTemplate, VariantGroup, VariantsTemplate } from './open-groups.ts';
import { Group, Setting } from './setting.ts';

/** Why a group by name, or a list, cannot have a member of this name. */
export function memberNameProblem({ isList }: Pick<NamedGroups, 'isList'>, name: string): string | undefined {
  if (isList && !INDEX.test(name)) return 'is not a member that a list can have: members are numbered from 0';
  if (name === RESERVED_NAME) return 'is a name that no setting may have';
  if (name === '') return 'is not a name: it is empty';
  return name.includes('.') ? 'is not a name that a group of settings can have: it has a dot in it' : undefined;
}

/** The name of a member of a list. */
const INDEX = /^(?:0|[1-9]\d{0,14})$/;

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
    if (memberNameProblem(root, name) !== undefined || !leadsToSetting(root.template.member, rest)) return undefined;
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

/** Whether names lead to a group, also of a member that no layer gives yet. */
export function isGroupPath(root: Group, names: readonly string[]): boolean {
  const [name, ...rest] = names;
  if (name === undefined) return true;
  if (root instanceof NamedGroupsTemplate) return isGroupPath(root.member, rest);
  if (root instanceof VariantsTemplate)
    return [...root.parts.variants.values()].some((variant) => isGroupPath(variant, names));
  const child = root.child(name);
  if (child !== undefined) return child instanceof Group && isGroupPath(child, rest);
  return root instanceof NamedGroups && isGroupPath(root.template.member, rest);
}

/** What a layer may give as a whole: a member of a group by name, which may not exist yet, or a list of groups. */
export interface OpenWhole {
  readonly group: NamedGroups;
  /** The name of the member; `undefined` for the list itself. */
  readonly name?: string;
}

/** The member of a group by name, or the list, that names lead to. */
export function openWhole(root: Group, names: readonly string[]): OpenWhole | undefined {
  const [name, ...rest] = names;
  if (root instanceof NamedGroups) {
    if (name === undefined) return root.isList ? { group: root } : undefined;
    const known = root.like(name);
    if (rest.length > 0) return known && openWhole(known, rest);
    return memberNameProblem(root, name) === undefined ? { group: root, name: known?.name ?? name } : undefined;
  }
  const child = name === undefined ? undefined : childLike(root, name);
  return child instanceof Group ? openWhole(child, rest) : undefined;
}

/** The key of a whole. */
export function keyOfWhole({ group, name }: OpenWhole): Key {
  return name === undefined ? group.key : group.member(name).key;
}

/** A value, or why a text has none. */
type WholeValue = { readonly value: unknown } | { readonly problem: string };

/**
 * The value that a text gives as a whole, as JSON. A list takes no other text, and a member no other than an object and
 * `null`: `undefined` for what is not meant for it.
 */
export function wholeValue({ name }: OpenWhole, text: string): WholeValue | undefined {
  const isMeant = name === undefined || text === 'null' || text.trimStart().startsWith('{');
  if (!isMeant) return undefined;
  return text.trim() === '' ? { problem: 'must not be empty; an empty list is []' } : decodeJson(text);
}

/** Why a list, or a member of one, does not take a value of another kind. */
export function wholeProblem({ name }: Pick<OpenWhole, 'name'>): string {
  return name === undefined
    ? 'must be a list of objects: it is a list of groups of settings'
    : 'must be an object: it is a group of settings in a list, and no member of a list can be removed alone';
}

/**
 * Whether a value is all that a layer gives for a key itself: that there is a member (`{}`), that there is none (`null`),
 * or that the layer has the list, so that it replaces the one below it (`[]`).
 */
export function isMark(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || (isPlainObject(value) && Object.keys(value).length === 0);
}

/** Gives the groups by name on the way to a key the members that it names; only if it leads to a setting. */
export function addNamed(root: Group, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return;
  const isNew = root instanceof NamedGroups && root.child(name) === undefined;
  if (isNew && (memberNameProblem(root, name) !== undefined || !leadsToSetting(root.template.member, rest))) return;
  const child = root instanceof NamedGroups ? root.member(name) : root.child(name);
  if (child instanceof Group) addNamed(child, rest);
}

/** The keys of the members of groups by name on the way to a key, the outermost first. */
export function membersAround(root: Group, key: Key): readonly Key[] {
  const members: Key[] = [];
  let node: Setting | Group | undefined = root;
  for (const name of segments(key)) {
    if (!(node instanceof Group)) break;
    if (node instanceof NamedGroups) {
      if (memberNameProblem(node, name) !== undefined && !node.child(name)) break;
      members.push(childKey(node.key, name));
    }
    node = node.child(name);
  }
  return members;
}

/** Whether a key is that of a member of a group by name. */
export function isMemberKey(root: Group, key: Key): boolean {
  return membersAround(root, key).at(-1) === key;
}

/** The lists on the way to a key, the outermost first; also one whose key it is. */
export function listsAround(root: Group, key: Key): readonly NamedGroups[] {
  const lists: NamedGroups[] = [];
  let node: Setting | Group | undefined = root;
  for (const name of segments(key)) {
    if (!(node instanceof Group)) break;
    node = node.child(name);
    if (node instanceof NamedGroups && node.isList) lists.push(node);
  }
  return lists;
}

/** Whether a layer may have a mark for a key: it is that of a member of a group by name, or of a list. */
export function isMarkKey(root: Group, key: Key): boolean {
  return isMemberKey(root, key) || listsAround(root, key).at(-1)?.key === key;
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
  const having = choicesByMember(parts).get(path[0] ?? '') ?? [];
  return having.filter(([, group]) => hasPath(group, path)).map(([choice]) => choice);
}

type ChoicesByMember = ReadonlyMap<string, readonly (readonly [choice: string, group: Group])[]>;

const choicesOf = new WeakMap<VariantGroup['parts'], ChoicesByMember>();

/** The choices by the names of their members. */
function choicesByMember(parts: VariantGroup['parts']): ChoicesByMember {
  const known = choicesOf.get(parts);
  if (known) return known;
  const choices = new Map<string, (readonly [string, Group])[]>();
  for (const one of parts.variants) {
    for (const { name } of one[1].children) {
      const same = choices.get(name);
      if (same) same.push(one);
      else choices.set(name, [one]);
    }
  }
  choicesOf.set(parts, choices);
  return choices;
}

function hasPath(group: Group, [name = '', ...rest]: readonly string[]): boolean {
  const child = group.child(name);
  if (child instanceof Setting) return rest.length === 0;
  return child instanceof NamedGroups || (child !== undefined && hasPath(child, rest));
}
