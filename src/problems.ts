import type { Issue } from './errors.ts';
import type { Key } from './key.ts';
import { describeOrigin, type Entry, type Layer, plainOrigin } from './layer.ts';
import { missingIssue, refusal } from './schema/refusal.ts';
import type { Schema } from './schema/schema.ts';

/** What is wrong with the entries of the layers. */
export interface Problems {
  /** What must be mended before these values may be used. */
  readonly issues: readonly Issue[];
  /** What is wrong in a layer that something valid shadows. */
  readonly warnings: readonly Issue[];
}

/** How many problems have the lines around them, which are most of the work. */
const MOST_FRAMED = 1_000;

/** The problems of all layers; one that something valid shadows is a warning. */
export function listProblems(schema: Schema, layers: readonly Layer[]): Problems {
  const issues: Issue[] = [...(schema.issues ?? [])];
  const warnings: Issue[] = [];
  for (const [i, { name, problems, entries }] of layers.entries()) {
    for (const [key, problem] of problems) {
      const winner = layers.findLast((layer, at) => at > i && layer.entries.has(key) && !layer.problems.has(key));
      // A default is there to be overridden, also one whose references have no value here.
      if (winner && name === 'default') continue;
      const isFramed = issues.length + warnings.length < MOST_FRAMED;
      const entry = isFramed ? entries.get(key) : frameless(entries.get(key));
      const issue = refusal(key, problem, { entry: entry ?? {}, setting: schema.settings.get(key) });
      if (winner) warnings.push(asUnused(issue, winner.entries.get(key)));
      else issues.push(issue);
    }
  }
  for (const setting of schema.settings.required) {
    if (!layers.some((layer) => layer.entries.of(setting))) {
      issues.push({ ...missingIssue(setting, schema), ...emptyIssue(setting.key, layers) });
    }
  }
  return { issues, warnings };
}

/** The issue, whose suggestion says that the entry `winner` is used instead of the value. */
function asUnused(issue: Issue, winner: Entry | undefined): Issue {
  const reason = winner && `It is not used: ${describeOrigin(winner.origin)} wins.`;
  return { ...issue, suggestion: [issue.suggestion, reason].filter((part) => part !== undefined).join(' ') };
}

/** The part of an issue that names the highest empty entry of a required setting. */
function emptyIssue(key: Key, layers: readonly Layer[]): Partial<Issue> {
  const empty = layers.findLast((layer) => layer.empty?.has(key))?.empty?.get(key);
  if (!empty) return {};
  return { message: `is required, and ${empty.origin.name} is empty`, origin: plainOrigin(empty.origin) };
}

/** Without what only its getter knows. */
function frameless(entry: Entry | undefined): Partial<Entry> | undefined {
  if (!entry) return undefined;
  const { value, written, raw, origin } = entry;
  return { value, written, origin, ...(raw !== undefined && { raw }) };
}
