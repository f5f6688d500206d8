/** A setting as its schema declares it: convict's members, varve's, and whatever else was written there. */
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
  readonly deprecated?: boolean | string;
  readonly aliases?: readonly string[];
  readonly reload?: boolean;
  readonly identity?: boolean;
  readonly [member: string]: unknown;
}
