import { ConfigError, type Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Entry, Origin } from '../layer.ts';
import type { Source, SourceResult, SourceWatch } from './source.ts';

/** A source of the program's own, whose results are checked: what is not a result provides nothing but an issue. */
export function programSource(source: Source): Source {
  const { name, watch } = source;
  const checked = (result: SourceResult): SourceResult => checkedResult(name, result);
  const read = (schema: Parameters<Source['read']>[0]): SourceResult | Promise<SourceResult> => {
    const result = source.read(schema);
    return isPromiseLike(result) ? Promise.resolve(result).then(checked) : checked(result);
  };
  if (watch === undefined) return { name, read };
  return {
    name,
    read,
    watch: (options) => {
      const watching = watchOf(name, watch.call(source, options));
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

/** What `watch` returned. Throws if it is not a watch. */
function watchOf(name: string, watching: SourceWatch): SourceWatch {
  const { read, close } = Object(watching) as Partial<SourceWatch>;
  const isWatch = typeof read === 'function' && typeof close === 'function';
  if (isWatch) return watching;
  const suggestion = 'Return { ready, read, close }, or leave out `watch`.';
  throw unavailable(`the source "${name}" has a function "watch" that returned no watch`, suggestion);
}

function isPromiseLike<T>(result: T | PromiseLike<T>): result is PromiseLike<T> {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}

function checkedResult(name: string, result: unknown): SourceResult {
  const { entries, issues = [], warnings = [] } = Object(result) as Partial<SourceResult>;
  if (typeof entries?.get !== 'function' || typeof entries.keys !== 'function') {
    const message = `the source "${name}" answered no entries`;
    throw unavailable(message, 'Return { entries: new Map() }, with an entry for each key.');
  }
  if (![issues, warnings].every(areIssues)) {
    const message = `the source "${name}" answered "issues" or "warnings" that are not lists of issues`;
    throw unavailable(message, 'An issue is an object with a `code` and a `message`.');
  }
  const located = new Map<Key, Entry>();
  for (const key of entries.keys()) {
    if (typeof key !== 'string')
      throw unavailable(`the source "${name}" answered a key that is not a text`, 'A key is a text such as "db.port".');
    const entry: unknown = entries.get(key);
    if (!isEntry(entry)) {
      const message = `the source "${name}" answered ${JSON.stringify(key)} with what is not an entry`;
      throw unavailable(message, 'An entry is an object with a `value`, or with a text in `raw`.');
    }
    const origin = entry.origin ?? { layer: name, name: key, location: name };
    located.set(key, entry.origin ? (entry as Entry) : { ...entry, origin });
  }
  return { ...(result as SourceResult), entries: located };
}

function isEntry(entry: unknown): entry is Omit<Entry, 'origin'> & { readonly origin?: Entry['origin'] } {
  if (typeof entry !== 'object' || entry === null) return false;
  const { raw, problem, origin } = entry as Partial<Entry>;
  const { layer, name, location } = Object(origin) as Partial<Origin>;
  const isText = (text: unknown): boolean => text === undefined || typeof text === 'string';
  return [raw, problem, layer, name, location].every(isText) && CONTENTS.some((content) => content in entry);
}

function areIssues(issues: unknown): boolean {
  return Array.isArray(issues) && issues.every((issue) => typeof Object(issue).message === 'string');
}

const CONTENTS: readonly (keyof Entry)[] = ['value', 'raw', 'parts', 'members', 'problem'];

/** The error of a store that answered no document. */
export function notADocument(name: string): ConfigError {
  const suggestion = 'A document is { text, revision }. The text is null if there is no document.';
  return unavailable(`${name} answered what is not a stored document`, suggestion);
}

function unavailable(message: string, suggestion: string): ConfigError {
  const issue: Issue = { code: 'UNAVAILABLE', message, suggestion };
  return new ConfigError([issue]);
}
