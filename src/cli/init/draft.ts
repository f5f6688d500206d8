import { defineConfig, type SettingsDefinition } from '../../index.ts';

/** A setting of a draft; `default` makes it one. */
export interface DraftSetting {
  readonly doc?: string;
  readonly format?: unknown;
  readonly default: unknown;
  readonly env?: string;
  readonly [member: string]: unknown;
}

/** A tree of settings of a draft. */
export interface DraftGroup {
  [name: string]: DraftSetting | DraftGroup;
}

/** Source text of a definition whose files depend on the environment of each start. */
export interface DraftCode {
  readonly imports: readonly string[];
  /** Statements above the definition. */
  readonly statements: string;
  /** An expression for `file`, and one for `files`. */
  readonly file: string;
  readonly files: string;
}

/** A definition before it is written, and the guesses in it. */
export interface Draft {
  readonly name: string;
  readonly file: string;
  readonly settings: DraftGroup;
  readonly envPrefix?: string;
  readonly dotenv?: true | readonly string[];
  /** Code that decides which files are read. */
  readonly code?: DraftCode;
  /** Each a line for a person to check. */
  readonly guesses: readonly string[];
  /** The variables whose values were copied into the definition: `PORT=8080`. */
  readonly copied?: readonly string[];
}

/** Names that no setting can have; `default` would make its group a setting. */
const RESERVED: ReadonlySet<string> = new Set(['default', '__proto__', '']);

/** Whether a member of this name can be a setting or a group. */
export function isName(name: string): boolean {
  return !RESERVED.has(name) && !name.includes('.');
}

/** Puts a setting at a path; `false` if another setting is there or on the way. */
export function place(tree: DraftGroup, path: readonly string[], setting: DraftSetting): boolean {
  let group = tree;
  for (const name of path.slice(0, -1)) {
    const inner = Object.hasOwn(group, name) ? group[name] : undefined;
    if (inner !== undefined && 'default' in inner) return false;
    const next: DraftGroup = inner === undefined ? {} : (inner as DraftGroup);
    if (!isName(name)) return false;
    group[name] = next;
    group = next;
  }
  const last = path.at(-1) ?? '';
  if (!isName(last) || Object.hasOwn(group, last)) return false;
  group[last] = setting;
  return true;
}

/** Whether varve takes a setting as it is. */
export function isTaken(setting: DraftSetting): boolean {
  try {
    defineConfig({ name: 'draft', settings: { setting } as SettingsDefinition });
    return true;
  } catch {
    return false;
  }
}
