import type { Failure } from './failure.ts';

/** What a cluster answers, as its JSON gateway writes it. Numbers of 64 bits are texts, keys and values are in base64. */
export interface Answer {
  readonly header?: { readonly cluster_id: string; readonly revision?: string };
  readonly kvs?: readonly KeyValue[];
  readonly count?: string;
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: { readonly kvs?: readonly KeyValue[] } }[];
  readonly token?: string;
}

/** An answer, or why there is none. */
export type Outcome = { readonly answer: Answer } | { readonly failure: Failure };

/** A key in one of its states; what is empty is left out. */
export interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
  readonly create_revision?: string;
}

/** A question for what is newer than a revision. */
export interface RangeNewer {
  readonly key: string;
  readonly min_mod_revision: string;
  readonly keys_only: true;
}

/** Which changes are watched. */
export interface WatchCreate {
  readonly key: string;
  readonly range_end: string;
  /** The first revision of the cluster whose changes are told. */
  readonly start_revision: string;
  readonly progress_notify: true;
  readonly fragment: true;
}

/** What a watch is told. */
export interface WatchResponse {
  readonly header?: Answer['header'];
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly compact_revision?: string;
  readonly cancel_reason?: string;
  /** Whether more events of the same revision follow in the next one. */
  readonly fragment?: boolean;
  readonly events?: readonly { readonly type?: 'DELETE'; readonly kv: KeyValue }[];
}
