import { isPlainObject, valueAt } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import { type Layer, type LayerEntries, writtenJson } from '../layer.ts';
import { NamedGroups } from '../schema/open-groups.ts';
import { isMark, isMarkKey, isMemberKey, listsAround, membersAround } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';
import { Group } from '../schema/setting.ts';
import type { KeyChange } from './edits.ts';
import { partsOf } from './open-keys.ts';

/** The changes of a draft that add members of groups by name, and remove them. */
export class OpenDraft {
  readonly #fullSchema: Schema;
  readonly #below: readonly Layer[];
  /** The lists that the file has to give whole. */
  readonly #whole = new Set<Key>();
  #members: ReadonlySet<Key> | undefined;

  /** `below`: the layers below the file. */
  constructor(fullSchema: Schema, below: readonly Layer[]) {
    this.#fullSchema = fullSchema;
    this.#below = below;
  }

  /** The keys of the settings at a key of the draft: all settings of a new member, none of a removed one. */
  keysOf(key: Key, draft: object): readonly Key[] {
    if (!isMemberKey(this.#fullSchema.root, key)) return [key];
    const value = valueAt(draft, segments(key));
    return isPlainObject(value) ? [...partsOf(value, key, this.#fullSchema)].map((part) => part.key) : [];
  }

  /** The value to write for a key of the draft. For a list of groups it is the empty list: its elements have their own keys. */
  valueOf(key: Key, draft: object): unknown {
    const value = valueAt(draft, segments(key));
    return Array.isArray(value) && isMarkKey(this.#fullSchema.root, key) ? [] : value;
  }

  /** Whether a key belongs to a list that the file has to give whole, because the draft is shorter than what is below. */
  isWholly(key: Key): boolean {
    return listsAround(this.#fullSchema.root, key).some((list) => this.#whole.has(list.key));
  }

  /** The marks in the file that remove members which the layers below give, and add those without settings. */
  removals(values: object, draft: object, entries: LayerEntries): readonly KeyChange[] {
    const edits: KeyChange[] = [];
    const edit = (key: Key, value: unknown): void => {
      edits.push({ key, written: value, base: writtenJson(entries.get(key)) });
    };
    for (const { key, isList } of namedGroupsIn(this.#fullSchema.root)) {
      const [before, after] = [valueAt(values, segments(key)), valueAt(draft, segments(key))];
      if (isList && Array.isArray(before) && this.#needsList({ key, before, after }, entries)) edit(key, []);
      else if (isList && after === undefined && entries.has(key)) edit(key, undefined);
      for (const name of memberNames(before)) {
        const member = `${key}.${name}`;
        const isGone = !isPlainObject(valueAt(after, [name]));
        if (isGone && !isList && this.#isBelow(member)) edit(member, null);
        else if (isGone && entries.has(member)) edit(member, undefined);
      }
      for (const name of memberNames(after)) {
        const [old, now] = [valueAt(before, [name]), valueAt(after, [name])];
        if (old === undefined && isPlainObject(now) && isMark(now)) edit(`${key}.${name}`, {});
      }
    }
    return edits;
  }

  /** Whether the file needs a list of its own: for the first member, and for fewer members than the layers below give. */
  #needsList(
    { key, before, after }: { readonly key: Key; readonly before: readonly unknown[]; readonly after: unknown },
    entries: LayerEntries,
  ): boolean {
    if (!Array.isArray(after) || entries.has(key)) return false;
    const isShorter = after.length < before.length;
    if (isShorter) this.#whole.add(key);
    return isShorter || (before.length === 0 && after.length > 0);
  }

  /** Whether a layer below the file gives a member. */
  #isBelow(member: Key): boolean {
    this.#members ??= new Set(
      this.#below.flatMap(({ name, entries }) =>
        name === 'default' ? [] : [...entries.keys()].flatMap((key) => membersAround(this.#fullSchema.root, key)),
      ),
    );
    return this.#members.has(member);
  }
}

/** The names of a group's members, or the indexes of a list's elements. */
function memberNames(value: unknown): readonly string[] {
  return isPlainObject(value) || Array.isArray(value) ? Object.keys(value) : [];
}

function* namedGroupsIn(group: Group): Generator<NamedGroups> {
  if (group instanceof NamedGroups) yield group;
  for (const child of group.children) if (child instanceof Group) yield* namedGroupsIn(child);
}
