import { resolve } from 'node:path';
import type { ExplainedCandidate, Explanation, Origin } from '../../index.ts';
import type { SettingDescription } from '../../tools.ts';

/** One thing that `varve doctor` looked at. A `note` is worth knowing, but nothing is wrong. */
export interface Finding {
  readonly status: 'ok' | 'note' | 'fixed' | 'warn' | 'fail';
  /** `definition`, `file`, `env`, `flag`, `git`, `schema`. */
  readonly area: string;
  readonly message: string;
  readonly key?: string;
  readonly origin?: Origin;
  /** What to do about it, as a sentence. */
  readonly fix?: string;
}

/** The settings that one source provides. */
export interface SourceSettings {
  /** `process.env`, `.env`, `config/app.json`. */
  readonly name: string;
  readonly explanations: readonly Explanation[];
}

/** What the checks look at. */
export interface Examination {
  readonly root: string;
  readonly settings: readonly SettingDescription[];
  /** The environment's sources, lowest first. */
  readonly sources: readonly SourceSettings[];
  readonly explanations: readonly Explanation[];
}

/** A file that holds the values of sensitive settings. */
export interface SecretFile {
  readonly path: string;
  /** As messages call it. */
  readonly name: string;
  readonly keys: readonly string[];
}

/** Every file that holds a secret, whether it wins or not. `isFilled`: whether the effective value of a key is a secret at all. */
export function secretFiles(
  { root, sources, explanations }: Examination,
  isFilled: (key: string) => boolean,
): readonly SecretFile[] {
  const keysOf = new Map<string, Set<string>>();
  for (const { key, redacted, candidates } of [...explanations, ...sources.flatMap((source) => source.explanations)]) {
    if (!redacted) continue;
    for (const candidate of candidates) {
      if (candidate.state === 'wins' && !isFilled(key)) continue;
      const file = isReference(candidate) ? undefined : fileOf(candidate);
      if (file !== undefined) keysOf.set(file, (keysOf.get(file) ?? new Set()).add(key));
    }
  }
  return [...keysOf].map(([name, keys]) => ({ path: resolve(root, name), name, keys: [...keys] }));
}

/** Whether a candidate is written as one text that stands for its value: `vault:kv/db#password`, `${db.password}`. */
export function isReference({ raw, computedFrom = [] }: ExplainedCandidate): boolean {
  const [part, ...others] = computedFrom;
  if (!part || others.length > 0) return false;
  return raw === part.name || raw === `\${${part.name}}`;
}

/** The file of an origin; `undefined` if it is not in a file. */
function fileOf({ layer, location }: Origin): string | undefined {
  if (layer === 'default' || layer === 'flag' || layer === 'override' || location === 'process.env') return undefined;
  return location.replace(/(:\d+){1,2}$/, '');
}

/** The keys as words: `a`, `a and b`, `a, b and 3 more`. */
export function keysText(keys: readonly string[]): string {
  const [first = '', second, ...others] = keys;
  if (second === undefined) return first;
  return others.length === 0 ? `${first} and ${second}` : `${first}, ${second} and ${others.length} more`;
}
