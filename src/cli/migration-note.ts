import type { Config, SaveResult } from '../index.ts';
import type { Context } from './command.ts';

/** Says that a save wrote the file in another version, and where the old text is. */
export function noteMigration(context: Context, { location }: Config, { migratedFrom, keptAside }: SaveResult): void {
  if (migratedFrom === undefined) return;
  const kept = keptAside === undefined ? '' : `; the old text is kept as ${keptAside}`;
  context.note(`varve: ${location} was migrated from version ${migratedFrom}${kept}`);
}
