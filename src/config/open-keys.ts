import { ConfigError } from '../errors.ts';
import { isPlainObject } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import { type Entries, type Entry, type Layer, type LayerName, NO_ENTRIES, writtenJson } from '../layer.ts';
import { layersWith } from '../overlaid-layer.ts';
import { type MemberKey, memberKey } from '../schema/member-path.ts';
import { NamedGroups } from '../schema/open-groups.ts';
import {
  addNamed,
  choicesWith,
  isMarkKey,
  isMemberKey,
  listsAround,
  memberNameProblem,
  membersAround,
  variantsAround,
  wholeProblem,
} from '../schema/open-paths.ts';
import { refusal, shownValue } from '../schema/refusal.ts';
import type { Schema } from '../schema/schema.ts';
import { Group, type Setting } from '../schema/setting.ts';
import { ChangedKeys, keysWithin } from './changed-keys.ts';
import type { KeyValue } from './file-changes.ts';
import { unknownKey } from './unknown-key.ts';

/** The settings that exist, and those of every name and variant. */
export interface OpenSettings {
  readonly schema: Schema;
  readonly fullSchema: Schema;
}

/**
 * The setting of a key, also in a new member of a group by name; `undefined` if there is none. Throws `UNKNOWN_KEY` for a
 * setting of a variant that is not chosen.
 */
export function openSetting(key: Key, { schema, fullSchema }: OpenSettings): Setting | undefined {
  addNamed(fullSchema.root, segments(key));
  const setting = fullSchema.settings.get(key);
  if (!setting) return undefined;
  const variants = variantsAround(fullSchema.root, key).find(({ key: group }) => schema.groups.has(group));
  if (!variants) return setting;
  // A group by name inside the chosen variant may get a member.
  const groups = membersAround(fullSchema.root, key).map((member) => member.slice(0, member.lastIndexOf('.')));
  if (groups.some((group) => group.startsWith(`${variants.key}.`) && schema.groups.has(group))) return setting;
  const { chooser } = variants.parts;
  const owners = choicesWith(variants, key).map(shownValue);
  const message = `is a setting of ${chooser.key} ${owners.join(' or ')}, which is not chosen`;
  throw unknownKey(key, message, `Set ${chooser.key} first.`);
}

/** The parts of the present state that the changes of a layer need. */
interface PresentState extends OpenSettings {
  readonly given: readonly Layer[];
  compute(layers: readonly Layer[]): { readonly schema: Schema; readonly layers: readonly Layer[] };
}

/** Changes of a layer after which other settings may exist: a new member of a group by name, another variant. */
export class OpenChanges {
  readonly #current: PresentState;
  readonly #layer: LayerName;
  /** The keys of groups of variants whose choice has changed since the settings were computed. */
  readonly #chosen = new Set<Key>();
  /** Whether this layer or one below it gives something of a list. */
  readonly #givenLists = new Map<Key, boolean>();
  #schema: Schema;

  constructor(current: PresentState, layer: LayerName) {
    this.#current = current;
    this.#layer = layer;
    this.#schema = current.schema;
  }

