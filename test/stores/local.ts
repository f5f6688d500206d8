import type { EditResult, LocalStore, NextText, Store, UnreadableDocument } from '../../src/stores/store.ts';

/** What only a local store has; fails for another one. */
export function localOf({ name, local }: Store): LocalStore {
  if (!local) throw new Error(`${name} is not local`);
  return local;
}

/** How a store replaces a document that it can't read; fails for a store that can't. */
export function unreadableOf({ name, unreadable }: Store): UnreadableDocument {
  if (!unreadable) throw new Error(`${name} can't replace an unreadable document`);
  return unreadable;
}

/** Edits the document of a local store. */
export function edit(store: Store, next: NextText, signal?: AbortSignal): Promise<EditResult> {
  return localOf(store).edit(next, signal ? { signal } : {});
}

/** Runs `work` while no other process writes the document, and gives its result. */
export async function underLock<T>(store: Store, work: () => Promise<T>): Promise<T> {
  let result: { readonly value: T } | undefined;
  await edit(store, async () => {
    result = { value: await work() };
    return undefined;
  });
  if (!result) throw new Error('the work did not run');
  return result.value;
}
