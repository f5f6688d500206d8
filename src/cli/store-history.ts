import type { Context } from './command.ts';
import { UsageError } from './usage-error.ts';

/** Throws a `UsageError` if the store has no history. A file has none of its own; git may have one. */
export async function requireHistory({ define, file }: Context): Promise<void> {
  const { definition } = await define();
  const store = file === undefined ? definition.store : undefined;
  if (store?.history) return;
  const path = file ?? (definition.file === undefined ? undefined : String(definition.file));
  const what = store?.name ?? path ?? definition.name;
  const hint = store || path === undefined ? '' : `For a file that git has: git log -p ${path}\n`;
  throw new UsageError(`${what} keeps no history`, `${hint}For a history: store: etcd(…) in the definition`);
}
