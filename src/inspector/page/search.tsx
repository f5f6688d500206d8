import type { RefObject } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Row } from '../model.ts';
import { FILTERS, matches } from './filter.ts';

/** What the table is searched for, and the rows found. */
interface Search {
  readonly text: string;
  /** The filters that are on, by their ids. */
  readonly filters: ReadonlySet<string>;
  /** How many rows each filter would leave. */
  readonly counts: ReadonlyMap<string, number>;
  readonly rows: readonly Row[];
  find(text: string): void;
  toggle(filter: string): void;
  /** Shows all rows. */
  clear(): void;
}

/** The search of these rows. */
export function useSearch(all: readonly Row[] | undefined): Search {
  const [text, find] = useState('');
  const [filters, setFilters] = useState<ReadonlySet<string>>(new Set());
  const found = useMemo(() => (all ?? []).filter((row) => matches(row, text)), [all, text]);
  const rows = useMemo(() => {
    const active = FILTERS.filter(({ id }) => filters.has(id));
    return found.filter((row) => active.every(({ test }) => test(row)));
  }, [found, filters]);
  const counts = useMemo(() => new Map(FILTERS.map(({ id, test }) => [id, found.filter(test).length])), [found]);
  return {
    text,
    filters,
    counts,
    rows,
    find,
    toggle: (id) =>
      setFilters((before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id])),
    clear: () => {
      find('');
      setFilters(new Set());
    },
  };
}

interface SearchToolsProps {
  readonly search: Search;
  readonly all: readonly Row[];
  readonly box: RefObject<HTMLInputElement | null>;
}

/** The search box, the filters, and how many settings are shown. */
export function SearchTools({ search, all, box }: SearchToolsProps) {
  const { text, filters, counts, rows, find, toggle } = search;
  return (
    <search class="tools">
      <input
        ref={box}
        type="search"
        aria-label="Search settings"
        placeholder="Search keys, docs, values, locations   ( / )"
        value={text}
        onInput={(event) => find(event.currentTarget.value)}
      />
      <div class="filters" role="group" aria-label="Filters">
        {FILTERS.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            class="chip"
            aria-pressed={filters.has(id)}
            disabled={!counts.get(id) && !filters.has(id)}
            onClick={() => toggle(id)}
          >
            {label} <b>{counts.get(id)}</b>
          </button>
        ))}
      </div>
      <span class="dim count" role="status">
        {rows.length === all.length
          ? `${settingsIn(rows)} settings`
          : `${settingsIn(rows)} of ${settingsIn(all)} settings`}
      </span>
    </search>
  );
}

/** The place of the table where no row is found. */
export function NothingFound({ search, all }: Omit<SearchToolsProps, 'box'>) {
  return (
    <div class="empty">
      <p>{all.length === 0 ? 'This configuration has no settings.' : 'No setting matches.'}</p>
      {all.length > 0 && (
        <button type="button" onClick={search.clear}>
          Show all settings
        </button>
      )}
    </div>
  );
}

function settingsIn(rows: readonly Row[]): number {
  return rows.filter(({ isGroup }) => !isGroup).length;
}