  /** The member of a setting's value that a key leads into; the setting may exist only after a change. */
  memberOf(key: Key): MemberKey | undefined {
    return memberKey({ get: (one) => this.#setting(one) }, key);
  }

  /** Whether a key is that of a setting, also of one that exists only after a change. */
  hasSetting(key: Key): boolean {
    return this.#setting(key) !== undefined;
  }

  #setting(key: Key): Setting | undefined {
    return this.#schema.settings.get(key) ?? this.#added(key);
  }

  /** The changes of single settings. The number of a member means its list before all changes. */
  changesOf(changes: readonly KeyValue[]): Iterable<KeyValue> {
    const { entries } = this.#current.given.find(({ name }) => name === this.#layer) ?? { entries: NO_ENTRIES };
    const begun = new Set<Key>();
    const [only] = changes;
    if (only && changes.length === 1) return this.#changesOf(only, { entries, begun });
    const made = new Map<Key, KeyValue>();
    const after = new ChangedKeys(entries);
    const { fullSchema } = this.#current;
    for (const run of runsOf(inOrder(changes, { fullSchema, entries }), { fullSchema, entries: after })) {
      for (const { key } of run.changes) addNamed(fullSchema.root, segments(key));
      const [change] = run.changes as [KeyValue];
      const parts = run.list
        ? withoutElements(run.list, run.changes, { fullSchema, entries: after })
        : this.#changesOf(change, { entries: after, begun });
      for (const one of parts) {
        const { key, value } = one;
        made.delete(key);
        made.set(key, one);
        if (value === undefined) after.delete(key);
        else after.set(key, { origin: { layer: this.#layer, name: key, location: '' }, value });
      }
    }
    return made.values();
  }

  /** The changes of single settings that one change makes. `begun`: the lists that a change before it began. */
  *#changesOf(
    change: KeyValue,
    { entries, begun }: { readonly entries: Entries; readonly begun: Set<Key> },
  ): Generator<KeyValue> {
    const { fullSchema } = this.#current;
    const { key, value } = change;
    // A member that this layer removes, or that has no settings in it, exists by any of its settings.
    for (const member of value === undefined ? [] : membersAround(fullSchema.root, key))
      if (member !== key && entries.has(member)) yield { key: member, value: undefined };
    for (const { key: list } of value === undefined ? [] : listsAround(fullSchema.root, key)) {
      if (list === key || begun.has(list) || this.#isGiven(list)) continue;
      begun.add(list);
      yield { key: list, value: [] };
    }
    const changed = memberChanges(change, { fullSchema, entries });
    if (value === undefined) yield* elementMark(key, changed, { fullSchema, entries });
    yield* changed;
  }

  #isGiven(list: Key): boolean {
    const known = this.#givenLists.get(list);
    if (known !== undefined) return known;
    const { given } = this.#current;
    const index = given.findIndex(({ name }) => name === this.#layer);
    const isGiven = given.slice(0, index + 1).some((layer) => hasInside(layer, list));
    this.#givenLists.set(list, isGiven);
    return isGiven;
  }

  /** The changes with those of choices first, the outer ones before those inside them. */
  choicesFirst(changes: Iterable<KeyValue>): readonly KeyValue[] {
    const { root } = this.#current.fullSchema;
    const all = [...changes];
    const choices = all.filter(({ key }) => this.#groupChosenBy(key) !== undefined);
    if (choices.length === 0) return all;
    const depths = new Map(choices.map((change) => [change, variantsAround(root, change.key).length]));
    choices.sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
    return [...choices, ...all.filter((change) => !depths.has(change))];
  }

  /**
   * The settings that exist after these entries, as far as `key` depends on them: a choice changes those of its group.
   * Computed only where `key` is in a group whose choice has changed.
   */
  after(entries: ReadonlyMap<Key, Entry | undefined>, key: Key): Schema {
    const own = this.#groupChosenBy(key);
    const around = this.#chosen.size === 0 ? [] : variantsAround(this.#current.fullSchema.root, key);
    if (around.some((group) => group.key !== own && this.#chosen.has(group.key))) {
      this.#schema = this.#current.compute(layersWith(this.#current.given, this.#layer, entries)).schema;
      this.#chosen.clear();
    }
    if (own !== undefined) this.#chosen.add(own);
    return this.#schema;
  }

  #added(key: Key): Setting | undefined {
    const { fullSchema } = this.#current;
    const isOther = this.#schema.groups.has(key.slice(0, Math.max(0, key.lastIndexOf('.'))));
    if (!isOther) addNamed(fullSchema.root, segments(key));
    return isOther ? undefined : fullSchema.settings.get(key);
  }

  /** The key of the group of variants whose choice is made by `key`. */
  #groupChosenBy(key: Key): Key | undefined {
    const [variants] = variantsAround(this.#current.fullSchema.root, key);
    return variants?.parts.chooser.key === key ? variants.key : undefined;
  }
}

/**
 * The changes in the order in which they are made. A member or list that is removed, and that other changes give settings,
 * loses first what the layer has of it. What is in lists is removed after all other changes, the last elements first: a removal
 * then moves no member that another change names.
 */
function inOrder(changes: readonly KeyValue[], { fullSchema: { root }, entries }: ChangedLayer): readonly KeyValue[] {
  const wholes = (key: Key): readonly Key[] => [
    ...membersAround(root, key),
    ...listsAround(root, key).map((list) => list.key),
  ];
  const given = changes.filter(({ value }) => value !== undefined).flatMap(({ key }) => wholes(key));
  const removed = new Set(changes.flatMap(({ key, value }) => (value === undefined ? key : [])));
  const replaced = new Set(given.filter((whole) => removed.has(whole)));
  const own = replaced.size === 0 ? [] : [...entries.keys()];
  const emptied = own.filter((key) => wholes(key).some((whole) => replaced.has(whole)));
  const others = changes.filter(({ key }) => !replaced.has(key));
  const isRemoval = ({ key, value }: KeyValue): boolean => {
    const list = value === undefined || value === null ? listsAround(root, key).at(-1) : undefined;
    return list !== undefined && list.key !== key && (value === undefined || isMemberOf(list, key));
  };
  const removals = others.filter(isRemoval);
  removals.sort((a, b) => b.key.localeCompare(a.key, 'en', { numeric: true }));
  return [
    ...emptied.map((key) => ({ key, value: undefined })),
    ...others.filter((change) => !isRemoval(change)),
    ...removals,
  ];
}

/** Changes that are made at once: one, or the removals of several elements of a list that the layer has. */
interface ChangeRun {
  readonly changes: KeyValue[];
  /** The list of the elements. */
  readonly list?: NamedGroups | undefined;
}

function* runsOf(changes: readonly KeyValue[], layer: ChangedLayer): Generator<ChangeRun> {
  let run: ChangeRun | undefined;
  for (const change of changes) {
    const list = change.value === undefined ? ownListOf(change.key, layer) : undefined;
    if (run && list && run.list === list) run.changes.push(change);
    else {
      if (run) yield run;
      run = { changes: [change], list };
    }
  }
  if (run) yield run;
}

/** The list that has an element of this key, if the layer has the list. */
function ownListOf(key: Key, { fullSchema: { root }, entries }: ChangedLayer): NamedGroups | undefined {
  const list = listsAround(root, key).at(-1);
  return list && list.key !== key && isMemberOf(list, key) && entries.has(list.key) ? list : undefined;
}

/** Whether a layer gives a key, or one inside it. */
function hasInside({ name, entries }: Layer, key: Key): boolean {
  return name !== 'default' && keysWithin(entries, key).length > 0;
}

/** Where the changes of a layer are made. */
interface ChangedLayer {
  readonly fullSchema: Schema;
  /** The entries after the changes before this one. */
  readonly entries: Entries;
}

/**
 * The changes of single settings that a change of a whole member or list makes: its value sets all of it, `null` removes
 * what the layers below give, `undefined` what this layer gives. Any other change as it is.
 */
function memberChanges(change: KeyValue, layer: ChangedLayer): readonly KeyValue[] {
  const { fullSchema, entries } = layer;
  const { key, value } = change;
  if (fullSchema.settings.has(key)) return [change];
  const list = listsAround(fullSchema.root, key).at(-1);
  if (!isMemberKey(fullSchema.root, key) && list?.key !== key) return [change];
  const element = list && list.key !== key && isMemberOf(list, key) ? key.slice(list.key.length + 1) : undefined;
  const own = value === null || value === undefined ? ownListOf(key, layer) : undefined;
  if (own) return withoutElements(own, [change], layer);
  if (value !== undefined && !isWhole(value, { list: list?.key === key, element: element !== undefined })) {
    const problem = list ? wholeProblem(element === undefined ? {} : { name: element }) : NOT_A_GROUP;
    throw new ConfigError([refusal(key, problem, { entry: { value } })]);
  }
  const given = value === undefined ? [] : [...partsOf(value, key, fullSchema)];
  const keys = new Set(given.map((one) => one.key));
  const within = keysWithin(entries, key);
  return [...within.filter((one) => !keys.has(one)).map((one) => ({ key: one, value: undefined })), ...given];
}

const NOT_A_GROUP = 'must be an object: it is a group of settings';

function isWhole(value: unknown, is: { readonly list: boolean; readonly element: boolean }): boolean {
  if (is.list) return Array.isArray(value);
  return isPlainObject(value) || (value === null && !is.element);
}

function isMemberOf({ key }: NamedGroups, member: Key): boolean {
  return !member.slice(key.length + 1).includes('.');
}

/**
 * The mark of an element that the removal of a key leaves without settings: it stays where others are behind it, which
 * keep their places.
 */
function elementMark(
  key: Key,
  removals: readonly KeyValue[],
  { fullSchema, entries }: ChangedLayer,
): readonly KeyValue[] {
  const list = listsAround(fullSchema.root, key).findLast((one) => one.key !== key && entries.has(one.key));
  if (!list) return [];
  const index = Number.parseInt(key.slice(list.key.length + 1), 10);
  const keysOf = (at: number): readonly Key[] => keysWithin(entries, `${list.key}.${at}`);
  const removed = new Set(removals.map((one) => one.key));
  const isEmptied = !isMemberOf(list, key) && keysOf(index).every((one) => removed.has(one));
  return isEmptied && keysOf(index + 1).length > 0 ? [{ key: `${list.key}.${index}`, value: {} }] : [];
}

/** The changes that take elements out of a list that a layer has: those behind them take their places. */
function withoutElements(
  list: NamedGroups,
  elements: readonly KeyValue[],
  { fullSchema, entries }: ChangedLayer,
): readonly KeyValue[] {
  const start = list.key.length + 1;
  const own = keysWithin(entries, list.key).filter((one) => one !== list.key);
  const indexOf = (one: Key): number => Number.parseInt(one.slice(start), 10);
  const gone = new Set(elements.map(({ key }) => indexOf(key)));
  const first = Math.min(...gone);
  const places = new Map<number, number>();
  for (const index of [...new Set(own.map(indexOf))].toSorted((a, b) => a - b))
    if (index > first && !gone.has(index)) places.set(index, first + places.size);
  const moved = own.flatMap((one) => {
    const place = places.get(indexOf(one));
    if (place === undefined) return [];
    const key = `${list.key}.${place}${one.slice(start + String(indexOf(one)).length)}`;
    addNamed(fullSchema.root, segments(key));
    return [{ key, value: writtenJson(entries.get(one)) }];
  });
  const kept = new Set(moved.map(({ key }) => key));
  const removed = own.filter((one) => indexOf(one) >= first && !kept.has(one));
  return [...removed.map((key) => ({ key, value: undefined })), ...moved];
}

/**
 * The settings that a value of a group gives, each by its key. A list, and a member without settings, have a mark of
 * their own.
 */
export function* partsOf(value: unknown, key: Key, fullSchema: Schema): Generator<KeyValue> {
  const isList = Array.isArray(value);
  if (isList || value === null) yield { key, value: isList ? [] : null };
  if (!isList && !isPlainObject(value)) return;
  let hasParts = isList;
  for (const [name, inner] of Object.entries(value)) {
    const child = `${key}.${name}`;
    const isGroup = (isPlainObject(inner) || Array.isArray(inner)) && madeGroup(fullSchema.root, child) !== undefined;
    const parts = isMarkKey(fullSchema.root, child)
      ? partsOf(inner, child, fullSchema)
      : insideOf(inner, child, fullSchema);
    for (const part of isGroup ? parts : [{ key: child, value: inner }]) {
      hasParts = true;
      yield part;
    }
  }
  if (!hasParts) yield { key, value: {} };
}

/** What `partsOf` yields, without a mark of the group itself. */
function* insideOf(value: unknown, key: Key, fullSchema: Schema): Generator<KeyValue> {
  for (const part of partsOf(value, key, fullSchema)) if (part.key !== key) yield part;
}

/** The group at a key; a group by name on the way there gets the members that the key names. */
function madeGroup(root: Group, key: Key): Group | undefined {
  let group: Group | undefined = root;
  for (const name of segments(key)) {
    const isNew: boolean = group instanceof NamedGroups && memberNameProblem(group, name) === undefined;
    const child: Setting | Group | undefined = isNew ? (group as NamedGroups).member(name) : group?.child(name);
    group = child instanceof Group ? child : undefined;
  }
  return group;
}
