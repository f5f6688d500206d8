import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config, ExplainedCandidate, Issue } from '../index.ts';
import type { Terminal } from './terminal.ts';

/** The issues, without those that are about secrets which this machine does not have, and these secrets. */
export interface IssuesWithoutSecrets {
  readonly issues: readonly Issue[];
  readonly missing: readonly string[];
}

/** Leaves out the issues of sensitive settings that no layer provides here, also of the rules that need them. */
export function withoutMissingSecrets(config: Config, terminal: Pick<Terminal, 'env' | 'cwd'>): IssuesWithoutSecrets {
  const absent = absentSecrets(config, terminal);
  const about = ({ key, keys = [] }: Issue): readonly string[] =>
    [key, ...keys].filter((one) => one !== undefined && absent.has(one)) as readonly string[];
  return {
    issues: config.issues.filter((issue) => about(issue).length === 0),
    missing: [...new Set(config.issues.flatMap(about))],
  };
}

/** The sensitive settings without an entry, or with entries that lead nowhere. */
function absentSecrets(config: Config, { env, cwd }: Pick<Terminal, 'env' | 'cwd'>): ReadonlySet<string> {
  /** A `NAME_FILE` variable of a deployment names a file that is mounted there. */
  const isNoFile = (variable: string): boolean => {
    const path = variable.endsWith('_FILE') ? env[variable] : undefined;
    return path !== undefined && path !== '' && !existsSync(resolve(cwd, path));
  };
  const leadsNowhere = ({ layer, name, computedFrom = [] }: ExplainedCandidate): boolean =>
    layer === 'default' || isNoFile(name) || computedFrom.some(({ value }) => value === undefined);
  const absent = config.explainAll().filter(({ redacted, candidates }) => redacted && candidates.every(leadsNowhere));
  return new Set(absent.map(({ key }) => key));
}
