import { isUtf8 } from 'node:buffer';
import type { Revision, StoredDocument } from '../../index.ts';
import { type Cluster, type Known, type Place, placeOf } from './cluster.ts';
import { type Failure, problem } from './failure.ts';
import { type Asking, type Caller, type Gateway, parsed } from './gateway.ts';
import { base64 } from './keys.ts';
import type { Answer, KeyValue, Outcome, RangeNewer } from './messages.ts';
import type { Settings } from './settings.ts';

/** The document as it stood in one revision of the cluster. */
export interface State {
  /** The revision of the cluster that made it; 0 where there is no document. */
  readonly mod: number;
  readonly created: number;
  /** The revision of the cluster when it answered. */
  readonly at: number;
  /** The id of the write that made it, and of the last write that was not made by hand. */
  readonly writeId: string | undefined;
  readonly lastWrite: { readonly id: string | undefined; readonly mod: number } | undefined;
  /** Throws `CORRUPT` or `TOO_LARGE` for what is no document. */
  stored(): StoredDocument;
}

/** Thrown within the store: why a question has no answer. */
export class Unanswered extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** How it is asked for what is newer. */
export interface Looking extends Asking {
  /** Over which connection; over any unless given. */
  readonly caller?: Caller | undefined;
}

/** What stands beside the text. */
interface WriteNote {
  readonly id?: string;
  readonly by?: string;
  readonly at?: string;
  readonly note?: string;
}

/** One document of a cluster, read and compared by its keys. */
export class Document {
  readonly cluster: Cluster;
  readonly #gateway: Gateway;
  readonly #settings: Settings;
  readonly #document: string;
  readonly #write: string;
  readonly #end: string;

  constructor(gateway: Gateway, cluster: Cluster, settings: Settings) {
    this.#gateway = gateway;
    this.cluster = cluster;
    this.#settings = settings;
    this.#document = base64(settings.keys.document);
    this.#write = base64(settings.keys.write);
    this.#end = base64(settings.keys.end);
  }

  /** The state now, or the one at a revision of the cluster. Throws {@link Unanswered}, or `RESET`. */
  async state(asking: Asking, revision?: number): Promise<State> {
    const question = { ...this.range, ...(revision !== undefined && { revision: String(revision) }) };
    const answer = await this.ask('/v3/kv/range', question, asking);
    return this.stateOf(answer.kvs ?? [], answer);
  }

