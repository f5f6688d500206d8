import type { Store, StoredDocument } from '../stores/store.ts';
import { type Begun, storedOrCopy } from './last-known-good.ts';
import type { SchemaView, Source, SourceResult } from './source.ts';
import { Resets, readText, type StoreSourceOptions, withWarnings } from './store-text.ts';
import { StoreWatch } from './store-watch.ts';

/** A source that reads the document of a store. */
export function storeSource(store: Store, options: StoreSourceOptions): Source {
  const { lastKnownGood } = options;
  const resets = new Resets();
  return {
    name: options.layer,
    read: (view?: SchemaView) => {
      const read = { ...options, schema: view?.schema ?? options.schema };
      const reading = (stored: Pick<StoredDocument, 'text'>): SourceResult =>
        readText(store, Object(stored).text, read);
      if (store.local) return reading(store.local.readSync());
      const at = new Date();
      const begun: Promise<Begun> =
        lastKnownGood && view?.isStart
          ? storedOrCopy(store, lastKnownGood)
          : Promise.resolve(store.read()).then((stored) => ({ stored }));
      return begun.then(
        ({ stored, warnings = [] }) => {
          const read = withWarnings(reading(stored), [...warnings, ...resets.issues]);
          if (!lastKnownGood || warnings.length > 0) return read;
          return { ...read, accepted: () => lastKnownGood.copy.keep(stored, at) };
        },
        (error: unknown) => {
          resets.note(error);
          throw error;
        },
      );
    },
    watch: (watching) => new StoreWatch(store, { ...options, resets }, watching),
  };
}
