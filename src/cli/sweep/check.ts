import { type Config, describeIssues, type Issue } from '../../index.ts';
import type { Context } from '../command.ts';
import type { Axis } from './axis.ts';
import type { CheckedAxis } from './grid.ts';

/** The axes with their values as the settings take them, and the configuration of the first run. */
export interface Checked {
  readonly first: Config;
  readonly axes: readonly CheckedAxis[];
}

/** Tries every value once, so that nothing starts where one is wrong. All that is wrong is in `issues`. */
export async function check(
  context: Context,
  axes: readonly Axis[],
): Promise<Checked | { readonly issues: readonly Issue[] }> {
  const load = (others: Readonly<Record<string, string>> = {}): Promise<Config> => {
    const pairs = axes.map(({ key, texts }) => `${key}=${others[key] ?? texts[0]}`);
    return context.load({ argv: flagsOf(pairs), invalid: 'report' });
  };
  const first = await load();
  const issues = new Map<string, Issue>();
  const checked: CheckedAxis[] = [];
  for (const { key, texts } of axes) {
    const values = new Map<string, { readonly text: string; readonly value: unknown }>();
    for (const text of texts) {
      const config = await load({ [key]: text });
      for (const issue of config.issues) issues.set(JSON.stringify([issue.key, issue.message, issue.origin]), issue);
      const value = plain(config.get(key));
      // `0.5` and `0.50` are one run.
      const same = JSON.stringify(value) ?? '';
      if (!values.has(same)) values.set(same, { text, value });
    }
    checked.push({ key, values: [...values.values()] });
  }
  return issues.size > 0 ? { issues: [...issues.values()] } : { first, axes: checked };
}

/** Flags as `varve run` would be given them. */
export function flagsOf(pairs: readonly string[]): readonly string[] {
  return pairs.flatMap((pair) => ['--set', pair]);
}

function plain(value: unknown): unknown {
  return value instanceof RegExp ? value.source : value;
}

/** What stands in the way of the runs. */
export function issuesText(issues: readonly Issue[], name: string): string {
  return `${describeIssues(issues, `the configuration of ${name}`)}\nvarve: nothing was started: configuration invalid`;
}
