import type { SettingsDefinition } from '../schema/types.ts';
import type { FileDocument } from '../sources/file-document.ts';
import type { Authorship } from '../stores/store.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { type Config, partsOf } from './config.ts';
import type { DocumentEdit } from './edits.ts';

/** The file of an older version that was migrated. */
export interface MigrationResult {
  /** The version that it had. */
  readonly from: number;
  /** The copy of the old text; absent if the store keeps none. */
  readonly keptAside?: string;
}

/**
 * Writes a file of an older version in the current version, as the next save would; no value changes. Returns `undefined`
 * if the file has the current version, or does not exist. Rejects with the codes of a save.
 * @example
 * import { writeFileSync } from 'node:fs';
 * import { defineConfig, loadConfig, migrateFile } from 'varve';
 *
 * writeFileSync('shop.json', '{ "poolSize": 20 }');
 * const definition = defineConfig({
 *   name: 'shop',
 *   file: 'shop.json',
 *   version: 2,
 *   migrations: {
 *     2: (document) => {
 *       document.pool = document.poolSize;
 *       delete document.poolSize;
 *     },
 *   },
 *   settings: { pool: 10 },
 * });
 * const config = await loadConfig(definition, { argv: [], onWarning: false });
 * console.log(config.values.pool); // 20
 * console.log((await migrateFile(config)).from); // 1
 */
export async function migrateFile<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  authorship: Authorship = {},
): Promise<MigrationResult | undefined> {
  const { changes } = partsOf(config);
  const next = (from: FileDocument): DocumentEdit => {
    const to = from.migratedFrom === undefined ? from : changes.file.parse(from.text);
    return { from, to, changes: [], added: [] };
  };
  const { migratedFrom: from, keptAside } = await changes.write(next, { ...authorship, isMigration: true });
  return from === undefined ? undefined : { from, ...(keptAside !== undefined && { keptAside }) };
}
