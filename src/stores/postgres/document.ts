import type { PoolClient, QueryResultRow } from 'pg';
import type { Revision, StoredDocument, StoreLimits } from '../../index.ts';
import {
  type Change,
  type DocumentState,
  type Engine,
  readable,
  type Subscription,
  type SubscriptionHandler,
  type UnchangedState,
  type WriteTrace,
} from '../remote/engine.ts';
import { RequestError, resetError, textOf, tooLarge } from '../remote/failure.ts';
import { Lineage, type RevisionParts } from '../remote/lineage.ts';
import type { RequestLimits } from '../remote/pause.ts';
import { Connections } from './connections.ts';
import { COMPARE_TABLES } from './failure.ts';
import type { Settings } from './settings.ts';
import { subscribe } from './subscription.ts';
import { type TableNames, tableNames, tablesSql } from './tables.ts';

/** A row of either table. 64-bit numbers arrive as text. */
interface DocumentRow extends QueryResultRow {
  /** Absent where it is longer than the store accepts. */
  readonly text: Buffer | null;
  /** The bytes of the text; absent where the text was not asked for. */
  readonly size: number | null;
  readonly revision: string | null;
  readonly mark: string | null;
  readonly write_id: string | null;
  readonly author: string | null;
  readonly note: string | null;
  /** A date, or what `pg` makes of a time that is none: `Infinity`. */
  readonly written_at: Date | number | string | null;
}

interface ReadRow extends DocumentRow {
  /** The newest revision in the history. */
  readonly last: string | null;
  /** The mark of the newest revision that this store has seen, as the server has it now. */
  readonly seen_mark: string | null;
  readonly server: string;
  readonly is_durable: boolean;
}

/** The longest text beside a document, in characters: the store writes shorter ones. */
const LONGEST_NOTE = 8_192;

/** The columns of a row, each with a bound, as anybody may have written them. `isAsked`: whether the text is; `most`: its longest, in bytes. */
function columns({ isAsked, most }: { readonly isAsked: string; readonly most: string }): string {
  const notes = ['mark', 'write_id', 'author', 'note'].map((name) => `left(d.${name}, ${LONGEST_NOTE}) AS ${name}`);
  return `CASE WHEN ${isAsked} THEN octet_length(d.text) END AS size,
    CASE WHEN ${isAsked} AND octet_length(d.text) <= ${most} THEN d.text END AS text,
    d.revision, ${notes.join(', ')}, d.written_at`;
}
/** Tells servers apart: a restored dump has another one, and a replica the same. */
const SERVER = '(SELECT substr(md5(system_identifier::text), 1, 8) FROM pg_control_system())';
/** A number below every revision. */
const NONE = -1;

/** One document in the tables of a database. */
export class PostgresDocument implements Engine {
  readonly lineage: Lineage;
  readonly connections: Connections;
  readonly settings: Settings;
  readonly #tables: TableNames;
  #isDurable = true;
  /** The newest revision that this store has seen. A failover that lost it has another mark there, or none. */
  #seen: { readonly number: number; readonly mark: string } = { number: 0, mark: '' };

  constructor(settings: Settings) {
    this.settings = settings;
    this.lineage = new Lineage(settings.name);
    this.connections = new Connections(settings);
    this.#tables = tableNames(settings.schema);
  }

  get durability(): StoreLimits['durability'] {
    return this.#isDurable ? 'fsync' : 'async';
  }

  get script(): string {
    return tablesSql(this.settings.schema);
  }

  async setUp(limits: RequestLimits): Promise<void> {
    await this.connections.query({ text: this.script, values: [] }, limits);
  }

  async state(limits: RequestLimits): Promise<DocumentState> {
    const row = await this.#read(NONE, limits);
    return this.#stateOf(row, lastOf(row));
  }

  /** `client`: the connection to ask over; any by default. */
  async newer(number: number, limits: RequestLimits, client?: PoolClient): Promise<DocumentState | UnchangedState> {
    const row = await this.#read(number, limits, client);
    if (row.size !== null) return this.#stateOf(row, lastOf(row));
    return { exists: row.revision !== null, at: lastOf(row) };
  }

