import { type Issue, throwIssues } from '../errors.ts';
import { type Layer, layersWith } from '../layer.ts';
import type { FileDocument } from '../sources/file-document.ts';
import type { Current } from './current.ts';
import type { DocumentEdit, Edit, FileLayer } from './edits.ts';
import type { WritableFile } from './writable-file.ts';

/** What a document is checked against. */
interface FileState {
  readonly current: Current;
  readonly file: WritableFile;
  readonly layer: FileLayer;
  /** The document in memory. */
  readonly document: FileDocument | undefined;
}

/** Throws the rules that a document breaks, by itself and with the unsaved edits but `saved`. */
export function requireRules(
  { current, file, layer, document }: FileState,
  made: DocumentEdit,
  saved: readonly Edit[] = [],
): void {
  const isKnown = made.from === document;
  const below = current.below('file');
  const read = (isKnown && file.layerAfter(layer.read, made, below)) || file.layerOf(made.to, below);
  const keys = isKnown ? [...made.changes, ...made.added].map(({ key }) => key) : undefined;
  const given = current.given.map((one): Layer => (one.name === 'file' ? read : one));
  const title = `${file.store.name}; nothing was written`;
  const brokenBy = (layers: readonly Layer[]): readonly Issue[] => {
    const computed = current.computed(layers);
    const broken = current.brokenRules(computed, keys && [...keys, ...computed.keys]);
    return [...current.newProblems(computed), ...broken];
  };
  throwIssues(brokenBy(given), title);
  const unsaved = [...layer.edits.values()].filter((edit) => !saved.includes(edit));
  if (unsaved.length === 0) return;
  throwIssues(brokenBy(layersWith(given, 'file', new Map(unsaved.map(({ key, entry }) => [key, entry])))), title);
}
