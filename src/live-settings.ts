import type { Issue } from './errors.ts';
import { rankedEntries, resolveSetting, validEntries, valueBelow } from './explain.ts';
import { childKey, foldedName, type Key, segments } from './key.ts';
import {
  describeOrigin,
  type Entry,
  isVariable,
  type Layer,
  type LayerName,
  NO_ENTRIES,
  OverlaidEntries,
  plainOrigin,
} from './layer.ts';
import { checkLayer, SettingEntries, untyped } from './schema/check.ts';
import { NamedGroups, schemaOf, VariantGroup } from './schema/open-groups.ts';
import { choicesWith } from './schema/open-paths.ts';
import { shownValue } from './schema/refusal.ts';
import type { Schema } from './schema/schema.ts';
import { Group, Groups, ListGroup, Setting, Settings } from './schema/setting.ts';
import { unseenIn } from './unseen.ts';

/** Layers, and the settings that exist in them. */
export interface LiveSettings {
  readonly schema: Schema;
  readonly layers: readonly Layer[];
}

/**
 * The settings that exist in these layers: the members of groups by name that some layer gives and none above removes,
 * and the settings of the chosen variants. `reading` has those of all names and variants.
 */
export function liveSettings(reading: Schema, layers: readonly Layer[]): LiveSettings {
  return new LiveState(reading, layers).result();
}

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
}

/** A setting that a layer gives, of a variant that is not chosen. */
interface DroppedEntry {
  readonly key: Key;
  readonly layer: number;
  readonly variants: Key;
}

/** What a group of variants chooses. */
interface Choice {
  readonly group: VariantGroup;
  readonly name: unknown;
}

class LiveState {
  readonly #reading: Schema;
  readonly #given: readonly Layer[];
  readonly #ways = new Map<Key, Way | undefined>();
  /** The keys of each layer that lead through groups by name and variants. */
  readonly #keys: readonly (readonly Key[])[];
  /** The members that layers give, by their group, in the order of the layers. */
  readonly #names = new Map<Key, Set<string>>();
  /** The highest layer that removes a member, or has a list of its own. */
  readonly #removedIn = new Map<Key, number>();
  #highest: ReadonlyMap<Key, Entry> | undefined;
  readonly #choices = new Map<Key, Choice>();
  readonly #issues: Issue[] = [];
  readonly #warnings: Issue[] = [];

  constructor(reading: Schema, layers: readonly Layer[]) {
    this.#reading = reading;
    this.#given = layers;
    this.#keys = layers.map(({ name, entries }) =>
      name === 'default' ? [] : [...entries.keys()].filter((key) => this.#way(key) !== undefined),
    );
  }

