import { type Config, type Issue, migrateFile } from '../../index.ts';
import type { Finding } from './finding.ts';

/** Writes a file of an older version as the present one if `fix` asks for it, and keeps the old text beside. */
export async function fixOlderVersion(config: Config, fix: boolean): Promise<readonly Finding[]> {
  if (!fix || !config.warnings.some(isOlderVersion)) return [];
  const migrated = await migrateFile(config, { by: 'varve doctor' });
  if (!migrated) return [];
  const kept = migrated.keptAside === undefined ? '' : `; the old text is kept as ${migrated.keptAside}`;
  const message = `${config.location}  migrated from version ${migrated.from}${kept}`;
  return [{ status: 'fixed', area: 'file', message }];
}

function isOlderVersion({ code, key, origin }: Issue): boolean {
  return code === 'DEPRECATED' && key === undefined && origin?.layer === 'file';
}
