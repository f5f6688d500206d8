import type { Store } from '../index.ts';
import { using } from './steps.ts';
import type { Ability, Link, StoreSubject } from './subject.ts';

/** A subject that has these abilities. */
export type Able<A extends Ability> = StoreSubject & Required<Pick<StoreSubject, A>>;

/** What a case gets. */
export interface Trial<A extends Ability = never> {
  readonly subject: Able<A>;
  /** A document that no other case has. */
  readonly document: string;
  /** Opens the document, or another one. The store is closed after the case. */
  open(document?: string): Store;
  /** Closes the store of an opened document after the case. */
  closeLater<T extends { readonly store: Store }>(opened: T): T;
  /** Sizes and times. */
  readonly scale: Scale;
  /** Says what no reader of the result is to miss. */
  note(text: string): void;
}

/** How much is done. */
export interface Scale {
  readonly writers: number;
  /** How often each of them writes. */
  readonly increments: number;
  /** How often while servers are killed, and how many times they are. */
  readonly disturbed: { readonly increments: number; readonly times: number };
  readonly burst: number;
  readonly flaps: number;
  /** How often a proxy reloads. */
  readonly reloads: number;
  /** For how long a link is cut, and a watch is idle. */
  readonly cutMs: number;
  readonly idleMs: number;
}

export interface Case {
  readonly number: number;
  readonly name: string;
  readonly needs: readonly Ability[];
  run(trial: Pick<Trial, 'subject' | 'document' | 'scale' | 'note'>): Promise<void>;
}

/** A case that needs abilities; the type of its trial has them. */
export function contractCase<A extends Ability = never>(
  number: number,
  name: string,
  needs: readonly A[],
  run: (trial: Trial<A>) => Promise<void>,
): Case {
  const able = (subject: StoreSubject): subject is Able<A> => needs.every((ability) => subject[ability] !== undefined);
  return {
    number,
    name,
    needs,
    run: async ({ subject, ...trial }) => {
      if (!able(subject)) throw new Error('it lacks an ability');
      const stores: Store[] = [];
      const closeLater = <T extends { readonly store: Store }>(opened: T): T => {
        stores.push(opened.store);
        return opened;
      };
      const open = (document = trial.document): Store => closeLater({ store: subject.open(document) }).store;
      await using(stores, () => run({ ...trial, subject, open, closeLater }));
    },
  };
}

/** The document, opened over a link, and by another client without it. */
export async function openOverLink({
  subject,
  document,
  open,
  closeLater,
}: Trial<'openOverLink'>): Promise<LinkedStores> {
  return { ...closeLater(await subject.openOverLink(document)), other: open() };
}

interface LinkedStores {
  readonly store: Store;
  readonly link: Link;
  readonly other: Store;
}
