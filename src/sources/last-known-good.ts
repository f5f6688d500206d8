import { ConfigError, type Issue } from '../errors.ts';
import type { Copy, LocalCopy } from '../stores/local-copy.ts';
import type { Store, StoredDocument } from '../stores/store.ts';

/** The copy that a start uses if its store can't be reached. */
export interface LastKnownGood {
  readonly copy: LocalCopy;
  /** The oldest age of a usable copy, in milliseconds. Default: no limit. */
  readonly staleAfter?: number;
}

/** A document, or its copy with a warning. */
export interface Begun {
  readonly stored: Pick<StoredDocument, 'text' | 'revision'>;
  readonly warnings?: readonly Issue[];
}

/** How long a start waits for its store before it uses a copy, in milliseconds. */
const COPY_AFTER_MS = 1_000;

/** The document of `store`; its copy if the store does not answer in time. Throws if neither is available. */
export async function storedOrCopy(store: Store, { copy, staleAfter }: LastKnownGood): Promise<Begun> {
  const slow = new AbortController();
  const reading = store.read({ signal: slow.signal });
  try {
    const stored = (await withinMs(COPY_AFTER_MS, reading)) ?? (await slowOrCopied(store, copy, reading));
    const kept = stored.text === null ? await copy.read() : undefined;
    if (!kept || 'unusable' in kept || kept.text === null) return { stored };
    return { stored, warnings: [goneIssue(store.name, copy.name)] };
  } catch (error) {
    slow.abort();
    if (!(error instanceof ConfigError) || error.code !== 'UNAVAILABLE') throw error;
    const found = await copy.read();
    if ('unusable' in found) throw withIssue(error, `its copy, ${copy.name}, ${found.unusable}`);
    const age = Date.now() - Date.parse(found.at);
    const old = age < 0 ? 'which is in the future' : `${duration(age)} ago`;
    const described = `${copy.name}, the copy of ${store.name}, was last current at ${found.at}, ${old}`;
    // A copy from the future has no age.
    if (staleAfter !== undefined && !(age >= 0 && age <= staleAfter)) {
      throw withIssue(error, `${described}: "staleAfter" is ${duration(staleAfter)}`);
    }
    const causes = error.issues.map((issue): Issue => ({ ...issue, code: 'STALE' }));
    return { stored: found, warnings: [...causes, inUse(described, found)] };
  }
}

/** The document of a slow store. Throws `UNAVAILABLE` if there is a copy to use instead. */
async function slowOrCopied(store: Store, copy: LocalCopy, reading: Promise<StoredDocument>): Promise<StoredDocument> {
  const found = await copy.read();
  if ('unusable' in found) return reading;
  reading.catch(() => undefined);
  const message = `there was no answer within ${COPY_AFTER_MS} ms`;
  const origin = { layer: 'file', name: store.name, location: store.name } as const;
  throw new ConfigError([{ code: 'UNAVAILABLE', message: `could not be read: ${message}`, origin }]);
}

/** The result of `promise`, or `undefined` after `ms`. */
async function withinMs<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The warning about a removed document: its settings are no longer set, which is rarely intended. */
export function goneIssue(name: string, copy?: string): Issue {
  const message = `${name} was removed: the document no longer exists, and the file layer sets nothing`;
  const kept = copy === undefined ? '' : ` ${copy} has the last valid document.`;
  return {
    code: 'GONE',
    message,
    suggestion: `\`varve log\` lists earlier revisions, if the store keeps them.${kept}`,
  };
}

function withIssue({ issues }: ConfigError, message: string): ConfigError {
  const [first, ...rest] = issues as readonly [Issue, ...Issue[]];
  return new ConfigError([first, ...rest, { code: 'STALE', message }]);
}

function inUse(described: string, { revision }: Copy): Issue {
  const suggestion = 'A watch or a reload applies the current document as soon as the store answers.';
  return { code: 'STALE', message: `${described}; its revision ${revision} is in use`, suggestion };
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `3 hours`, `1 minute`: the duration in its largest unit. */
function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, least]) => ms >= least) ?? ['second', 1_000];
  const count = Math.floor(ms / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
