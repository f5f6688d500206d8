import { ConfigError, type Issue } from '../errors.ts';
import { type JsonNode, toValue } from '../json/parse.ts';
import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Authorship, Store, StoredDocument, WriteOptions, WriteResult } from '../stores/store.ts';
import type { Edit } from './file-layer.ts';

/** A setting that two writers changed since it was read. */
export interface Conflict {
  readonly key: Key;
  /** What stood there when it was read; `undefined` where nothing did. */
  readonly base: unknown;
  /** What this process wants to write; `undefined` removes the key. */
  readonly mine: unknown;
  /** What stands there now. */
  readonly theirs: unknown;
}

/** What becomes of a conflict: nothing is written (`fail`), one side wins, or a function says what is to stand there. */
export type ConflictChoice = 'fail' | 'mine' | 'theirs' | ((conflict: Conflict) => unknown);

/** A document after it was rewritten. */
export interface Rewritten {
  /** The text that it was made from; `undefined` for one that can't be read. */
  readonly from: string | undefined;
  readonly stored: StoredDocument;
  /** What could not be assured, in a sentence. */
  readonly warning?: string;
  /** Where a text that could not be read was kept. */
  readonly keptAside?: string;
}

/**
 * Reads a document afresh and writes back the text that `next` makes of it, as one step to all other writers; `next` is
 * asked again when another writer was faster. What it throws, nothing is written for.
 */
export function rewrite(
  store: Store,
  next: (text: string) => string | Promise<string>,
  authorship: Authorship = {},
): Promise<Rewritten> {
  const from: Next = (text = '') => next(text);
  return exclusively(store, async () => rewritten(store, await store.read(), { next: from, authorship }));
}

/** The same for a `next` that does not wait, which makes one step of it where the store is local. */
export async function rewriteAtOnce(
  store: Store,
  next: (text: string) => string,
  authorship: Authorship = {},
): Promise<Rewritten> {
  if (!store.edit) return rewrite(store, next, authorship);
  const changed = ({ text }: StoredDocument): string | undefined => {
    const from = text ?? '';
    const made = next(from);
    return made === from ? undefined : made;
  };
  const { before, after, warning } = await store.edit(changed, authorship);
  return { from: before.text ?? '', stored: after, ...(warning !== undefined && { warning }) };
}

/** The same for a document that may be no text, or too much of it to be read: `next` gets `undefined` then. */
export function replace(store: Store, next: Next, authorship: Authorship = {}): Promise<Rewritten> {
  return exclusively(store, async () => rewritten(store, await standing(store), { next, authorship }));
}

/** What is written over a whole document. */
export interface Overwriting extends Authorship {
  readonly text: string;
  /** The text that is to stand there still; any unless given. */
  readonly known: string | undefined;
}

/** Writes a text in place of the one that is known. Throws `CONFLICT` where another writer was, or is, faster. */
export async function overwrite(store: Store, { text, known, ...authorship }: Overwriting): Promise<Rewritten> {
  return exclusively(store, async () => {
    const { text: before, revision } = await standing(store);
    const from = before ?? undefined;
    if (before === text) return { from, stored: { text, revision } };
    if (known === undefined || known === (from ?? '')) {
      const written = await applied(store, text, { expect: revision, ...authorship });
      if (written.ok) return { from, ...acknowledged(text, written) };
    }
    const message = `${store.name} was changed by another writer since it was read. Nothing was written`;
    const suggestion = 'Reload, look at what was changed, and try again.';
    throw new ConfigError([{ code: 'CONFLICT', message, suggestion }]);
  });
}

type Next = (text: string | undefined) => string | Promise<string>;

/** What stands in a store: `undefined` is a text that can't be read. */
type Standing = Pick<StoredDocument, 'revision'> & { readonly text: string | null | undefined };

function exclusively(store: Store, work: () => Promise<Rewritten>): Promise<Rewritten> {
  return store.exclusive ? store.exclusive(work) : work();
}

async function standing(store: Store): Promise<Standing> {
  try {
    return await store.read();
  } catch (error) {
    const isUnreadable = error instanceof ConfigError && (error.code === 'CORRUPT' || error.code === 'TOO_LARGE');
    if (!isUnreadable || !store.revision) throw error;
    return { text: undefined, revision: await store.revision() };
  }
}

interface Making {
  readonly next: Next;
  readonly authorship: Authorship;
}

async function rewritten(store: Store, read: Standing, { next, authorship }: Making): Promise<Rewritten> {
  let { text: before, revision } = read;
  for (let lost = 1; ; lost++) {
    const from = before === null ? '' : before;
    const text = await next(from);
    if (before !== undefined && text === from) return { from, stored: { text: before, revision } };
    const written = await applied(store, text, { expect: revision, ...authorship });
    if (written.ok) return { from, ...acknowledged(text, written) };
    await pause(Math.random() * Math.min(LOST_MOST_MS, LOST_MS * 2 ** lost));
    ({ text: before, revision } = await store.read());
  }
}

/** How long one who lost a race waits at the most, so that many of them do not race on in step: in milliseconds. */
const LOST_MS = 2;
const LOST_MOST_MS = 100;

/** How often a write is tried again of which the store can't tell whether it was applied; and the first pause, in ms. */
const UNCLEAR_TRIES = 4;
const UNCLEAR_MS = 100;

/** One write. A retry has the same id: so it is applied once, whatever became of the attempts before. */
async function applied(store: Store, text: string, options: Omit<WriteOptions, 'id'>): Promise<WriteResult> {
  const id = crypto.randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.write(text, { ...options, id });
    } catch (error) {
      if (!(error instanceof ConfigError) || error.code !== 'UNCLEAR' || attempt === UNCLEAR_TRIES) throw error;
      await pause(UNCLEAR_MS * 2 ** attempt);
    }
  }
}

function acknowledged(text: string, { revision, warning }: Acknowledged): Omit<Rewritten, 'from'> {
  return { stored: { text, revision }, ...(warning !== undefined && { warning }) };
}

type Acknowledged = Extract<WriteResult, { readonly ok: true }>;

/** The edits as they are to be written over what stands in the document now. Throws `CONFLICT` with every one of them. */
export function settled(
  edits: Iterable<Edit>,
  nodeOf: (key: Key) => JsonNode | undefined,
  choose: ConflictChoice,
  secret: (key: Key) => boolean,
): readonly Edit[] {
  const conflicts: Conflict[] = [];
  const result: Edit[] = [];
  for (const edit of edits) {
    const node = nodeOf(edit.key);
    const conflict: Conflict = { key: edit.key, base: edit.base, mine: edit.written, theirs: node && toValue(node) };
    const { theirs } = conflict;
    if (isEqual(theirs, edit.base) || isEqual(theirs, edit.written) || choose === 'mine') result.push(edit);
    else if (choose === 'fail') conflicts.push(conflict);
    else if (choose !== 'theirs') result.push({ ...edit, written: choose(conflict) });
  }
  const [first, ...rest] = conflicts.map((conflict) => conflictIssue(conflict, secret(conflict.key)));
  if (first) throw new ConfigError([first, ...rest]);
  return result;
}

function conflictIssue({ key, mine, theirs }: Conflict, secret: boolean): Issue {
  const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  const values = secret ? '' : `: it is ${shown(theirs)} there now, and ${shown(mine)} here`;
  return {
    code: 'CONFLICT',
    key,
    message: `was changed by another writer since it was read${values}. Nothing was written`,
    suggestion: 'Reload and set it again, or save with a choice for conflicts: "mine", "theirs" or a function.',
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
