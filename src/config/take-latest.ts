import { ConfigError } from '../errors.ts';
import type { FileDocument } from '../sources/file-document.ts';
import type { StoredDocument } from '../stores/store.ts';
import type { DocumentEdit, Edit } from './edits.ts';
import type { FileChanges } from './file-changes.ts';

export interface SavedState {
  /** The edits in memory that it saved. */
  readonly edits: readonly Edit[];
  readonly stored: StoredDocument;
  /** How often the layers had been replaced when it began. */
  readonly replacements: number;
}

interface LatestDocument {
  readonly document: FileDocument;
  readonly stored: StoredDocument;
}

/** Takes the latest document into memory after a write that did not edit the document in memory. */
export async function takeLatest(
  { current, file, layer }: Pick<FileChanges, 'current' | 'file' | 'layer'>,
  made: DocumentEdit,
  saved: SavedState,
): Promise<void> {
  const { edits } = saved;
  const latest = await latestDocument({ current, file }, made.to, saved);
  layer.forget(edits);
  const own = new Set([...made.changes, ...edits].map(({ key }) => key));
  const read = latest && file.layerOf(latest.document, current.below('file'));
  if (read && current.resolvesTexts)
    await current.prepare([current.givenAfter(current.given.map((one) => (one.name === 'file' ? read : one)))]);
  if (latest && read?.problems.size === 0) {
    current.replaceFile(read, latest.document.matched, own);
    if (latest.document.issues.length === 0) await file.keep(latest.stored);
  } else {
    const { document: _, ...rest } = latest ? latest.document.matched : { entries: new Map() };
    current.replaceFile(layer.with(own, file.layerOf(made.to, current.below('file'))), rest, own);
  }
}

/**
 * The document in the store after a write, read again if another read or write ended since the write began. `undefined`
 * if that read fails.
 */
async function latestDocument(
  { current, file }: Pick<FileChanges, 'current' | 'file'>,
  written: FileDocument,
  { stored, replacements }: SavedState,
): Promise<LatestDocument | undefined> {
  let latest: LatestDocument = { document: written, stored };
  try {
    for (let known = replacements; known !== current.replacements; ) {
      known = current.replacements;
      const now = await file.store.read();
      latest = { document: file.parseValid(now.text ?? ''), stored: now };
    }
    return latest;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return undefined;
  }
}
