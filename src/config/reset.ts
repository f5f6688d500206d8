import type { Key } from '../key.ts';
import type { FileDocument } from '../sources/file-document.ts';
import type { Authorship } from '../stores/store.ts';
import type { DocumentEdit, Edit } from './edits.ts';
import type { FileChanges, SaveResult } from './file-changes.ts';
import { keysToRemove } from './open-keys.ts';

/** Removes one setting from the file, and saves. */
export async function resetKey(changes: FileChanges, key: Key, authorship: Authorship): Promise<SaveResult> {
  const { current, layer } = changes;
  const keys = current.schema.open ? keysToRemove(key, current.reading, layer.entries) : [key];
  if (keys.length === 0 || !keys.some((one) => one.startsWith(`${key}.`))) current.setting(key);
  const { removals, edits } = removalsOf(changes, keys);
  const { file } = changes;
  return changes.write((from) => file.edit(from, removals, 'mine'), { ...authorship, edits });
}

/** Removes all settings from the file, and saves. Replaces a file that can't be read, and keeps a copy of it. */
export async function resetAll(changes: FileChanges, authorship: Authorship): Promise<SaveResult> {
  const { current, layer } = changes;
  // The file may have settings of variants that are not chosen.
  const others = current.schema.open ? [...layer.entries.keys()] : [];
  const { removals, edits } = removalsOf(changes, [...new Set([...current.keys(), ...others])]);
  const { file } = changes;
  let keptAside: string | undefined;
  const blank = (from: FileDocument): DocumentEdit => {
    const written = removals.map((edit) => ({ ...edit, written: file.jsonOf(edit.key, undefined) }));
    return { from, to: file.blank(), changes: written, added: [] };
  };
  const next = async (from: FileDocument): Promise<DocumentEdit> => {
    if (from.issues.length === 0) return file.edit(from, removals, 'mine');
    keptAside = await file.store.unreadable?.keepAside();
    return blank(from);
  };
  const parse = (text: string): FileDocument => file.parse(text);
  const replacement = (): DocumentEdit => blank(parse(''));
  const result = await changes.write(next, { ...authorship, edits, parse, replacement });
  return keptAside === undefined ? result : { ...result, keptAside };
}

/** The edits that remove keys from the file, and the edits in memory that they replace. */
interface Removals {
  readonly removals: readonly Edit[];
  readonly edits: readonly Edit[];
}

function removalsOf({ layer }: FileChanges, keys: readonly Key[]): Removals {
  return {
    removals: keys.map((key) => ({ key, written: undefined, base: layer.base(key) })),
    edits: keys.flatMap((key) => layer.edits.get(key) ?? []),
  };
}
