import type { Issue } from '../errors.ts';
import { childKey, type Key } from '../key.ts';
import type { Format } from './format.ts';
import type { SettingNode } from './setting-node.ts';

interface SettingParts extends Pick<Setting, 'group' | 'name' | 'format' | 'node' | 'index'> {
  readonly items: Setting | undefined;
}

/** One setting: what all layers, messages and documents of it hang on. */
export class Setting {
  /** The key of the group that it stands in. */
  readonly group: Key;
  /** The last segment of the key. */
  readonly name: string;
  readonly format: Format;
  /** The declaration; for a shorthand `port: 8080` it is `{ default: 8080 }`. */
  readonly node: SettingNode;
  /** Its place in the schema's order; -1 for what the elements of a list are. */
  readonly index: number;
  /** What each element of an `Array` is, where the declaration says so. */
  declare readonly items?: Setting;
  #default: unknown;

  constructor({ group, name, format, node, index, items }: SettingParts) {
    this.group = group;
    this.name = name;
    this.format = format;
    this.node = node;
    this.index = index;
    // Most settings have none, and there may be many thousands: what is absent takes no room.
    if (items) this.items = items;
  }

  /** The dotted path from the root. A text for each of many thousand settings would take more room than the rest of them. */
  get key(): Key {
    return childKey(this.group, this.name);
  }

  /** The typed default, deeply frozen; `undefined` where there is none. */
  get default(): unknown {
    return this.#default;
  }

  /** Once, when the schema is compiled. @internal */
  setDefault(value: unknown): void {
    this.#default = value;
  }

  /** Whether `null` is one of its values. A default of `null` without a format says so too: convict takes nothing else there. */
  get nullable(): boolean {
    return this.node.nullable === true || (this.node.default === null && (this.node.format ?? undefined) === undefined);
  }

  /** Whether a layer above the default has to give it: its default is `null`, which is none of its values. */
  get required(): boolean {
    return this.node.default === null && this.#default === undefined;
  }

  /** Whether its value may stand nowhere but in `values` and `get()`. */
  get sensitive(): boolean {
    return this.node.sensitive === true;
  }

  /** Whether its layers are merged member by member instead of the highest winning whole. */
  get merges(): boolean {
    return this.format.convict === Object;
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

/** What stands at a key in a tree of settings: it is found by walking there, so that no index of all keys is kept. */
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

/** A settings tree, compiled once for a definition. */
export interface Schema {
  readonly root: Group;
  readonly settings: Settings;
  readonly groups: Groups;
  /** What the names of variables begin with: `RL` makes `RL_BATCH_SIZE_DAYS`. */
  readonly prefix?: string;
  /** What the definition says in vain, such as misspelt members of settings. */
  readonly warnings: readonly Issue[];
  /** Whether a setting is sensitive: then no text of the file may stand in a message. */
  readonly hasSecrets: boolean;
}
