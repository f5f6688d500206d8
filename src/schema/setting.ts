import type { Issue } from '../errors.ts';
import { type Key, segments } from '../key.ts';
import type { Expression, LayerName } from '../layer.ts';
import type { AnyRule } from '../rules.ts';
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
  /** How its layers combine. `Object`s merge member by member by default; otherwise the highest layer wins. */
  readonly merge: Merge;
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
    this.merge = node.merge ?? (format.convict === Object ? 'deep' : 'replace');
    // Most settings have neither, and there may be many thousands: an absent member takes no memory.
    if (items) this.items = items;
    if (members) this.members = members;
  }

  /** The dotted path from the root; computed, because a text for each of many thousand settings takes much memory. */
  get key(): Key {
    return this.group === '' ? this.name : `${this.group}.${this.name}`;
  }

  /** The typed default, deeply frozen; `undefined` where there is none. */
  get default(): unknown {
    return this.#default;
  }

  /** Once, when the schema is compiled. @internal */
  setDefault(value: unknown, json: unknown): void {
    this.#default = value;
    if (json !== undefined) Object.assign(this, { defaultJson: json });
  }

  /** Once, when the schema is compiled. @internal */
  setExpression(expression: Expression): void {
    Object.assign(this, { expression });
  }

  /** The same setting, sensitive. */
  asSensitive(): Setting {
    if (this.sensitive) return this;
    const { items, members, node } = this;
    const sensitive = new Setting({ ...this, items, members, node: { ...node, sensitive: true } });
    if (this.#default !== undefined) sensitive.setDefault(this.#default, this.defaultJson);
    if (this.expression) sensitive.setExpression(this.expression);
    return sensitive;
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

  /** Whether layers below the highest have a part in its value. */
  get combines(): boolean {
    return this.merge !== 'replace';
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
    return format.validate !== undefined || format.coerce !== undefined || (items ?? members)?.canTransform === true;
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

/** Up to so many children are compared one by one; above it, a map finds one sooner. */
const FEW_CHILDREN = 32;

/** A group of settings, in the schema's order. */
export class Group {
  readonly key: Key;
  readonly name: string;
  readonly children: readonly (Setting | Group)[];
  #byName: ReadonlyMap<string, Setting | Group> | undefined;

  constructor(key: Key, name: string, children: readonly (Setting | Group)[]) {
    this.key = key;
    this.name = name;
    this.children = children;
  }

  child(name: string): Setting | Group | undefined {
    const { children } = this;
    if (children.length > FEW_CHILDREN) {
      this.#byName ??= new Map(children.map((child) => [child.name, child]));
      return this.#byName.get(name);
    }
    for (const child of children) if (child.name === name) return child;
    return undefined;
  }
}

/** The node at a key in a tree of settings. It is found by walking there, so that no index of all keys is kept. */
function childAt(root: Group, key: Key): Setting | Group | undefined {
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

  constructor(root: Group, all: readonly Setting[]) {
    this.#root = root;
    this.#all = all;
  }

  get size(): number {
    return this.#all.length;
  }

  get(key: Key): Setting | undefined {
    const found = childAt(this.#root, key);
    return found instanceof Setting ? found : undefined;
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  values(): readonly Setting[] {
    return this.#all;
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

/** The names that settings had before: each leads to the setting that has the name as one of its `aliases`. */
export interface DeprecatedNames {
  readonly keys: ReadonlyMap<Key, Setting>;
  /** The keys of groups that contain deprecated keys. */
  readonly groups: ReadonlySet<Key>;
  readonly variables: ReadonlyMap<string, Setting>;
  readonly flags: ReadonlyMap<string, Setting>;
  /** The settings that are deprecated themselves. */
  readonly deprecated: readonly Setting[];
}

/** A settings tree, compiled once for a definition. */
export interface Schema {
  readonly root: Group;
  readonly settings: Settings;
  readonly groups: Groups;
  /** The prefix of variables: `RL` makes `RL_BATCH_SIZE_DAYS`. */
  readonly prefix?: string;
  readonly deprecated: DeprecatedNames;
  /** The rules across settings. */
  readonly rules: readonly AnyRule[];
  /** Parts of the definition without an effect, such as misspelt members of settings. */
  readonly warnings: readonly Issue[];
  /** Whether a setting is sensitive: then messages must not quote the file. */
  readonly hasSecrets: boolean;
  /** The layers whose texts may have references; absent if none. */
  readonly references?: ReadonlySet<LayerName>;
  /** The settings whose default is computed; absent if none. */
  readonly computed?: ReadonlySet<Key>;
  /** Whether a file can extend other files. */
  readonly mayExtend?: boolean;
}

/** The schema with some of its settings sensitive. */
export function withSensitive(schema: Schema, keys: Iterable<Key>): Schema {
  const changed = [...keys].flatMap((key) => schema.settings.get(key) ?? []).filter(({ sensitive }) => !sensitive);
  if (changed.length === 0) return schema;
  const all = [...schema.settings.values()];
  let { root } = schema;
  for (const setting of changed) {
    const sensitive = setting.asSensitive();
    all[all.indexOf(setting)] = sensitive;
    root = withChild(root, segments(setting.key), sensitive);
  }
  return { ...schema, root, settings: new Settings(root, all), groups: new Groups(root), hasSecrets: true };
}

function withChild({ key, name, children }: Group, [first, ...rest]: readonly string[], setting: Setting): Group {
  const changed = children.map((child) => {
    if (child.name !== first) return child;
    return child instanceof Group ? withChild(child, rest, setting) : setting;
  });
  return new Group(key, name, changed);
}
