import { type Config, type Issue, renameDeprecatedKeys } from '../../index.ts';
import type { Finding } from './finding.ts';

/** What is left of the warnings after former keys of the file were renamed, and what was done. */
export interface RenameResult {
  readonly findings: readonly Finding[];
  readonly warnings: readonly Issue[];
}

/** Renames the former keys of the file, if that is wanted and there are any. */
export async function fixDeprecatedKeys(config: Config, fix: boolean): Promise<RenameResult> {
  const { warnings } = config;
  const isFormer = ({ code, key, origin }: Issue): boolean =>
    code === 'DEPRECATED' && origin?.layer === 'file' && origin.name !== key;
  if (!fix || !warnings.some(isFormer)) return { findings: [], warnings };
  const renames = await renameDeprecatedKeys(config);
  const findings = renames.map(({ from, to, dropped }): Finding => {
    const message = dropped ? `removed ${from}, for ${to} stands there too` : `renamed ${from} to ${to}`;
    return { status: 'fixed', area: 'file', key: to, message: `${config.location}  ${message}` };
  });
  return { findings, warnings: warnings.filter((warning) => !isFormer(warning)) };
}