  async swap(
    { text, expect: { number, mark }, id, by, note }: Change,
    limits: RequestLimits,
  ): Promise<{ readonly revision: Revision } | DocumentState> {
    const { documents } = this.#tables;
    const values = [this.settings.document, Buffer.from(text), id, by ?? null, note ?? null];
    const statement =
      number === 0
        ? {
            text: `/* varve_write */ INSERT INTO ${documents} (name, text, write_id, author, note)
              VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING RETURNING revision, mark, ${SERVER} AS server`,
            values,
          }
        : {
            text: `/* varve_write */ UPDATE ${documents} SET text = $2, write_id = $3, author = $4, note = $5
              WHERE name = $1 AND revision = $6 AND mark = $7 RETURNING revision, mark, ${SERVER} AS server`,
            values: [...values, number, mark],
          };
    const { known } = this.lineage;
    const [row] = await this.connections.query<DocumentRow & Pick<ReadRow, 'server'>>(statement, limits);
    if (row === undefined) return this.state(limits);
    const written = { number: numberOf(row.revision), mark: row.mark ?? '' };
    this.lineage.check({ server: row.server, revision: written.number }, known);
    if (written.number > this.#seen.number) this.#seen = written;
    return { revision: this.lineage.revisionOf(written.number, written.mark) };
  }

  async traceOf({ id, expect }: Change, _: DocumentState, limits: RequestLimits): Promise<WriteTrace> {
    const text = `SELECT min(revision) AS oldest, (array_agg(revision) FILTER (WHERE write_id = $2))[1] AS revision,
        (array_agg(mark) FILTER (WHERE write_id = $2))[1] AS mark
      FROM ${this.#tables.history} WHERE name = $1`;
    const [row] = await this.connections.query<DocumentRow & { readonly oldest: string | null }>(
      { text, values: [this.settings.document, id] },
      limits,
    );
    if (row?.revision) return { revision: this.lineage.revisionOf(numberOf(row.revision), row.mark ?? '') };
    return numberOf(row?.oldest) > expect.number + 1 ? 'unknown' : 'not written';
  }

  async subscribe(from: number, limits: RequestLimits, handler: SubscriptionHandler): Promise<Subscription> {
    return subscribe(this, from, { limits, handler });
  }

  async history(
    before: RevisionParts | undefined,
    limit: number,
    limits: RequestLimits,
  ): Promise<readonly StoredDocument[]> {
    // Deletions are not listed.
    const text = `SELECT ${columns({ isAsked: 'true', most: '$4' })} FROM ${this.#tables.history} d
      WHERE name = $1 AND text IS NOT NULL AND ($2::bigint IS NULL OR revision < $2) ORDER BY revision DESC LIMIT $3`;
    const found: StoredDocument[] = [];
    let number = before?.number ?? null;
    while (found.length < limit) {
      const values = [this.settings.document, number, limit, this.settings.maxBytes];
      const rows = await this.connections.query<DocumentRow>({ text, values }, limits);
      if (rows.length === 0) break;
      number = numberOf(rows.at(-1)?.revision);
      // Bytes that are not a document are not listed either, and there may be a page of them.
      found.push(...rows.map((row) => this.#stateOf(row, 0)).flatMap(readable));
    }
    if (found.length === 0 && number !== null && number > 1)
      throw new RequestError({ ...REFUSED, code: 'GONE', message: 'that revision was deleted from the history' });
    return found.slice(0, limit);
  }

  /** The history holds the broken bytes too. */
  async keepAside(limits: RequestLimits): Promise<string> {
    const { number } = await this.state(limits);
    return `revision ${number} in ${this.#tables.history}`;
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  /** Reads the row, with its text if it is newer than `number`. Throws `RESET`. */
  async #read(number: number, limits: RequestLimits, client?: PoolClient): Promise<ReadRow> {
    const { documents, history } = this.#tables;
    const text = `SELECT ${columns({ isAsked: 'd.revision > $2', most: '$4' })}, (SELECT max(h.revision) FROM ${history} h WHERE h.name = $1) AS last,
        (SELECT h.mark FROM ${history} h WHERE h.name = $1 AND h.revision = $3) AS seen_mark,
        ${SERVER} AS server,
        current_setting('synchronous_commit') <> 'off' AND current_setting('fsync') = 'on' AS is_durable
      FROM (SELECT 1) one LEFT JOIN ${documents} d ON d.name = $1`;
    const { known } = this.lineage;
    const seen = this.#seen;
    const values = [this.settings.document, number, seen.number, this.settings.maxBytes];
    const [row] = await this.connections.query<ReadRow>({ text, values }, limits, client);
    if (row === undefined)
      throw new RequestError({ ...REFUSED, code: 'UNAVAILABLE', message: 'the server answers without a row' });
    this.#isDurable = row.is_durable;
    const isDiverged = row.seen_mark !== null && row.seen_mark !== seen.mark;
    const header = { server: row.server, revision: isDiverged ? seen.number - 1 : lastOf(row) };
    const reset = this.lineage.resetBy(header, {
      ...known,
      revision: Math.max(known.revision, isDiverged ? seen.number : 0),
    });
    if (reset !== undefined || lastOf(row) > this.#seen.number)
      this.#seen = { number: numberOf(row.revision), mark: row.mark ?? '' };
    if (reset !== undefined) throw resetError(this.settings.name, reset);
    return row;
  }

  #stateOf(row: DocumentRow | undefined, at: number): DocumentState {
    const { revision: number, mark, write_id: writeId, author: by, note, written_at: written } = row ?? {};
    const revision = this.lineage.revisionOf(numberOf(number), mark ?? '');
    const time = new Date(written ?? Number.NaN);
    return {
      number: numberOf(number),
      at,
      revision,
      writeId: writeId ?? undefined,
      stored: () => ({
        text: this.#textIn(row),
        revision,
        ...(writeId && { writeId }),
        ...(by && { by }),
        ...(!Number.isNaN(time.getTime()) && { at: time.toISOString() }),
        ...(note && { note }),
      }),
    };
  }

  /** Throws `TOO_LARGE` or `CORRUPT`. */
  #textIn(row: DocumentRow | undefined): string | null {
    const { name, maxBytes } = this.settings;
    if (row?.size && row.size > maxBytes) throw tooLarge(name, maxBytes);
    return row?.text ? textOf(bytesOf(row.text), this.settings) : null;
  }
}

/** The newest revision that the server knows of. */
function lastOf({ last, revision }: ReadRow): number {
  return Math.max(numberOf(last), numberOf(revision));
}

const REFUSED = { mayBeApplied: false, retry: 'no' } as const;

/** The failure of a table that has another shape than the one of {@link tablesSql}. */
function otherTable(column: string): RequestError {
  return new RequestError({
    ...REFUSED,
    code: 'UNAVAILABLE',
    message: `the column "${column}" has a value that varve does not write`,
    suggestion: COMPARE_TABLES,
  });
}

/** The number of a revision; 0 where there is none. */
function numberOf(value: string | null | undefined): number {
  const number = Number(value ?? 0);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw otherTable('revision');
}

/** An error of Node.js about another type would quote the document. */
function bytesOf(text: unknown): Buffer {
  if (Buffer.isBuffer(text)) return text;
  throw otherTable('text');
}
