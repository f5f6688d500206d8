/** How the layers of an `Object` or an `Array` combine: the highest one counts, or it adds to those below. */
export type Merge = 'deep' | 'replace' | 'append';

/** A setting as its schema declares it: convict's members, varve's, and any others. */
export interface SettingNode {
  readonly default: unknown;
  readonly doc?: string;
  readonly format?: unknown;
  readonly env?: string | false;
  readonly arg?: string | false;
  readonly nullable?: boolean;
  readonly sensitive?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string | RegExp;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: unknown;
  readonly members?: unknown;
  readonly merge?: Merge;
  readonly envFile?: boolean;
  readonly help?: 'common';
  readonly deprecated?: boolean | string;
  readonly aliases?: readonly string[];
  readonly reload?: boolean;
  readonly identity?: boolean;
  readonly search?: 'linear' | 'log';
  readonly [member: string]: unknown;
}
