import { ConfigError, type Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Entry } from '../layer.ts';
import type { Source, SourceResult } from './source.ts';

/** A source of the program's own, whose results are checked: what is not a result provides nothing but an issue. */
export function programSource(source: Source): Source {
  const { name, watch } = source;
  const checked = (result: SourceResult): SourceResult => checkedResult(name, result);
  const read = (schema: Parameters<Source['read']>[0]): SourceResult | Promise<SourceResult> => {
    const result = source.read(schema);
    return isPromiseLike(result) ? Promise.resolve(result).then(checked) : checked(result);
  };
  if (!watch) return { name, read };
  return {
    name,
    read,
    watch: (options) => {
      const watching = watch.call(source, options);
      return {
        ready: watching.ready,
        close: () => watching.close(),
        read: () => {
          const result = watching.read();
          if (isPromiseLike(result)) return Promise.resolve(result).then(checked);
          // A watch has no result while the state does not last.
          return result === undefined ? undefined : checked(result);
        },
      };
    },
  };
}

function isPromiseLike<T>(result: T | PromiseLike<T>): result is PromiseLike<T> {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}

function checkedResult(name: string, result: unknown): SourceResult {
  const { entries } = Object(result) as Partial<SourceResult>;
  if (typeof entries?.get !== 'function' || typeof entries.keys !== 'function') {
    const message = `the source "${name}" answered no entries`;
    throw unavailable(message, 'Return { entries: new Map() }, with an entry for each key.');
  }
  const located = new Map<Key, Entry>();
  for (const key of entries.keys()) {
    const entry: unknown = entries.get(key);
    if (!isEntry(entry)) {
      const message = `the source "${name}" answered ${JSON.stringify(key)} with what is not an entry`;
      throw unavailable(message, 'An entry is an object with a `value`, or with a text in `raw`.');
    }
    const { origin = { layer: name, name: key, location: name } } = entry;
    located.set(key, entry.origin ? (entry as Entry) : { ...entry, origin });
  }
  return { ...(result as SourceResult), entries: located };
}

function isEntry(entry: unknown): entry is Omit<Entry, 'origin'> & { readonly origin?: Entry['origin'] } {
  if (typeof entry !== 'object' || entry === null) return false;
  const { raw, problem } = entry as Partial<Entry>;
  const hasTexts = [raw, problem].every((text) => text === undefined || typeof text === 'string');
  return hasTexts && CONTENTS.some((content) => content in entry);
}

const CONTENTS: readonly (keyof Entry)[] = ['value', 'raw', 'parts', 'members', 'problem'];

function unavailable(message: string, suggestion: string): ConfigError {
  const issue: Issue = { code: 'UNAVAILABLE', message, suggestion };
  return new ConfigError([issue]);
}
