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
  const keys = new Set(config.explainAll().map(({ key }) => key));
  const about = ({ key, keys: others = [], origin }: Issue): readonly string[] => {
    const isWhole = key !== undefined && !keys.has(key) && origin !== undefined && namesNoFile(origin.name, terminal);
    return [key, ...others].filter((one) => one !== undefined && (isWhole || absent.has(one))) as readonly string[];
  };
  return {
    issues: config.issues.filter((issue) => about(issue).length === 0),
    missing: [...new Set(config.issues.flatMap(about))],
  };
}

/** Whether it is a `NAME_FILE` variable that names a file which a deployment mounts, and this machine does not have. */
function namesNoFile(variable: string, { env, cwd }: Pick<Terminal, 'env' | 'cwd'>): boolean {
  const path = variable.endsWith('_FILE') ? env[variable] : undefined;
  return path !== undefined && path !== '' && !existsSync(resolve(cwd, path));
}

/** The sensitive settings without an entry, or with entries that lead nowhere. */
function absentSecrets(config: Config, terminal: Pick<Terminal, 'env' | 'cwd'>): ReadonlySet<string> {
  const leadsNowhere = ({ layer, name, computedFrom = [] }: ExplainedCandidate): boolean =>
    layer === 'default' || namesNoFile(name, terminal) || computedFrom.some(({ value }) => value === undefined);
  const absent = config.explainAll().filter(({ redacted, candidates }) => redacted && candidates.every(leadsNowhere));
  return new Set(absent.map(({ key }) => key));
}
