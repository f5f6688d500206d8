import type { Leaf, Schema } from '../schema/leaf.ts';
import { dashed, flagOf } from '../schema/names.ts';

/** The setting that a flag gives, or the member of an `Object` setting. */
export interface FlagMeaning {
  readonly leaf: Leaf;
  /** The dotted path of the member. */
  readonly member?: string;
  /** Given by `--no-x`. */
  readonly negated?: true;
}

/** The flags of a schema. Keys are looked up first, so that few programs ever need all names computed. */
export class FlagNames {
  readonly #schema: Schema;
  #byFlag: ReadonlyMap<string, Leaf> | undefined;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** What the flag `name` means; `undefined` where it is none of the schema's. */
  meaning(name: string): FlagMeaning | undefined {
    const leaf = this.#leaf(name);
    if (leaf) return { leaf };
    const negated = name.startsWith('no-') ? this.#leaf(name.slice(3)) : undefined;
    if (negated?.format.text === 'boolean') return { leaf: negated, negated: true };
    return this.#member(name, (prefix) => this.#leaf(prefix));
  }

  /** What the key in `--set key=value` means. */
  keyMeaning(key: string): FlagMeaning | undefined {
    const leaf = this.#byKey(key);
    return leaf ? { leaf } : this.#member(key, (prefix) => this.#byKey(prefix));
  }

  /** Whether the word after the flag is its value. */
  takesValue(name: string): boolean {
    const meaning = this.meaning(name);
    if (!meaning) return name === 'set';
    return meaning.negated !== true && (meaning.member !== undefined || meaning.leaf.format.text !== 'boolean');
  }

  /** Every flag as it is typed. */
  all(): readonly string[] {
    return [...this.#flags().keys()].map(dashed);
  }

  #member(name: string, leafOf: (prefix: string) => Leaf | undefined): FlagMeaning | undefined {
    for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
      const leaf = leafOf(name.slice(0, dot));
      if (leaf?.merges && dot < name.length - 1) return { leaf, member: name.slice(dot + 1) };
    }
    return undefined;
  }

  #leaf(name: string): Leaf | undefined {
    return this.#byKey(name) ?? this.#flags().get(name);
  }

  #byKey(key: string): Leaf | undefined {
    const leaf = this.#schema.leaves.get(key);
    return leaf?.node.arg === false ? undefined : leaf;
  }

  #flags(): ReadonlyMap<string, Leaf> {
    this.#byFlag ??= new Map(
      [...this.#schema.leaves.values()].flatMap((leaf) => {
        const flag = flagOf(leaf);
        return flag === undefined ? [] : [[flag, leaf] as const];
      }),
    );
    return this.#byFlag;
  }
}
