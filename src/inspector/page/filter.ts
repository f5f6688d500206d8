import type { Row } from '../model.ts';

export interface Filter {
  readonly id: string;
  readonly label: string;
  readonly test: (row: Row) => boolean;
}

const hasState = (row: Row, state: string): boolean => row.cells.some((cell) => cell.state === state);

const SETTING_FILTERS: readonly Filter[] = [
  { id: 'not-default', label: 'Not default', test: ({ layer }) => layer !== undefined && layer !== 'default' },
  { id: 'variables', label: 'From variables', test: ({ layer = '' }) => layer === 'env' || layer.includes('.env') },
  { id: 'flag', label: 'Flag', test: ({ layer }) => layer === 'flag' },
  {
    id: 'overridden',
    label: 'Overridden',
    test: (row) => row.cells.some(({ state, layer }) => state === 'shadowed' && layer !== 'default'),
  },
  { id: 'invalid', label: 'Invalid', test: (row) => row.issue !== undefined || hasState(row, 'invalid') },
  { id: 'sensitive', label: 'Sensitive', test: ({ redacted }) => redacted },
  { id: 'warnings', label: 'Warnings', test: ({ warning }) => warning !== undefined },
];

/** The row of a group passes none: the filters are about settings. */
export const FILTERS: readonly Filter[] = SETTING_FILTERS.map((filter) => ({
  ...filter,
  test: (row) => !row.isGroup && filter.test(row),
}));

/** Whether a row contains all words of a search, in its key, doc, value or a location. */
export function matches(row: Row, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const locations = row.cells.map(({ location }) => location);
  const text = [row.key, row.doc, row.text, ...locations].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}
