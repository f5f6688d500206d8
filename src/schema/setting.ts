import { unicodePattern } from '../json/unicode-pattern.ts';
import type { Key } from '../key.ts';
import type { Entry, Expression, LayerEntries, Origin } from '../layer.ts';
import { TextExpression } from './expression.ts';
import type { Format } from './format.ts';
import type { Merge, SettingNode } from './setting-node.ts';

interface SettingParts extends Pick<Setting, 'group' | 'name' | 'format' | 'node' | 'index'> {
  readonly items: Setting | undefined;
  readonly members: Setting | undefined;
}

/** One setting of a schema. */
export class Setting {
  /** The key of its group. */
  readonly group: Key;
  /** The last segment of the key. */
  readonly name: string;
  readonly format: Format;
  /** The declaration; for a shorthand `port: 8080` it is `{ default: 8080 }`. */
  readonly node: SettingNode;
  /** Its position in the schema's order; -1 for `items` and `members`. */
  readonly index: number;
  /** What each element of an `Array` must be, where the declaration has `items`. */
  declare readonly items?: Setting;
  /** What each member of an `Object` must be, where the declaration has `members`. */
  declare readonly members?: Setting;
  /** The JSON that the default was made of, where JSON can't hold it. */
  declare readonly defaultJson?: unknown;
  /** Computes the default, where it depends on other values. */
  declare readonly expression?: Expression;
  #default: unknown;

  constructor({ group, name, format, node, index, items, members }: SettingParts) {
    this.group = group;
    this.name = name;
    this.format = format;
    this.node = node;
    this.index = index;
    // Most settings have neither, and there may be many thousands: an absent member takes no memory.
    if (items) this.items = items;
    if (members) this.members = members;
  }

  /** The dotted path from the root; computed, because a text for each of many thousand settings takes much memory. */
  get key(): Key {
    return this.group === '' ? this.name : `${this.group}.${this.name}`;
  }

  /** The segments of the key. */
  get path(): readonly string[] {
    return this.group === '' ? [this.name] : [...this.group.split('.'), this.name];
  }

  /** The typed default, deeply frozen; `undefined` where there is none. */
  get default(): unknown {
    return this.#default;
  }

  /** Called once. @internal */
  setDefault(value: unknown, json: unknown): void {
    this.#default = value;
    if (json !== undefined) Object.assign(this, { defaultJson: json });
  }

  /** Called once. @internal */
  setExpression(expression: Expression): void {
    Object.assign(this, { expression });
  }

  /** The same setting, sensitive. */
  asSensitive(): Setting {
    return this.sensitive ? this : settingWith(this, { node: { ...this.node, sensitive: true } });
  }

  /** The same setting at another place of a tree. */
  at(group: Key, index: number): Setting {
    return settingWith(this, { group, index });
  }

  /** Whether `null` is one of its values. A default of `null` without a format is nullable too, because convict accepts nothing else there. */
  get nullable(): boolean {
    return this.node.nullable === true || (this.node.default === null && (this.node.format ?? undefined) === undefined);
  }

  /** Whether a layer above the default has to give it: its default is `null`, and it is not nullable. */
  get required(): boolean {
    return this.node.default === null && this.#default === undefined;
  }

  /** Whether its value appears in `values` and `get()` only. */
  get sensitive(): boolean {
    return this.node.sensitive === true;
  }

  /** Whether layers below the highest have a part in its value: by default only in that of an `Object`. */
  get combines(): boolean {
    const { merge } = this.node;
    return merge === undefined ? this.format.convict === Object : merge !== 'replace';
  }

  /** How its layers combine. */
  get merge(): Merge {
    return this.node.merge ?? (this.combines ? 'deep' : 'replace');
  }

  /** Whether its layers are merged member by member. */
  get merges(): boolean {
    return this.isObject && this.merge === 'deep';
  }

  /** Whether its value is an object of members that have paths of their own. */
  get isObject(): boolean {
    return this.format.convict === Object;
  }

