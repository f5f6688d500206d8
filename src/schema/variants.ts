import type { SettingsDefinition } from './types.ts';

/** The files of the variants: each contains members of the group, and is read for its choice only. */
export interface VariantFile {
  /** Relative to the definition's `root`; `{type}` stands for the choice, where `type` is the name of the chooser. */
  readonly path: string;
  /** Whether the file of a choice may be missing. */
  readonly optional?: boolean;
}

/** How {@link variants} chooses. */
export interface VariantsOptions<C extends string = string> {
  /** The choice if no layer makes one. Default: the first variant. `null`: a layer has to choose. */
  readonly default?: C | null;
  /** What the choice is for. */
  readonly doc?: string;
  /** A file for each choice, above the defaults and below all other files: `optimizer/{type}.yaml`. */
  readonly files?: string | VariantFile;
}

/** The members that each choice has. */
export type VariantsDefinition = Readonly<Record<string, SettingsDefinition>>;

/** A group whose members depend on one of its settings, the chooser; made by {@link variants}. */
export class Variants<out N extends string = string, out V = unknown> {
  /** The name of the setting that chooses. */
  readonly chooser: N;
  /** The settings of each choice. */
  readonly variants: V;
  /** How it chooses. */
  readonly options: VariantsOptions;

  /** The name of the class, which distinguishes it from a group. */
  readonly [Symbol.toStringTag] = 'Variants';

  /** Of any copy of the library, as for groups by name. @internal */
  static [Symbol.hasInstance](value: unknown): boolean {
    return Object.prototype.toString.call(value) === '[object Variants]';
  }

  /** @internal */
  constructor(chooser: N, variants: V, options: VariantsOptions) {
    this.chooser = chooser;
    this.variants = variants;
    this.options = options;
  }
}

/**
 * A group whose settings depend on a choice: the setting `chooser` is one of the names of `members`, and only the
 * settings of that name exist.
 * @example
 * import { defineConfig, loadConfigSync, variants } from 'varve';
 *
 * const optimizer = variants('type', { adam: { lr: 0.001, beta: 0.9 }, sgd: { lr: 0.1, momentum: 0.9 } });
 * const definition = defineConfig({ name: 'trainer', settings: { optimizer } });
 * const { values } = loadConfigSync(definition, { env: {}, argv: ['--optimizer.type=sgd', '--optimizer.lr=0.2'] });
 * console.log(values.optimizer); // { type: 'sgd', lr: 0.2, momentum: 0.9 }
 */
export function variants<const N extends string, const V extends VariantsDefinition>(
  chooser: N,
  members: V,
  options: VariantsOptions<keyof V & string> = {},
): Variants<N, V> {
  return new Variants(chooser, members, options);
}
