import { ConfigError } from '../errors.ts';
import { isPlainObject, valueAt } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import { type Entry, type Layer, type LayerEntries, type LayerName, layersWith } from '../layer.ts';
import { type MemberKey, memberKey } from '../schema/member-path.ts';
import { NamedGroups } from '../schema/open-groups.ts';
import { addNamed, choicesWith, isMark, isMemberKey, membersAround, variantsAround } from '../schema/open-paths.ts';
import { refusal, shownValue } from '../schema/refusal.ts';
import type { Schema } from '../schema/schema.ts';
import { Group, type Setting } from '../schema/setting.ts';
import type { Edit } from './edits.ts';
import type { KeyValue } from './file-changes.ts';
import { unknownKey } from './unknown-key.ts';

/** The settings that exist, and those of every name and variant. */
export interface OpenSettings {
  readonly schema: Schema;
  readonly reading: Schema;
}

/** The setting of a key that leads into a group by name, which may get a new member. Throws for one of another variant. */
export function openSetting(key: Key, { schema, reading }: OpenSettings): Setting | undefined {
  addNamed(reading.root, segments(key));
  const setting = reading.settings.get(key);
  if (!setting) return undefined;
  const variants = variantsAround(reading.root, key).find(({ key: group }) => schema.groups.has(group));
  if (!variants) return setting;
  const { chooser } = variants.parts;
  const owners = choicesWith(variants, key).map(shownValue);
  const message = `is a setting of ${chooser.key} ${owners.join(' or ')}, which is not chosen`;
  throw unknownKey(key, message, `Set ${chooser.key} first.`);
}

/** What the changes of one layer need of the present state. */
interface PresentState extends OpenSettings {
  readonly given: readonly Layer[];
  computed(layers: readonly Layer[]): { readonly schema: Schema; readonly layers: readonly Layer[] };
}

/** Changes of a layer that may bring settings and take others away. */
export class OpenChanges {
  readonly #current: PresentState;
  readonly #layer: LayerName;
  /** How many entries the settings of {@link after} know. */
  #known = 0;
  #schema: Schema;

  constructor(current: PresentState, layer: LayerName) {
    this.#current = current;
    this.#layer = layer;
    this.#schema = current.schema;
  }

  /** The member of a setting's value that a key leads into; the setting may be one that a change brings. */
  memberOf(key: Key): MemberKey | undefined {
    const get = (one: Key): Setting | undefined => this.#schema.settings.get(one) ?? this.#added(one);
    return get(key) ? undefined : memberKey({ get }, key);
  }