  /** Whether its format may make a value that JSON can't hold. */
  get canTransform(): boolean {
    const { format, items, members } = this;
    return format.validate !== undefined || (items ?? members)?.canTransform === true;
  }

  /** Whether its value is a list. */
  get isList(): boolean {
    const { text } = this.format;
    return text === 'array' || (text === 'open' && Array.isArray(this.node.default));
  }

  /** Whether a path can lead into its value. */
  get hasMembers(): boolean {
    return this.isObject || this.isList;
  }
}

/** The setting with other parts. It is not a method: an object of a class with private methods takes eight bytes more. */
function settingWith(setting: Setting, parts: Partial<SettingParts>): Setting {
  const { items, members, default: value, defaultJson, expression } = setting;
  const copy = new Setting({ ...setting, items, members, ...parts });
  if (value !== undefined) copy.setDefault(value, defaultJson);
  if (expression) copy.setExpression(expression);
  return copy;
}

/** Up to so many children are compared one by one; above it, a map finds one sooner. */
const FEW_CHILDREN = 32;

/** Settings and groups in their order. */
export interface NodeList {
  readonly all: readonly (Setting | Group)[];
}

/** A group of settings, in the schema's order. */
export class Group {
  readonly key: Key;
  readonly name: string;
  readonly #list: NodeList;
  /** Where its children are in the list, if it has a part of one: a list for each of many groups would take much memory. */
  readonly #start: number;
  readonly #end: number | undefined;
  /** Its children by name, where they are many: made when one is looked up. */
  declare private byName?: ReadonlyMap<string, Setting | Group>;

  constructor(key: Key, name: string, children: readonly (Setting | Group)[] | NodeList, start = 0, end?: number) {
    this.key = key;
    this.name = name;
    this.#list = 'all' in children ? children : { all: children };
    this.#start = start;
    this.#end = end;
  }

  get children(): readonly (Setting | Group)[] {
    const { all } = this.#list;
    return this.#end === undefined ? all : all.slice(this.#start, this.#end);
  }

  /** The same group with other children. */
  with(children: readonly (Setting | Group)[]): Group {
    return new Group(this.key, this.name, children);
  }

  child(name: string): Setting | Group | undefined {
    const { all } = this.#list;
    const end = this.#end ?? all.length;
    if (end - this.#start > FEW_CHILDREN) {
      this.byName ??= new Map(this.children.map((child) => [child.name, child]));
      return this.byName.get(name);
    }
    for (let i = this.#start; i < end; i++) if (all[i]?.name === name) return all[i];
    return undefined;
  }
}

/** A group whose members are the elements of a list, in their order. */
export class ListGroup extends Group {
  override with(children: readonly (Setting | Group)[]): Group {
    return new ListGroup(this.key, this.name, children);
  }
}

/** The node at a key in a tree of settings. It is found by walking there, so that no index of all keys is kept. */
function childAt(root: Group, key: Key): Setting | Group | undefined {
  if (typeof key !== 'string') return undefined;
  let group = root;
  for (let start = 0; ; ) {
    const dot = key.indexOf('.', start);
    const child = group.child(dot === -1 ? key.slice(start) : key.slice(start, dot));
    if (dot === -1 || child === undefined) return child;
    if (child instanceof Setting) return undefined;
    group = child;
    start = dot + 1;
  }
}

/** The settings of a tree, in the schema's order, and by their keys. */
export class Settings {
  readonly #root: Group;
  readonly #all: readonly Setting[];
  /** The last one that was found: one change asks for the same setting a dozen times. */
  #last: { readonly key: Key; readonly setting: Setting } | undefined;
  #required: readonly Setting[] | undefined;

  constructor(root: Group, all: readonly Setting[]) {
    this.#root = root;
    this.#all = all;
  }

  get size(): number {
    return this.#all.length;
  }

