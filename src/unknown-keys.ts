import type { Key } from './key.ts';

/** `warn` reports an unknown key, `error` refuses it, `allow` takes it as a setting without a format. */
export type UnknownKeyPolicy = 'warn' | 'error' | 'allow';

/** Policies by the source that an unknown key comes from. */
export interface UnknownKeyRules {
  /** The layer's own name is looked up first, then `file` for base files and `.env` for `.env` files. */
  readonly [layer: string]: UnknownKeyPolicy | readonly Key[] | undefined;
  /** Patterns of keys that are taken whatever the source: `*` is one segment, `**` any number of them. */
  readonly allow?: readonly Key[];
}

/** What a definition does with names that match no setting. */
export type UnknownKeys = UnknownKeyPolicy | UnknownKeyRules;

/** What happens to an unknown name of one source; `near` refuses one that is close to a setting's, `ignore` takes no notice. */
export type UnknownAction = UnknownKeyPolicy | 'near' | 'ignore';

/** What happens to the unknown names of one source. */
export interface UnknownNames {
  readonly action: UnknownAction;
  /** Whether a pattern allows the key, or keys inside it. */
  allows(key: Key): 'key' | 'inside' | undefined;
}

/** The parts of a definition that decide about unknown names. */
export interface UnknownOptions {
  readonly unknown?: UnknownKeys | undefined;
  readonly strictEnv?: boolean | undefined;
  readonly strictFlags?: boolean | undefined;
}

/** What happens to the unknown names of the layer `name`, which is one of the kind `kind`: `file` for a base file. */
export function unknownNames(options: UnknownOptions, name: string, kind: string = name): UnknownNames {
  const { unknown = 'warn' } = options;
  const rules: UnknownKeyRules = typeof unknown === 'string' ? {} : unknown;
  const rule = rules[name] ?? rules[kind];
  const action = typeof rule === 'string' ? rule : defaultAction(options, kind);
  const patterns = (rules.allow ?? []).map((pattern) => pattern.split('.'));
  return { action, allows: (key) => (patterns.length === 0 ? undefined : match(patterns, key.split('.'))) };
}

/** Whether some key can be a setting without the schema having it. */
export function allowsUnknownKeys({ unknown }: UnknownOptions): boolean {
  if (typeof unknown !== 'object') return unknown === 'allow';
  return Object.values(unknown).some((rule) => rule === 'allow' || (typeof rule === 'object' && rule.length > 0));
}

function defaultAction({ unknown, strictEnv, strictFlags }: UnknownOptions, kind: string): UnknownAction {
  if (kind === 'flag') return strictFlags === undefined ? 'near' : strictFlags ? 'error' : 'ignore';
  const general = typeof unknown === 'string' ? unknown : 'warn';
  if (kind !== 'env' && kind !== '.env') return general;
  // No key can be made of the name of a variable, so there is nothing to allow.
  const isStrict = strictEnv ?? general === 'error';
  return isStrict ? 'error' : 'warn';
}

function match(patterns: readonly (readonly string[])[], path: readonly string[]): 'key' | 'inside' | undefined {
  if (patterns.some((pattern) => matches(pattern, path))) return 'key';
  return patterns.some((pattern) => isPrefix(pattern, path)) ? 'inside' : undefined;
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === '**') return rest.length === 0 || path.some((_, from) => matches(rest, path.slice(from)));
  return path.length > 0 && (first === '*' || first === path[0]) && matches(rest, path.slice(1));
}

/** Whether a key that the pattern matches can begin with `path`. */
function isPrefix(pattern: readonly string[], path: readonly string[]): boolean {
  for (const [i, segment] of path.entries()) {
    if (pattern[i] === '**') return true;
    if (pattern[i] !== '*' && pattern[i] !== segment) return false;
  }
  return path.length < pattern.length;
}
