import type { Issue } from './errors.ts';
import { isNearMiss, type Key } from './key.ts';
import { plainOrigin } from './layer.ts';
import { didYouMean } from './near-names.ts';
import type { Schema } from './schema/schema.ts';
import type { SourceResult, UnknownName } from './sources/source.ts';

/** `warn` reports an unknown key, `error` refuses it, `allow` takes it as a setting without a format. */
export type UnknownKeyPolicy = 'warn' | 'error' | 'allow';

/** Policies by the layer that has the unknown key. */
export interface UnknownKeyRules {
  /** The policy for a layer, by its name. A base file without one has that of `file`, a `.env` file that of `.env`. */
  readonly [layer: string]: UnknownKeyPolicy | readonly Key[] | undefined;
  /** Patterns of keys that every layer may have: `*` is one segment, `**` any number of them. */
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

/** Whether the policy takes an unknown key as a setting, or keys inside it. */
export function allowedBy({ action, allows }: UnknownNames, key: Key): 'key' | 'inside' | undefined {
  return action === 'allow' ? 'key' : allows(key);
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

/** Whether a pattern matches a path: after a difference, only the last `**` before it takes one more name. */
function matches(pattern: readonly string[], path: readonly string[]): boolean {
  let [part, name, last, taken] = [0, 0, -1, 0];
  while (name < path.length) {
    if (pattern[part] === '**') {
      last = part++;
      taken = name;
    } else if (pattern[part] === '*' || pattern[part] === path[name]) {
      part++;
      name++;
    } else if (last >= 0) {
      part = last + 1;
      name = ++taken;
    } else return false;
  }
  while (pattern[part] === '**') part++;
  return part === pattern.length;
}

/** Whether a key that the pattern matches can begin with `path`. */
function isPrefix(pattern: readonly string[], path: readonly string[]): boolean {
  for (const [i, segment] of path.entries()) {
    if (pattern[i] === '**') return true;
    if (pattern[i] !== '*' && pattern[i] !== segment) return false;
  }
  return path.length < pattern.length;
}

/** The most unknown names to list for one source. */
const MOST_LISTED = 1_000;

/** The most unknown names of one source to compare with the names of settings. */
const MOST_COMPARED = 50;

/** An unknown name that is a key, with its entry. */
export type AllowedName = UnknownName & Required<Pick<UnknownName, 'key' | 'entry'>>;

/** Whether the policy takes an unknown name as a setting. */
export function isAllowed(name: UnknownName, policy: UnknownNames): name is AllowedName {
  if (name.key === undefined || name.entry === undefined) return false;
  return allowedBy(policy, name.key) === 'key';
}

interface UnknownNameReport {
  readonly issues: readonly Issue[];
  readonly warnings: readonly Issue[];
}

const NOTHING: UnknownNameReport = { issues: [], warnings: [] };

/** The issues and warnings for unknown names, with the nearest name of a setting. */
export function reportUnknown(
  schema: Schema,
  result: SourceResult,
  unknown: readonly UnknownName[],
  policy: UnknownNames,
): UnknownNameReport {
  const reported = unknown.filter((name) => !isAllowed(name, policy));
  if (reported.length === 0 || policy.action === 'ignore') return NOTHING;
  const isRefused = policy.action === 'error' || policy.action === 'near';
  const code = isRefused ? 'INVALID_VALUE' : 'UNKNOWN_KEY';
  const known = [...(result.names?.() ?? keysAndGroups(schema))];
  const listed = reported.slice(0, policy.action === 'near' ? MOST_COMPARED : MOST_LISTED);
  const warnings: Issue[] = [];
  const issues = listed.flatMap((name, i): readonly Issue[] => {
    const isCompared = i < MOST_COMPARED;
    const near = isCompared ? known.find((other) => isNearMiss(name.name, other)) : undefined;
    if (policy.action === 'near' && near === undefined && !name.isCertain) {
      if (isCompared) warnings.push(...lastNameWarning(name, known));
      return [];
    }
    const suggestion = name.suggestion ?? (isCompared ? didYouMean(name.name, known) : undefined);
    return [unknownIssue(code, name, suggestion ?? (near === undefined ? undefined : `Did you mean ${near}?`))];
  });
  const rest = reported.length - listed.length;
  const all = rest > 0 ? [...issues, restIssue(code, rest, policy.action === 'near')] : issues;
  if (!isRefused) return { issues: [], warnings: all };
  if (policy.action !== 'near') return { issues: all, warnings: [] };
  return { issues, warnings: rest > 0 ? [...warnings, ...all.slice(-1)] : warnings };
}

/** The most flags that a suggestion names. */
const MOST_SUGGESTED = 3;

/** Warns of a flag that has the last name of settings, such as `--port` for `http.port`: it may also be one of the program itself. */
function lastNameWarning(name: UnknownName, flags: readonly string[]): readonly Issue[] {
  const ending = name.name.replace(/^--/, '.');
  const meant = ending.length > 2 && ending.startsWith('.') ? flags.filter((flag) => flag.endsWith(ending)) : [];
  if (meant.length === 0) return [];
  const suggestion = `Did you mean ${meant.slice(0, MOST_SUGGESTED).join(' or ')}?`;
  return [unknownIssue('UNKNOWN_KEY', name, suggestion)];
}

function keysAndGroups({ settings }: Schema): Iterable<Key> {
  const keys = [...settings.keys()];
  const groups = keys.flatMap((key) => [...key.matchAll(/\./g)].map(({ index }) => key.slice(0, index)));
  return new Set([...keys, ...groups]);
}

function unknownIssue(code: Issue['code'], name: UnknownName, suggestion: string | undefined): Issue {
  const { key, message, origin, frame } = name;
  return {
    code,
    ...(key !== undefined && { key }),
    message,
    origin: plainOrigin(origin),
    ...(suggestion !== undefined && { suggestion }),
    ...(frame !== undefined && { frame }),
  };
}

function restIssue(code: Issue['code'], rest: number, isIgnored: boolean): Issue {
  const message = isIgnored
    ? `${rest} more unknown flags are not compared with the flags of settings`
    : `${rest} more names do not match a setting`;
  return { code: isIgnored ? 'UNKNOWN_KEY' : code, message };
}