  get(key: Key): Setting | undefined {
    if (this.#last?.key === key) return this.#last.setting;
    const found = childAt(this.#root, key);
    if (!(found instanceof Setting)) return undefined;
    this.#last = { key, setting: found };
    return found;
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  values(): readonly Setting[] {
    return this.#all;
  }

  /** Those that a layer above the default has to give, found once: they are few, and every load asks for them. */
  get required(): readonly Setting[] {
    this.#required ??= this.#all.filter((setting) => setting.required);
    return this.#required;
  }

  *keys(): MapIterator<Key> {
    for (const { key } of this.#all) yield key;
  }
}

/** The groups of a tree by their keys, without its root. */
export class Groups {
  readonly #root: Group;

  constructor(root: Group) {
    this.#root = root;
  }

  get(key: Key): Group | undefined {
    const found = childAt(this.#root, key);
    return found instanceof Group ? found : undefined;
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }
}

/** The defaults of all settings, which were checked when they were compiled. Entries are made when they are read. */
export class DefaultEntries implements LayerEntries {
  readonly size: number;
  readonly unknownKeys: Iterable<Key> = [];
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.size = settings.values().length;
  }

  get(key: Key): Entry | undefined {
    const setting = this.#settings.get(key);
    return setting && this.of(setting);
  }

  of(setting: Setting): Entry | undefined {
    const { default: value } = setting;
    return value === undefined && !setting.expression ? undefined : new DefaultEntry(setting, value);
  }

  valueFor(setting: Setting): unknown {
    return setting.default;
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  keys(): MapIterator<Key> {
    return this.#settings.keys();
  }
}

class DefaultEntry implements Entry {
  readonly value: unknown;
  declare readonly json?: unknown;
  declare readonly expression?: Expression;
  readonly #setting: Setting;

  constructor(setting: Setting, value: unknown) {
    this.value = value;
    if (setting.defaultJson !== undefined) this.json = setting.defaultJson;
    if (setting.expression) this.expression = setting.expression;
    this.#setting = setting;
  }

  /** The text that computes the default. */
  get written(): unknown {
    const { expression, node } = this.#setting;
    return expression instanceof TextExpression ? node.default : undefined;
  }

  get origin(): Origin {
    return { layer: 'default', name: this.#setting.key, location: 'schema' };
  }
}

/** The variable that gives a setting: its own `env`, else the prefix and the key (`RL_OPTIMIZER__MAX_NORM`); or none. */
export function variableOf(setting: Setting, prefix: string | undefined): string | undefined {
  const { env } = setting.node;
  if (env === false) return undefined;
  if (typeof env === 'string' && env !== '') return env;
  return prefix === undefined ? undefined : derivedVariable(setting.key, prefix);
}

/** Whether `NAME_FILE` may name the file of a setting's value. */
export function readsFile({ node, sensitive }: Setting): boolean {
  return node.envFile ?? sensitive;
}

/** The variable that a key would have without an `env` of its own; none without a prefix. */
export function derivedVariable(key: Key, prefix: string | undefined): string | undefined {
  return prefix === undefined ? undefined : `${prefix}_${key.split('.').map(variablePart).join('__')}`;
}

/** `*` stands for a name that a layer gives. */
function variablePart(name: string): string {
  return name === '*' ? name : upperSnake(name);
}

/** Names that need no tables of Unicode, which cost more than all else of a small configuration's names. */
const ASCII = /^[\w.-]*$/;

const separators = unicodePattern('[^\\p{L}\\p{N}]+', 'gu');
const wordStarts = unicodePattern('([\\p{Ll}\\p{N}])(\\p{Lu})', 'gu');
const acronymEnds = unicodePattern('(\\p{Lu})(\\p{Lu}\\p{Ll})', 'gu');

/** `maxNorm` and `max-norm` give `MAX_NORM`. */
function upperSnake(name: string): string {
  const between = ASCII.test(name) ? /[^A-Za-z0-9]+/g : separators();
  return words(name).replace(between, '_').toUpperCase();
}

/** The name with `_` between its words: `max_Norm` for `maxNorm`, `HTTP_Port` for `HTTPPort`. */
export function words(name: string): string {
  if (ASCII.test(name)) {
    return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z])([A-Z][a-z])/g, '$1_$2');
  }
  return name.replace(wordStarts(), '$1_$2').replace(acronymEnds(), '$1_$2');
}
