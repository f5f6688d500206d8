import { type Config, ConfigError } from '../index.ts';
import {
  describeGroups,
  type GroupDescription,
  type GroupMember,
  type GroupMembers,
  groupMembers,
  layerNames,
  type SettingDescription,
} from '../tools.ts';
import { shellWord } from '../words/shell.ts';
import { layerLocationText, locationText, printable } from '../words/values.ts';
import { constraintsOf } from './detail.ts';
import type { Cell, Field, GroupDetail, Member, MemberAction, Row } from './model.ts';
import { ROW_LENGTH, shorten } from './rows.ts';

/** The rows of settings, with one before those of each group by name and each list of groups. */
export function withGroupRows(config: Config, rows: readonly Row[]): readonly Row[] {
  const groups = groupMembers(config);
  if (groups.length === 0) return rows;
  const layers = layerNames(config).toReversed();
  const rowsAt = new Map<number, Row[]>(groups.map(({ position }) => [position, []]));
  for (const group of groups) rowsAt.get(group.position)?.push(groupRow(group, layers));
  return [...rows, undefined].flatMap((row, i) => [...(rowsAt.get(i) ?? []), ...(row ? [row] : [])]);
}

function groupRow({ key, isList, members }: GroupMembers, layers: readonly string[]): Row {
  const count = members.filter(({ removedBy }) => !removedBy).length;
  return { key, text: countText(count, isList), redacted: false, cells: cellsOf(members, layers), isGroup: true };
}

function countText(count: number, isList: boolean): string {
  const noun = isList ? 'element' : 'member';
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The names that each of these layers gives and removes. */
function cellsOf(members: readonly GroupMember[], layers: readonly string[]): readonly Cell[] {
  const cells = layers.flatMap((layer): readonly Cell[] => {
    const inLayer = members.flatMap(({ name, origins, removedBy }) => {
      const origin = [...origins, ...(removedBy ? [removedBy] : [])].find((one) => one.layer === layer);
      return origin ? [{ origin, text: removedBy ? `without ${name}` : name }] : [];
    });
    const [first] = inLayer;
    const text = shorten(printable(inLayer.map((one) => one.text).join(', ')), ROW_LENGTH);
    return first ? [{ layer, text, state: 'merged', location: locationText(first.origin) }] : [];
  });
  return cells.length === 1 ? cells.map((cell) => ({ ...cell, state: 'wins' })) : cells;
}

/** Everything about a group by name or a list of groups. Throws `UNKNOWN_KEY`. */
export function groupDetailOf(config: Config, key: string): GroupDetail {
  const group = groupAt(config, key);
  const { isList, members } = group;
  return {
    key,
    isList,
    members: members.map((member) => memberOf(member, group)),
    fields: fieldsOf(memberDescription(describeGroups(config), key.split('.')), { path: '', onlyWith: [] }),
    command: `varve set ${shellWord(`${key}.${isList ? members.length : 'NAME'}`)} --stdin --json-value`,
  };
}

/** A group by name, or a list of groups, that exists. Throws `UNKNOWN_KEY`. */
export function groupAt(config: Config, key: string): GroupMembers {
  const group = groupMembers(config).find((one) => one.key === key);
  if (!group) throw new ConfigError([{ code: 'UNKNOWN_KEY', key, message: 'is not a group by name' }]);
  return group;
}

function memberOf(member: GroupMember, group: GroupMembers): Member {
  const { key, name, origins, removedBy } = member;
  const actions = actionsFor(member, group);
  const isFixed = removedBy === undefined && !actions.includes('remove');
  return {
    key,
    name,
    locations: (removedBy ? [removedBy] : origins).map((origin) => printable(layerLocationText(origin))),
    isRemoved: removedBy !== undefined,
    actions,
    ...(isFixed && { obstacle: obstacleOf(member, group) }),
  };
}

/** What the file can change about a member. An element of a list that a lower layer gives cannot be removed alone. */
export function actionsFor(
  { origins, isBelowFile, removedBy }: GroupMember,
  { isList, list }: GroupMembers,
): readonly MemberAction[] {
  const isInFile = origins.some(({ layer }) => layer === 'file');
  if (removedBy) return removedBy.layer === 'file' ? ['unset'] : [];
  const isOwn = isInFile && (!isBelowFile || list?.layer === 'file');
  const canRemove = isList ? isOwn : isInFile || isBelowFile;
  return [...(canRemove ? ['remove' as const] : []), ...(isInFile && !isOwn ? ['unset' as const] : [])];
}

function obstacleOf({ origins, isBelowFile }: GroupMember, { isList }: GroupMembers): string {
  const [highest] = origins;
  const lowest = origins.at(-1);
  if (isList && isBelowFile && lowest)
    return `${printable(layerLocationText(lowest))} has the list. A higher layer can replace it as a whole, but not remove an element.`;
  return highest ? `Remove it where it is given: ${printable(layerLocationText(highest))}.` : '';
}

/** The description of what every member of a group has. */
function memberDescription(root: GroupDescription, names: readonly string[]): GroupDescription | undefined {
  const [name, ...rest] = names;
  if (name === undefined) return 'member' in root ? root.member : undefined;
  if ('member' in root) return memberDescription(root.member, rest);
  const groups = 'variants' in root ? [...root.variants.values()] : [root];
  for (const { members } of groups) {
    const child = members.get(name);
    const found = child && !('format' in child) ? memberDescription(child, rest) : undefined;
    if (found) return found;
  }
  return undefined;
}

type FieldPlace = Pick<Field, 'path' | 'onlyWith'>;

/** The settings of a member, in their order. Groups by name inside it have no members yet. */
function fieldsOf(group: GroupDescription | undefined, place: FieldPlace): readonly Field[] {
  if (!group || 'member' in group) return [];
  const { path, onlyWith } = place;
  const inside = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if ('variants' in group) {
    const chooser = inside(group.chooser.key.slice(group.chooser.key.lastIndexOf('.') + 1));
    const chosen = Array.from(group.variants, ([choice, variant]) =>
      fieldsOf(variant, { path, onlyWith: [...onlyWith, { path: chooser, choice }] }),
    );
    return [fieldOf(group.chooser, { path: chooser, onlyWith }), ...chosen.flat()];
  }
  return Array.from(group.members, ([name, child]) => {
    const at = { path: inside(name), onlyWith };
    return 'format' in child ? [fieldOf(child, at)] : fieldsOf(child, at);
  }).flat();
}

function fieldOf(description: SettingDescription, { path, onlyWith }: FieldPlace): Field {
  const { doc, format, options, required, sensitive, defaultText, defaultFrom, variable } = description;
  const defaults = defaultText ?? (defaultFrom && `computed from ${defaultFrom.join(', ')}`);
  return {
    path,
    ...(doc !== undefined && { doc: printable(doc) }),
    format,
    constraints: constraintsOf(description),
    ...(options && { options: options.map(String) }),
    ...(defaults !== undefined && { defaultText: printable(defaults) }),
    ...(variable !== undefined && { variable }),
    isRequired: required,
    isSensitive: sensitive,
    onlyWith,
  };
}
