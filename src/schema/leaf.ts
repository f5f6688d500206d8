import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Format } from './format.ts';
import type { SettingNode } from './setting-node.ts';

/** One setting: what all layers, messages and documents of it hang on. */
export class Leaf {
  /** The dotted path from the root. */
  readonly key: Key;
  /** The last segment of the key. */
  readonly name: string;
  readonly format: Format;
  /** The declaration; for a shorthand `port: 8080` it is `{ default: 8080 }`. */
  readonly node: SettingNode;
  /** What each element of an `Array` is, where the declaration says so. */
  readonly items: Leaf | undefined;

  #default: unknown;

  constructor({ key, name, format, node, items }: Pick<Leaf, 'key' | 'name' | 'format' | 'node' | 'items'>) {
    this.key = key;
    this.name = name;
    this.format = format;
    this.node = node;
    this.items = items;
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

/** A group of settings, in the schema's order. */
export class Group {
  readonly key: Key;
  readonly name: string;
  readonly children: readonly (Leaf | Group)[];

  constructor(key: Key, name: string, children: readonly (Leaf | Group)[]) {
    this.key = key;
    this.name = name;
    this.children = children;
  }
}

/** A settings tree, compiled once for a definition. */
export interface Schema {
  readonly root: Group;
  readonly leaves: ReadonlyMap<Key, Leaf>;
  readonly groups: ReadonlyMap<Key, Group>;
  /** What the names of variables begin with: `RL` makes `RL_BATCH_SIZE_DAYS`. */
  readonly prefix?: string;
  /** What the definition says in vain, such as misspelt members of settings. */
  readonly warnings: readonly Issue[];
  /** Whether a setting is sensitive: then no text of the file may stand in a message. */
  readonly hasSecrets: boolean;
}
