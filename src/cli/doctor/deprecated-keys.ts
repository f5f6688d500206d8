import { type Config, type Issue, renameDeprecatedKeys } from '../../index.ts';
import type { Finding } from './finding.ts';

/** The renames of deprecated keys, and the warnings that are left. */
export interface RenameResult {
  readonly findings: readonly Finding[];
  readonly warnings: readonly Issue[];
}

/** Renames the deprecated keys of the file if `fix` asks for it. */
export async function fixDeprecatedKeys(config: Config, fix: boolean): Promise<RenameResult> {
  const { warnings } = config;
  const isFormer = ({ code, key, origin }: Issue): boolean =>
    code === 'DEPRECATED' && key !== undefined && origin?.layer === 'file' && origin.name !== key;
  if (!fix || !warnings.some(isFormer)) return { findings: [], warnings };
  const renames = await renameDeprecatedKeys(config);
  const findings = renames.map(({ from, to, dropped }): Finding => {
    const message = dropped ? `removed ${from}, because ${to} is set too` : `renamed ${from} to ${to}`;
    return { status: 'fixed', area: 'file', key: to, message: `${config.location}  ${message}` };
  });
  return { findings, warnings: warnings.filter((warning) => !isFormer(warning)) };
}