  result(): LiveSettings {
    this.#findNames();
    const masked = this.#given.map((layer, i) => this.#withoutRemoved(layer, i));
    const root = this.#live(this.#reading.root, masked);
    const schema = schemaOf(this.#reading, root);
    const layers = masked.map((layer, i) => this.#chosenOnly(layer, i, schema));
    const typed = layers.map((layer) => this.#retyped(layer, { schema, layers }));
    this.#reportNames(root);
    const { warnings } = this.#reading;
    return { schema: { ...schema, issues: this.#issues, warnings: [...warnings, ...this.#warnings] }, layers: typed };
  }

  #way(key: Key): Way | undefined {
    if (!this.#ways.has(key)) this.#ways.set(key, wayTo(this.#reading.root, key));
    return this.#ways.get(key);
  }

  #findNames(): void {
    for (const [i, keys] of this.#keys.entries()) {
      for (const key of keys) {
        const value = this.#way(key)?.isMark ? this.#given[i]?.entries.get(key)?.value : undefined;
        if (value === null || Array.isArray(value)) this.#removedIn.set(key, i);
      }
    }
    for (const [i, keys] of this.#keys.entries()) {
      for (const key of keys) {
        for (const member of this.#way(key)?.members ?? [])
          if (!this.#isRemovedAbove(member, i) && !(member === key && this.#isRemoval(key, i))) this.#addName(member);
      }
    }
  }

  /** Whether a layer above removes a member on the way to the key, or the entry itself removes one. */
  #isRemoved(key: Key, layer: number): boolean {
    return this.#isRemoval(key, layer) || this.#isRemovedAbove(key, layer);
  }

  #isRemoval(key: Key, layer: number): boolean {
    return this.#way(key)?.isMark === true && this.#given[layer]?.entries.get(key)?.value === null;
  }

  #isRemovedAbove(key: Key, layer: number): boolean {
    const { members = [], lists = [] } = this.#way(key) ?? {};
    return [...members, ...lists].some((one) => (this.#removedIn.get(one) ?? -1) > layer);
  }

  #addName(member: Key): void {
    const dot = member.lastIndexOf('.');
    const group = member.slice(0, dot);
    const names = this.#names.get(group) ?? new Set();
    this.#names.set(group, names.add(member.slice(dot + 1)));
  }

  #withoutRemoved(layer: Layer, index: number): Layer {
    const keys = this.#keys[index] ?? [];
    return without(
      layer,
      keys.filter((key) => this.#way(key)?.isMark === true || this.#isRemoved(key, index)),
    );
  }

  #live(group: Group, layers: readonly Layer[]): Group {
    if (group instanceof NamedGroups) {
      const given = [...(this.#names.get(group.key) ?? [])];
      const names = group.isList ? this.#elements(group.key, given) : given;
      const members = names.map((name) => this.#live(group.member(name), layers));
      return group.isList ? new ListGroup(group.key, group.name, members) : new Group(group.key, group.name, members);
    }
    if (group instanceof VariantGroup) return this.#chosen(group, layers);
    const children = group.children.map((child) => (child instanceof Setting ? child : this.#live(child, layers)));
    return children.every((child, i) => child === group.children[i])
      ? group
      : new Group(group.key, group.name, children);
  }

  /** The names of a list's members in their order. Those after a gap are refused. */
  #elements(list: Key, names: readonly string[]): readonly string[] {
    const sorted = names.toSorted((a, b) => Number(a) - Number(b));
    const gap = sorted.findIndex((name, i) => Number(name) !== i);
    if (gap < 0) return sorted;
    const key = `${list}.${sorted[gap]}`;
    const entry = this.#entryIn(key);
    this.#issues.push({
      code: 'INVALID_VALUE',
      key,
      message: `is after the end of the list, which has ${gap === 0 ? 'no members' : `${gap} member${gap === 1 ? '' : 's'}`}`,
      ...(entry && { origin: plainOrigin(entry.origin) }),
      suggestion: `Give ${list}.${gap} first: members are numbered from 0 without gaps.`,
    });
    return sorted.slice(0, gap);
  }

  /** The highest entry of a member. */
  #entryIn(member: Key): Entry | undefined {
    this.#highest ??= this.#highestEntries();
    return this.#highest.get(member);
  }

  #highestEntries(): ReadonlyMap<Key, Entry> {
    const highest = new Map<Key, Entry>();
    for (const [i, keys] of [...this.#keys.entries()].reverse()) {
      for (const key of keys) {
        const entry = this.#isRemoved(key, i) ? undefined : this.#given[i]?.entries.get(key);
        for (const member of this.#way(key)?.members ?? [])
          if (entry && !highest.has(member)) highest.set(member, entry);
      }
    }
    return highest;
  }

  #chosen(group: VariantGroup, layers: readonly Layer[]): Group {
    const { chooser, variants } = group.parts;
    const name = resolveSetting(chooser, layers);
    const variant = typeof name === 'string' ? variants.get(name) : undefined;
    this.#choices.set(group.key, { group, name });
    const others = layers.filter(({ choice }) => choice?.group !== group.key || choice.name === name);
    const children =
      variant?.children.map((child) => (child instanceof Setting ? child : this.#live(child, others))) ?? [];
    return new Group(group.key, group.name, [chooser, ...children]);
  }

  /** The layer without the settings of variants that are not chosen. */
  #chosenOnly(layer: Layer, index: number, schema: Schema): Layer {
    if (layer.name === 'default') return withDefaults(layer, schema);
    const { choice } = layer;
    if (choice && this.#choices.get(choice.group)?.name !== choice.name) return withoutEntries(layer);
    if (choice) this.#reportFile(layer.name, choice.group);
    const dropped = (this.#keys[index] ?? []).flatMap((key): readonly DroppedEntry[] => {
      const variants = this.#way(key)?.variants.at(-1);
      const isGone = variants !== undefined && this.#reading.settings.has(key) && !schema.settings.has(key);
      return isGone && layer.entries.has(key) ? [{ key, layer: index, variants }] : [];
    });
    for (const one of dropped) this.#reportDropped(one);
    return without(
      layer,
      dropped.map(({ key }) => key),
    );
  }

  /** Reports what is wrong with the file of a choice that is made. */
  #reportFile(layer: LayerName, group: Key): void {
    const { issues = [], warnings = [] } = this.#reading.choiceReports?.get(layer) ?? {};
    const key = this.#choices.get(group)?.group.parts.chooser.key ?? group;
    this.#issues.push(...issues.map((issue) => ({ key, ...issue })));
    this.#warnings.push(...warnings.map((warning) => ({ key, ...warning })));
  }

  /** Reports a setting of another variant that is written in the layer of the chooser or above it. */
  #reportDropped({ key, layer, variants }: DroppedEntry): void {
    const choice = this.#choices.get(variants);
    const entry = this.#given[layer]?.entries.get(key);
    if (!choice || typeof choice.name !== 'string' || !entry) return;
    const [winner] = validEntries(rankedEntries(choice.group.parts.chooser.key, this.#given));
    if (!winner || layer < this.#given.indexOf(winner.layer)) return;
    const owners = choicesWith(choice.group, key);
    const { key: chooser } = choice.group.parts.chooser;
    const value = shownValue(choice.name);
    const isDefault = winner.layer.name === 'default';
    const but = isDefault
      ? `the default of ${chooser} is ${value}`
      : `${describeOrigin(winner.entry.origin)} sets ${chooser} to ${value}`;
    const message = `belongs to ${chooser} ${owners.join(' and ')}, but ${but}`;
    const { name } = this.#given[layer] as Layer;
    const isRefused = name === 'flag' || isVariable({ layer: name });
    const issue: Issue = {
      code: isRefused ? 'INVALID_VALUE' : 'UNKNOWN_KEY',
      key,
      message,
      origin: plainOrigin(entry.origin),
      suggestion: `Remove it, or choose ${owners.join(' or ')} by ${chooser}.`,
    };
    (isRefused ? this.#issues : this.#warnings).push(issue);
  }

  /** The layer with the types of the chosen variant, where another one has a setting of the same name. */
  #retyped(layer: Layer, { schema, layers }: LiveSettings): Layer {
    if (layer.name === 'default') return layer;
    const index = layers.indexOf(layer);
    const others = (this.#keys[index] ?? []).flatMap((key) => {
      const setting = schema.settings.get(key);
      const entry = setting && setting !== this.#reading.settings.get(key) ? layer.entries.get(key) : undefined;
      return setting && entry && !entry.expression ? [[setting, untyped(entry)] as const] : [];
    });
    if (others.length === 0) return layer;
    const below = valueBelow(layers, layer.name);
    const entries = new SettingEntries();
    for (const [setting, entry] of others) entries.add(setting, entry);
    const settings = new Settings(schema.root, byIndex(schema.settings));
    const checked = checkLayer({ ...schema, settings }, { name: layer.name, entries, below });
    const problems = new Map(layer.problems);
    const above = new Map<Key, { readonly entry: Entry }>();
    for (const [{ key }, entry] of others) {
      problems.delete(key);
      const problem = checked.problems.get(key);
      if (problem !== undefined) problems.set(key, problem);
      above.set(key, { entry: checked.entries.get(key) ?? entry });
    }
    return { ...plainLayer(layer), entries: new OverlaidEntries(() => layer.entries, above), problems };
  }

  /** Refuses names that differ only in case, `-` and `_`: they would have one variable. */
  #reportNames(root: Group): void {
    const groups = new Groups(root);
    for (const [key, names] of this.#names) {
      const folded = new Map<string, string>();
      for (const name of names) {
        this.#warnUnseen(childKey(key, name), name);
        const other = folded.get(foldedName(name));
        folded.set(foldedName(name), name);
        if (other === undefined || !groups.has(childKey(key, name))) continue;
        const message = `must not have members whose names differ only in case, "-" and "_": ${other} and ${name}`;
        this.#issues.push({ code: 'INVALID_VALUE', key, message });
      }
    }
  }

  #warnUnseen(member: Key, name: string): void {
    if (/^[ -~]*$/.test(name)) return;
    const origin = this.#entryIn(member)?.origin;
    const warnings = unseenIn(member);
    this.#warnings.push(...warnings.map((one): Issue => ({ ...one, ...(origin && { origin: plainOrigin(origin) }) })));
  }
}

/** The way to a key; `undefined` if it leads through no group by name and no variants. */
function wayTo(root: Group, key: Key): Way | undefined {
  const path = segments(key);
  const members: Key[] = [];
  const lists: Key[] = [];
  const variants: Key[] = [];
  let group: Group | undefined = root;
  let isMark = false;
  for (const [i, name] of path.entries()) {
    if (!group) break;
    isMark = group instanceof NamedGroups && i === path.length - 1;
    if (group instanceof NamedGroups) members.push(childKey(group.key, name));
    if (group instanceof VariantGroup) variants.push(group.key);
    const child: Setting | Group | undefined = group instanceof NamedGroups ? group.member(name) : group.child(name);
    group = child instanceof Group ? child : undefined;
    if (!(group instanceof NamedGroups && group.isList)) continue;
    lists.push(group.key);
    isMark ||= i === path.length - 1;
  }
  const isOpen = members.length + lists.length + variants.length > 0;
  return isOpen ? { members, lists, variants, isMark } : undefined;
}

function plainLayer({ name, entries, problems, empty, computed }: Layer): Layer {
  return { name, entries, problems, ...(empty && { empty }), ...(computed && { computed }) };
}

/** The layer without its entries for these keys. */
function without(layer: Layer, keys: readonly Key[]): Layer {
  if (keys.length === 0) return layer;
  const hidden = new Map(keys.map((key) => [key, {}]));
  const computed = layer.computed && new Set([...layer.computed].filter((key) => !hidden.has(key)));
  const problems = new Map([...layer.problems].filter(([key]) => !hidden.has(key)));
  return { ...plainLayer(layer), entries: new OverlaidEntries(() => layer.entries, hidden), problems, computed };
}

/** The settings at their indexes, as a layer is checked by them. */
function byIndex(settings: Settings): readonly Setting[] {
  const all: Setting[] = [];
  for (const setting of settings.values()) all[setting.index] = setting;
  return all;
}

/** The layer of a choice that is not made. */
function withoutEntries({ name }: Layer): Layer {
  return { name, entries: NO_ENTRIES, problems: new Map() };
}

function withDefaults({ name, problems }: Layer, { settings, defaults }: Schema): Layer {
  const computed = new Set(settings.values().flatMap((setting) => (setting.expression ? setting.key : [])));
  return { name, problems, entries: defaults, ...(computed.size > 0 && { computed }) };
}