  /** The changes of single settings. */
  *changesOf(changes: Iterable<KeyValue>): Generator<KeyValue> {
    const { reading, given } = this.#current;
    const entries = given.find(({ name }) => name === this.#layer)?.entries;
    for (const change of changes) {
      // A member that this layer removes exists again by any of its settings.
      for (const member of change.value === undefined ? [] : membersAround(reading.root, change.key)) {
        if (member !== change.key && entries?.get(member)?.value === null) yield { key: member, value: undefined };
      }
      yield* memberChanges(change, { reading, entries });
    }
  }

  /** The settings that exist after these entries; they change where a choice does. */
  after(entries: ReadonlyMap<Key, Entry | undefined>): Schema {
    const added = [...entries.keys()].slice(this.#known);
    this.#known = entries.size;
    if (added.some((key) => this.#isChooser(key)))
      this.#schema = this.#current.computed(layersWith(this.#current.given, this.#layer, entries)).schema;
    return this.#schema;
  }

  #added(key: Key): Setting | undefined {
    const { reading } = this.#current;
    const isOther = this.#schema.groups.has(key.slice(0, Math.max(0, key.lastIndexOf('.'))));
    if (!isOther) addNamed(reading.root, segments(key));
    return isOther ? undefined : reading.settings.get(key);
  }

  #isChooser(key: Key): boolean {
    const [variants] = variantsAround(this.#current.reading.root, key);
    return variants?.parts.chooser.key === key;
  }
}

/**
 * The changes of single settings that a change of a whole member makes: an object sets all of it, `null` removes what the
 * layers below give, `undefined` what this layer gives. Any other change as it is.
 */
function memberChanges(
  { key, value }: KeyValue,
  { reading, entries }: { readonly reading: Schema; readonly entries: LayerEntries | undefined },
): readonly KeyValue[] {
  if (reading.settings.has(key) || !isMemberKey(reading.root, key)) return [{ key, value }];
  if (value !== undefined && value !== null && !isPlainObject(value)) {
    throw new ConfigError([refusal(key, 'must be an object: it is a group of settings', { entry: { value } })]);
  }
  const own = [...(entries?.keys() ?? [])].filter((one) => one === key || one.startsWith(`${key}.`));
  const given = isPlainObject(value) ? [...leafKeys(value, { key, reading })] : [];
  const removed = own.filter((one) => !given.includes(one) && one !== key);
  const mark: KeyValue = { key, value: value !== undefined && isMark(value) ? value : undefined };
  const marks = own.includes(key) || mark.value !== undefined ? [mark] : [];
  return [
    ...removed.map((one) => ({ key: one, value: undefined })),
    ...given.map((one) => ({ key: one, value: valueAt(value as object, segments(one.slice(key.length + 1))) })),
    ...marks,
  ];
}

/** The keys of a layer that a reset removes: of a member of a group by name, all that it has there. */
export function keysToRemove(key: Key, { root }: Schema, entries: LayerEntries): readonly Key[] {
  if (!isMemberKey(root, key)) return [key];
  return [...entries.keys()].filter((one) => one === key || one.startsWith(`${key}.`));
}

/** The keys of the settings that an object gives. */
function* leafKeys(
  object: Readonly<Record<string, unknown>>,
  { key, reading }: { readonly key: Key; readonly reading: Schema },
): Generator<Key> {
  for (const [name, value] of Object.entries(object)) {
    const inner = `${key}.${name}`;
    addNamed(reading.root, segments(inner));
    if (isPlainObject(value) && !reading.settings.has(inner)) yield* leafKeys(value, { key: inner, reading });
    else yield inner;
  }
}

/** The changes of a draft that add members of groups by name, and remove them. */
export class OpenDraft {
  readonly #reading: Schema;
  readonly #below: readonly Layer[];
  #members: ReadonlySet<Key> | undefined;

  /** `below`: the layers below the file. */
  constructor(reading: Schema, below: readonly Layer[]) {
    this.#reading = reading;
    this.#below = below;
  }

  /** The keys of the settings that a key of the draft stands for: of all of a new member, of none for one that is removed. */
  keysOf(key: Key, draft: object): readonly Key[] {
    if (!isMemberKey(this.#reading.root, key)) return [key];
    const value = valueAt(draft, segments(key));
    return isPlainObject(value) ? [...leafKeys(value, { key, reading: this.#reading })] : [];
  }

  /** The marks in the file that remove members which the layers below give, and add those without settings. */
  removals(values: object, draft: object, entries: LayerEntries): readonly Edit[] {
    const edits: Edit[] = [];
    const edit = (key: Key, value: unknown): void => {
      const found = entries.get(key);
      const entry: Entry = { origin: { layer: 'file', name: key, location: '' }, value, written: value };
      edits.push({ key, written: value, base: found?.written ?? found?.value, ...(value !== undefined && { entry }) });
    };
    for (const { key } of namedGroupsIn(this.#reading.root)) {
      const [before, after] = [valueAt(values, segments(key)), valueAt(draft, segments(key))];
      for (const name of isPlainObject(before) ? Object.keys(before) : []) {
        const member = `${key}.${name}`;
        const isGone = !isPlainObject(valueAt(after, [name]));
        if (isGone && this.#isBelow(member)) edit(member, null);
        else if (isGone && entries.has(member)) edit(member, undefined);
      }
      for (const name of isPlainObject(after) ? Object.keys(after) : []) {
        const isEmpty = isPlainObject(after) && isPlainObject(after[name]) && isMark(after[name]);
        if (isEmpty && valueAt(before, [name]) === undefined) edit(`${key}.${name}`, {});
      }
    }
    return edits;
  }

  /** Whether a layer below the file gives a member. */
  #isBelow(member: Key): boolean {
    this.#members ??= new Set(
      this.#below.flatMap(({ name, entries }) =>
        name === 'default' ? [] : [...entries.keys()].flatMap((key) => membersAround(this.#reading.root, key)),
      ),
    );
    return this.#members.has(member);
  }
}

function* namedGroupsIn(group: Group): Generator<NamedGroups> {
  if (group instanceof NamedGroups) yield group;
  for (const child of group.children) if (child instanceof Group) yield* namedGroupsIn(child);
}
