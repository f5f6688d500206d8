import type { Key } from '../key.ts';
import { isMarkKey } from '../schema/open-paths.ts';
import type { FileDocument } from '../sources/file-document.ts';
import type { Authorship } from '../stores/store.ts';
import type { DocumentEdit, Edit, KeyChange } from './edits.ts';
import type { FileChanges, KeyValue, SaveResult } from './file-changes.ts';
import { OpenChanges } from './open-keys.ts';
import { notAKey } from './unknown-key.ts';

/** Removes one setting from the file, and saves. */
export async function resetKey(changes: FileChanges, key: Key, authorship: Authorship): Promise<SaveResult> {
  const { current } = changes;
  if (typeof key !== 'string') throw notAKey(key);
  const isWhole = current.schema.open !== undefined && isMarkKey(current.fullSchema.root, key);
  const removal = { key, value: undefined };
  const made = isWhole ? [...new OpenChanges(current, 'file').changesOf([removal])] : [removal];
  if (!isWhole || made.length === 0) current.setting(key);
  const { removals, edits } = editsOf(changes, made);
  const { file } = changes;
  return changes.write((from) => file.edit(from, removals, 'mine'), { ...authorship, edits });
}

/** Removes all settings from the file, and saves. Replaces a file that can't be read, and keeps a copy of it. */
export async function resetAll(changes: FileChanges, authorship: Authorship): Promise<SaveResult> {
  const { current, layer } = changes;
  // The file may have settings of variants that are not chosen.
  const others = current.schema.open ? [...layer.entries.keys()] : [];
  const keys = [...new Set([...current.keys(), ...others])];
  const { removals, edits } = editsOf(
    changes,
    keys.map((key) => ({ key, value: undefined })),
  );
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

/** The edits of a reset, and the edits in memory that they replace. */
function editsOf(
  { layer }: FileChanges,
  changes: readonly KeyValue[],
): { readonly removals: readonly KeyChange[]; readonly edits: readonly Edit[] } {
  return {
    removals: changes.map(({ key, value }) => ({ key, written: value, base: layer.base(key) })),
    edits: changes.flatMap(({ key }) => layer.edits.get(key) ?? []),
  };
}
