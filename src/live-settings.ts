import type { Issue } from './errors.ts';
import { rankedEntries, resolveSetting, validEntries, valueBelow } from './explain.ts';
import { GivenMembers } from './given-members.ts';
import { childKey, foldedName, type Key } from './key.ts';
import {
  describeOrigin,
  type Entry,
  isVariable,
  type Layer,
  type LayerName,
  NO_ENTRIES,
  plainOrigin,
} from './layer.ts';
import { overlaid, withoutKeys } from './overlaid-layer.ts';
import { checkLayer, SettingEntries, untyped } from './schema/check.ts';
import { hasNoValue } from './schema/decode.ts';
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
 * and the settings of the chosen variants. `fullSchema` has those of all names and variants.
 */
export function liveSettings(fullSchema: Schema, layers: readonly Layer[]): LiveSettings {
  return new LiveState(fullSchema, layers).result();
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
  readonly #fullSchema: Schema;
  readonly #given: readonly Layer[];
  readonly #members: GivenMembers;
  /** The names of the members that exist, by their group. */
  readonly #names: ReadonlyMap<Key, ReadonlySet<string>>;
  readonly #choices = new Map<Key, Choice>();
  readonly #issues: Issue[] = [];
  readonly #warnings: Issue[] = [];

  constructor(fullSchema: Schema, layers: readonly Layer[]) {
    this.#fullSchema = fullSchema;
    this.#given = layers;
    this.#members = new GivenMembers(fullSchema.root, layers);
    this.#names = this.#members.names();
  }

  result(): LiveSettings {
    const masked = this.#given.map((layer, i) => this.#withoutRemoved(layer, i));
    const root = this.#liveGroup(this.#fullSchema.root, masked);
    const schema = schemaOf(this.#fullSchema, root);
    const layers = masked.map((layer, i) => this.#chosenOnly(layer, i, schema));
    const typed = layers.map((layer) => this.#retyped(layer, { schema, layers }));
    this.#reportNames(root);
    const { warnings } = this.#fullSchema;
    return { schema: { ...schema, issues: this.#issues, warnings: [...warnings, ...this.#warnings] }, layers: typed };
  }

  #withoutRemoved(layer: Layer, level: number): Layer {
    const members = this.#members;
    const keys = members.keys[level] ?? [];
    return withoutKeys(
      layer,
      keys.filter((key) => members.way(key)?.isMark === true || members.isRemoved(key, level)),
    );
  }

  /** The group with the members that exist, and the settings of the chosen variants. */
  #liveGroup(group: Group, layers: readonly Layer[]): Group {
    if (group instanceof NamedGroups) {
      const given = [...(this.#names.get(group.key) ?? [])];
      const names = group.isList ? this.#elements(group.key, given) : given;
      const members = names.map((name) => this.#liveGroup(group.member(name), layers));
      return group.isList ? new ListGroup(group.key, group.name, members) : new Group(group.key, group.name, members);
    }
    if (group instanceof VariantGroup) return this.#chosen(group, layers);
    const { children: before } = group;
    const children = before.map((child) => (child instanceof Setting ? child : this.#liveGroup(child, layers)));
    return children.every((child, i) => child === before[i]) ? group : new Group(group.key, group.name, children);
  }

  /** The names of a list's members in their order. Those after a gap are refused. */
  #elements(list: Key, names: readonly string[]): readonly string[] {
    const sorted = names.toSorted((a, b) => Number(a) - Number(b));
    const gap = sorted.findIndex((name, i) => Number(name) !== i);
    if (gap < 0) return sorted;
    const key = `${list}.${sorted[gap]}`;
    const entry = this.#members.highestEntry(key);
    this.#issues.push({
      code: 'INVALID_VALUE',
      key,
      message: `is after the end of the list, which has ${gap === 0 ? 'no members' : `${gap} member${gap === 1 ? '' : 's'}`}`,
      ...(entry && { origin: plainOrigin(entry.origin) }),
      suggestion: `Give ${list}.${gap} first: members are numbered from 0 without gaps.`,
    });
    return sorted.slice(0, gap);
  }

  #chosen(group: VariantGroup, layers: readonly Layer[]): Group {
    const { chooser, variants } = group.parts;
    const name = resolveSetting(chooser, layers);
    const variant = typeof name === 'string' ? variants.get(name) : undefined;
    this.#choices.set(group.key, { group, name });
    const others = layers.filter(({ choice }) => choice?.group !== group.key || choice.name === name);
    const children =
      variant?.children.map((child) => (child instanceof Setting ? child : this.#liveGroup(child, others))) ?? [];
    return new Group(group.key, group.name, [chooser, ...children]);
  }

  /** The layer without the settings of variants that are not chosen. */
  #chosenOnly(layer: Layer, index: number, schema: Schema): Layer {
    if (layer.name === 'default') return withDefaults(layer, schema);
    const { choice } = layer;
    if (choice && this.#choices.get(choice.group)?.name !== choice.name) return withoutEntries(layer);
    if (choice) this.#reportFile(layer.name, choice.group);
    const dropped = (this.#members.keys[index] ?? []).flatMap((key): readonly DroppedEntry[] => {
      const variants = this.#members.way(key)?.variants.at(-1);
      const isGone = variants !== undefined && this.#fullSchema.settings.has(key) && !schema.settings.has(key);
      return isGone && layer.entries.has(key) ? [{ key, layer: index, variants }] : [];
    });
    for (const one of dropped) this.#reportDropped(one);
    return withoutKeys(
      layer,
      dropped.map(({ key }) => key),
    );
  }

  /** Reports what is wrong with the file of a choice that is made. */
  #reportFile(layer: LayerName, group: Key): void {
    const { issues = [], warnings = [] } = this.#fullSchema.choiceReports?.get(layer) ?? {};
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
    const entries = new SettingEntries();
    const empty = new Map<Key, Entry>();
    for (const key of this.#members.keys[index] ?? []) {
      const setting = schema.settings.get(key);
      const given = setting && setting !== this.#fullSchema.settings.get(key) ? layer.entries.get(key) : undefined;
      if (!setting || !given || given.expression) continue;
      const entry = untyped(given);
      // An empty flag is an error.
      if (layer.name !== 'flag' && hasNoValue(setting, entry)) empty.set(key, entry);
      else entries.add(setting, entry);
    }
    if (entries.size + empty.size === 0) return layer;
    const below = valueBelow(layers, layer.name);
    const settings = new Settings(schema.root, byIndex(schema.settings));
    const checked = checkLayer({ ...schema, settings }, { name: layer.name, entries, below, empty });
    const above = new Map<Key, { readonly entry?: Entry }>([...empty.keys()].map((key) => [key, {}]));
    for (const key of entries.keys()) {
      const entry = checked.entries.get(key);
      above.set(key, entry ? { entry } : {});
    }
    const retyped = overlaid(layer, above);
    return {
      ...retyped,
      problems: new Map([...retyped.problems, ...checked.problems]),
      empty: new Map([...(layer.empty ?? []), ...(checked.empty ?? [])]),
    };
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
    const origin = this.#members.highestEntry(member)?.origin;
    const warnings = unseenIn(member);
    this.#warnings.push(...warnings.map((one): Issue => ({ ...one, ...(origin && { origin: plainOrigin(origin) }) })));
  }
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
