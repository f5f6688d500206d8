import type { StoredDocument } from '../../index.ts';
import type { DocumentState } from '../remote/engine.ts';
import { type Failure, RequestError, textOf, tooLarge } from '../remote/failure.ts';
import { type AnswerHeader, Lineage } from '../remote/lineage.ts';
import type { RequestLimits } from '../remote/pause.ts';
import { EtcdClient } from './client.ts';
import { isTooLong } from './failure.ts';
import type { GrpcConnection } from './grpc-connection.ts';
import { type Answer, type KeyRange, type KeyValue, type Request, range } from './messages.ts';
import type { Settings } from './settings.ts';

/** The document in one revision of the cluster. */
export interface EtcdState extends DocumentState {
  /** The revision of the cluster at which the document was created; 0 where it is absent. */
  readonly created: number;
  /** The last write that was not made by hand. */
  readonly lastWrite: { readonly id: string | undefined; readonly number: number } | undefined;
}

/** Who wrote a text: the value of the key beside it. */
type WriteNote = Pick<StoredDocument, 'by' | 'at' | 'note'> & { readonly id?: string };

/** The states of one document: a key for the text, and one beside it for who wrote it. */
export class EtcdStates {
  readonly lineage: Lineage;
  readonly client: EtcdClient;
  readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
    this.lineage = new Lineage(settings.name);
    this.client = new EtcdClient(settings);
  }

  /** Both keys of the document. */
  get range(): KeyRange {
    return { key: this.settings.keys.document, end: this.settings.keys.end };
  }

  /** The state now, or at a revision of the cluster. */
  async state(limits: RequestLimits, revision?: number): Promise<EtcdState> {
    const both = { ...this.range, revision };
    const answer = await this.ask(range(both), limits).catch(tooLongFailure);
    if ('kvs' in answer) return this.stateOf(answer.kvs, answer.header);
    const { kvs, header } = await this.ask(range({ ...both, keysOnly: true }), limits);
    const { name, maxBytes } = this.settings;
    const stored = (): never => {
      throw tooLarge(name, maxBytes);
    };
    return { ...this.stateOf(kvs, header), stored };
  }

  /** Asks the cluster, over `connection` if given. Throws `RESET` where another one answers, or one that lost a part of its history. */
  async ask<T extends Answer>(request: Request<T>, limits: RequestLimits, connection?: GrpcConnection): Promise<T> {
    const { known } = this.lineage;
    const answer = await this.client.ask(request, limits, connection);
    this.lineage.check(answer.header, known);
    return answer;
  }

  /** The state that the keys of an answer, or of an event, hold. */
  stateOf(kvs: readonly KeyValue[], { revision: at }: Pick<AnswerHeader, 'revision'>): EtcdState {
    const { keys } = this.settings;
    const document = kvs.find(({ key }) => key === keys.document);
    const write = kvs.find(({ key }) => key === keys.write);
    const number = document?.modRevision ?? 0;
    const note = write && noteOf(write);
    const { id, ...authorship } = write?.modRevision === document?.modRevision ? (note ?? {}) : {};
    const revision = this.lineage.revisionOf(number);
    return {
      number,
      at,
      revision,
      created: document?.createRevision ?? 0,
      writeId: id,
      lastWrite: write && { id: note?.id, number: write.modRevision },
      stored: () => ({
        text: document ? textOf(document.value, this.settings) : null,
        revision,
        ...(id !== undefined && { writeId: id }),
        ...authorship,
      }),
    };
  }
}

function tooLongFailure(error: unknown): Failure {
  if (error instanceof RequestError && isTooLong(error.failure)) return error.failure;
  throw error;
}

/** Anything else than a note of a write counts as an empty one. */
function noteOf({ value }: KeyValue): WriteNote {
  try {
    const found: unknown = JSON.parse(value.toString('utf8'));
    const members = Object.entries(Object(found)).filter(
      ([name, member]) => ['id', 'by', 'at', 'note'].includes(name) && typeof member === 'string',
    );
    return Object.fromEntries(members);
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
