import { type Config, ConfigError, type FileChange } from '../index.ts';
import type { RequestedChange } from '../mcp/draft.ts';
import { type GroupMembers, groupMembers } from '../tools.ts';
import { layerLocationText, printable, valueText } from '../words/values.ts';
import { actionsFor, groupAt } from './groups.ts';
import type { MemberEdit, NewMember } from './model.ts';
import { ROW_LENGTH, shorten } from './rows.ts';

/** The changes of the file that an edit of a whole member makes. */
export interface MemberChanges {
  /** The member. */
  readonly key: string;
  readonly changes: readonly RequestedChange[];
}

/** How many settings of a member an effect lists. */
const MOST = 30;

/** The changes that add a member to a group by name, or an element at the end of a list. Throws `UNKNOWN_KEY` and `INVALID_VALUE`. */
export function additionTo(config: Config, { group: key, name, texts }: NewMember): MemberChanges {
  const group = groupAt(config, key);
  const existing = existingIn(group);
  const newName = group.isList ? String(existing.length) : (name ?? '').trim();
  if (newName === '') throw refusal(key, 'needs a name for the new member');
  const member = `${key}.${newName}`;
  if (existing.includes(member)) throw refusal(member, 'is a member already');
  const changes = Object.entries(texts).map(([path, value]) => ({ key: `${member}.${path}`, value }));
  return { key: member, changes: changes.length > 0 ? changes : [{ key: member, value: {} }] };
}

/** The change that removes a member, or what the file has of it. Throws `UNKNOWN_KEY` and `INVALID_VALUE`. */
export function changeOfMember(config: Config, { member: key, action }: MemberEdit): MemberChanges {
  const group = groupMembers(config).find(({ members }) => members.some((one) => one.key === key));
  const member = group?.members.find((one) => one.key === key);
  if (!group || !member) throw new ConfigError([{ code: 'UNKNOWN_KEY', key, message: 'is not a member' }]);
  if (!actionsFor(member, group).includes(action)) throw refusal(key, 'cannot be removed by the file');
  const isNull = action === 'remove' && member.isBelowFile && !group.isList;
  return { key, changes: [isNull ? { key, value: null } : { key }] };
}

/** A configuration before and after changes of its file. */
export interface ChangedConfig {
  readonly before: Config;
  readonly after: Config;
  readonly changes: readonly FileChange[];
}

/** What becomes of a member: whether it exists, and its settings that the changes do not write. */
export function effectsOn(key: string, { before, after, changes }: ChangedConfig): readonly string[] {
  const groupKey = key.slice(0, key.lastIndexOf('.'));
  const old = existingIn(groupAt(before, groupKey));
  const now = existingIn(groupAt(after, groupKey));
  const moved = old.length > now.length && groupAt(before, groupKey).isList ? old.slice(old.indexOf(key) + 1) : [];
  if (moved.length > 0) return moved.map((one, i) => printable(`${one} will become ${i === 0 ? key : moved[i - 1]}.`));
  if (!now.includes(key)) return [printable(`${key} will no longer exist.`)];
  const written = new Set(changes.flatMap((change) => (change.after === undefined ? [] : change.key)));
  const settings = after.explainAll().filter((one) => one.key.startsWith(`${key}.`) && !written.has(one.key));
  const lines = settings.slice(0, MOST).map(({ key: setting, value, winner }) => {
    const from = !winner ? '' : `, from ${winner.layer === 'default' ? 'the default' : layerLocationText(winner)}`;
    return printable(`${setting} = ${shorten(valueText(value), ROW_LENGTH)}${from}`);
  });
  const more = settings.length > MOST ? [`… and ${settings.length - MOST} more`] : [];
  const what = printable(`${key} ${old.includes(key) ? 'will stay' : 'will exist'}`);
  return [lines.length > 0 ? `${what}, with:` : `${what}.`, ...lines, ...more];
}

function existingIn({ members }: GroupMembers): readonly string[] {
  return members.filter(({ removedBy }) => !removedBy).map(({ key }) => key);
}

function refusal(key: string, message: string): ConfigError {
  return new ConfigError([{ code: 'INVALID_VALUE', key, message }]);
}
