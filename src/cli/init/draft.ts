import { defineConfig, type SettingsDefinition } from '../../index.ts';

/** A setting that is to be written; `default` makes it one. */
export interface DraftSetting {
  readonly doc?: string;
  readonly format?: unknown;
  readonly default: unknown;
  readonly env?: string;
  readonly [member: string]: unknown;
}

/** A tree of settings that is to be written. */
export interface DraftGroup {
  [name: string]: DraftSetting | DraftGroup;
}

/** A definition that is to be written, and what had to be guessed for it. */
export interface Draft {
  readonly name: string;
  readonly file: string;
  readonly settings: DraftGroup;
  readonly envPrefix?: string;
  readonly dotenv?: true | readonly string[];
  /** A TypeScript expression that gives the base files, with the imports that it needs. */
  readonly files?: { readonly expression: string; readonly imports: readonly string[] };
  /** Each a line to be checked by a person. */
  readonly guesses: readonly string[];
}

/** What the settings of a convict schema may be called nowhere: it would make its group a setting. */
const RESERVED: ReadonlySet<string> = new Set(['default', '__proto__', '']);

/** Whether a member of this name can be a setting or a group. */
export function isName(name: string): boolean {
  return !RESERVED.has(name) && !name.includes('.');
}

/** Puts a setting at a path, and says whether that was possible: no other setting may stand there or on the way. */
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

/** Whether a name says that the value is a secret. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return /(^|[_.-])(secret|token|password|passwd|passphrase|pwd|api_?key|private_?key|access_?key|credentials?|dsn)($|[_.-])/.test(
    words,
  );
}
