import { dirname } from 'node:path';
import { ConfigError } from '../../errors.ts';
import type { Revision, Written } from '../store.ts';
import { moveInto, syncFolder, writeTemporary } from './durable.ts';
import type { Taken } from './exclusive.ts';
import { systemCode } from './file-errors.ts';
import { writeInPlace } from './in-place.ts';
import { decode, readBytes, revisionOfFile } from './read-file.ts';
import type { Revisions } from './revision.ts';

/** How a file is saved. */
export interface Saving {
  readonly name: string;
  readonly maxBytes: number;
  /** Whether a file that can't be replaced may be written over. */
  readonly inPlace: boolean;
  /** Whether a new file is for its owner only. */
  readonly isPrivate: boolean;
  readonly revisions: Revisions;
}

/** What is to be written: a text, and its bytes. */
export interface NewText {
  readonly text: string;
  readonly bytes: Buffer;
}

/** Compare and swap, under the lock: writes the text if the file is still at the revision `expect`. */
export async function saveFile(
  saving: Saving,
  { text: newText, bytes }: NewText,
  expect: Revision,
  taken: Taken,
): Promise<Written> {
  const current = currentOf(saving, taken.grip.target, expect);
  if (current.revision !== expect) {
    const text = current.bytes && decode(current.bytes, saving.name);
    return { ok: false, current: saving.revisions.stored(text, current.bytes) };
  }
  const revision = saving.revisions.of(bytes, newText);
  if (current.revision === revision) return { ok: true, revision };
  const warning = await replace(saving, bytes, current.bytes, taken);
  return warning === '' ? { ok: true, revision } : { ok: true, revision, warning };
}

interface Current {
  readonly revision: Revision;
  /** `null` also for a file that is too large to read: then its revision alone is compared. */
  readonly bytes: Buffer | null;
}

function currentOf({ name, maxBytes, revisions }: Saving, target: string, expect: Revision): Current {
  try {
    const bytes = readBytes({ path: target, name, maxBytes });
    return { revision: revisions.of(bytes), bytes };
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'TOO_LARGE') throw error;
    const revision = revisionOfFile(target, name);
    if (revision !== expect) throw error;
    return { revision, bytes: null };
  }
}

/** Gives what could not be assured, in sentences. */
async function replace(saving: Saving, bytes: Buffer, old: Buffer | null, { grip, before }: Taken): Promise<string> {
  const { target, check } = grip;
  const warnings: (string | undefined)[] = [];
  try {
    const temporary = writeTemporary(target, bytes, { before, isPrivate: saving.isPrivate });
    await moveInto(target, temporary, { check });
    warnings.push(temporary.warning);
  } catch (error) {
    if (!saving.inPlace || old === null || !canOnlyBeWrittenOver(error)) throw error;
    check();
    writeInPlace(target, bytes, old, saving.name);
    return '';
  }
  if (before !== undefined && before.nlink > 1)
    warnings.push('The file had other names (hard links); they keep the old text.');
  warnings.push(syncFolder(dirname(target)));
  return warnings.filter((warning) => warning !== undefined).join(' ');
}

/** A mount of the file itself, or an owner that could not be kept. */
function canOnlyBeWrittenOver(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'EBUSY' || code === 'EXDEV' || (code === 'EPERM' && isFrom(error, 'fchown'));
}

function isFrom(error: unknown, syscall: string): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === syscall;
}