  /** The revision of the cluster that made the state at `revision`, or the state now, whatever its bytes are. */
  async modAt(asking: Asking, revision?: number): Promise<number> {
    const at = revision === undefined ? {} : { revision: String(revision) };
    const { kvs } = await this.ask('/v3/kv/range', { key: this.#document, keys_only: true, ...at }, asking);
    return Number(kvs?.[0]?.mod_revision ?? 0);
  }

  /** The state, if there is one newer than `mod`; else whether there is a document, and at what revision of the cluster. */
  async newer(mod: number, { caller, ...asking }: Looking): Promise<State | { exists: boolean; at: number }> {
    const question: RangeNewer = { key: this.#document, min_mod_revision: String(mod + 1), keys_only: true };
    const { known } = this.cluster;
    const {
      kvs = [],
      count = '0',
      header,
    } = caller ? this.#answerOf(await caller.range(question), known) : await this.ask('/v3/kv/range', question, asking);
    return kvs.length > 0 ? this.state(asking) : { exists: count !== '0', at: Number(header?.revision ?? 0) };
  }

  /** Writes if the key is still at the revision `mod`. `undefined` when it was written; else what stands there. */
  async swap(text: string, mod: number, note: WriteNote, asking: Asking): Promise<{ mod: number } | State> {
    const put = (key: string, value: string): object => ({ request_put: { key, value: base64(value) } });
    const question = {
      compare: [{ key: this.#document, target: 'MOD', result: 'EQUAL', mod_revision: String(mod) }],
      success: [put(this.#document, text), put(this.#write, JSON.stringify(note))],
      failure: [{ request_range: this.range }],
    };
    const answer = await this.ask('/v3/kv/txn', question, { ...asking, once: true });
    if (answer.succeeded) return { mod: Number(answer.header?.revision) };
    return this.stateOf(answer.responses?.[0]?.response_range?.kvs ?? [], answer);
  }

  /** Writes what stands there under a key behind the range, whatever its bytes are; gives what that is called. */
  async keepAside(asking: Asking): Promise<string> {
    const { kvs } = await this.ask('/v3/kv/range', { key: this.#document }, asking);
    const key = `${this.#settings.keys.aside}${new Date().toISOString()}`;
    await this.ask('/v3/kv/put', { key: base64(key), value: kvs?.[0]?.value ?? '' }, asking);
    return `etcd:${key}`;
  }

  /** Both keys of the document, as one range. */
  get range(): { readonly key: string; readonly range_end: string } {
    return { key: this.#document, range_end: this.#end };
  }

  /** Asks, and makes sure that it is the cluster that answered before. */
  async ask(path: string, question: object, asking: Asking): Promise<Answer> {
    const { known } = this.cluster;
    return this.#answerOf(await this.#gateway.ask(path, question, asking), known);
  }

  #answerOf(outcome: Outcome, known: Known): Answer {
    if ('failure' in outcome) throw new Unanswered(outcome.failure);
    this.requireKnown(outcome.answer.header, known);
    return outcome.answer;
  }

  requireKnown(header: Answer['header'], known: Known): void {
    const reset = this.cluster.resetBy(header, known);
    if (reset !== undefined) throw this.reset(reset);
  }

  /** The place that a revision names. Throws `RESET` for one that this cluster can't have made. */
  async placeOf(revision: Revision, asking: Asking): Promise<Place> {
    const place = placeOf(revision);
    if (place === undefined) throw this.reset(`"${revision}" is no revision of an etcd store`);
    // Somebody else may have seen more of the cluster than is known here.
    if (this.cluster.foreign(place) !== undefined) await this.modAt(asking);
    this.requireOwn(place);
    return place;
  }

  /** Throws `RESET` for a place that can't be in what is known of the cluster. */
  requireOwn(place: Place): void {
    const foreign = this.cluster.foreign(place);
    if (foreign !== undefined) throw this.reset(foreign);
  }

  reset(message: string): Error {
    const suggestion = 'Look at what it holds before you write; if it is right, read it anew.';
    return problem(this.#settings.name, { code: 'RESET', message, suggestion });
  }

  /** The state that the keys of an answer, or of an event, are. */
  stateOf(kvs: readonly KeyValue[], { header }: Pick<Answer, 'header'>): State {
    const document = kvs.find(({ key }) => key === this.#document);
    const write = kvs.find(({ key }) => key === this.#write);
    const mod = Number(document?.mod_revision ?? 0);
    const note = write && noteOf(write);
    const { id, ...rest } = write?.mod_revision === document?.mod_revision ? (note ?? {}) : {};
    const revision = this.cluster.revisionOf(mod);
    return {
      mod,
      created: Number(document?.create_revision ?? 0),
      at: Number(header?.revision ?? 0),
      writeId: id,
      lastWrite: write && { id: note?.id, mod: Number(write.mod_revision) },
      stored: () => ({
        text: document ? this.#textOf(document) : null,
        revision,
        ...(id !== undefined && { writeId: id }),
        ...rest,
      }),
    };
  }

  isDocument({ key }: Pick<KeyValue, 'key'>): boolean {
    return key === this.#document;
  }

  #textOf({ value = '' }: KeyValue): string {
    const { name, maxBytes } = this.#settings;
    const bytes = Buffer.from(value, 'base64');
    if (bytes.length > maxBytes) throw tooLarge(name, maxBytes);
    if (!isUtf8(bytes))
      throw problem(name, { code: 'CORRUPT', message: 'it is not UTF-8', suggestion: 'Write it anew, as UTF-8.' });
    return bytes.toString('utf8');
  }
}

export function tooLarge(name: string, maxBytes: number): Error {
  return problem(name, {
    code: 'TOO_LARGE',
    message: `it has more than ${maxBytes} bytes`,
    suggestion:
      'Raise `maxBytes`, and what the cluster takes (--max-request-bytes), if a document of this size is meant.',
  });
}

/** Whatever else stands there counts as nothing. */
function noteOf({ value = '' }: KeyValue): WriteNote {
  const found = parsed<Readonly<Record<string, unknown>>>(Buffer.from(value, 'base64').toString('utf8')) ?? {};
  const members = ['id', 'by', 'at', 'note'].flatMap((name) =>
    typeof found[name] === 'string' ? [[name, found[name]]] : [],
  );
  return Object.fromEntries(members);
}
