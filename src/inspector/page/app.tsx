import { render } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Comparison, Row, State, Update } from '../model.ts';
import { ApiError, api, follow } from './api.ts';
import { ComparisonView, HistoryPanel } from './changes.tsx';
import { DetailPanel } from './detail.tsx';
import { FILTERS, matches } from './filter.ts';
import { GroupPanel } from './group.tsx';
import { StrataTable } from './table.tsx';

/** How long a changed row stays highlighted, in milliseconds. */
const HIGHLIGHT_MS = 2_500;

type Side =
  | { readonly kind: 'setting'; readonly key: string }
  | { readonly kind: 'compare'; readonly comparison: Comparison }
  | { readonly kind: 'history' };

function App() {
  const [state, setState] = useState<State>();
  const [error, setError] = useState('');
  const [isLive, setLive] = useState(true);
  const [search, setSearch] = useState('');
  const [filters, setFilters] = useState<ReadonlySet<string>>(new Set());
  const [side, setSide] = useState<Side>();
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const [savedKey, setSavedKey] = useState<string>();
  const latest = useRef<State | undefined>(undefined);
  const typedTexts = useRef(new Map<string, string>());
  const searchBox = useRef<HTMLInputElement>(null);
  const opener = useRef<Element | null>(null);

  const report = useCallback(
    (reason: unknown) => setError(reason instanceof Error ? reason.message : String(reason)),
    [],
  );
  const read = useCallback(() => {
    api.state().then((now) => {
      latest.current = now;
      setState(now);
      setSavedKey(now.savedKey);
    }, report);
  }, [report]);
  useEffect(read, [read]);
  const onUpdate = useCallback((update: Update) => {
    const before = new Map(latest.current?.rows.map((row): [string, string] => [row.key, valuesOf(row)]));
    const differing = update.rows.filter((row) => before.get(row.key) !== valuesOf(row));
    latest.current = latest.current && merge(latest.current, update);
    setState(latest.current);
    setChanged(new Set(differing.map(({ key }) => key)));
    setTimeout(() => setChanged(new Set()), HIGHLIGHT_MS);
  }, []);
  useEffect(() => follow({ onUpdate, onLink: setLive, onReturn: read }), [onUpdate, read]);
  const open = useCallback((next: Side) => {
    opener.current = document.activeElement;
    setSide(next);
  }, []);
  const openSetting = useCallback((key: string) => open({ kind: 'setting', key }), [open]);
  const close = useCallback(() => {
    setSide(undefined);
    returnFocus(opener.current);
  }, []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.matches('textarea, select, input:not([type=file])');
      if (event.key === '/' && !isTyping) {
        event.preventDefault();
        searchBox.current?.focus();
      }
      if (event.key === 'Escape') close();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [close]);

  const compareFile = useCallback(
    (file: File | undefined) => {
      if (!file) return;
      setError('');
      file
        .text()
        .then((text) => api.compare(parseSnapshot(text)))
        .then((comparison) => open({ kind: 'compare', comparison }), report);
    },
    [report, open],
  );
  const found = useMemo(() => (state?.rows ?? []).filter((row) => matches(row, search)), [state, search]);
  const rows = useMemo(() => {
    const active = FILTERS.filter(({ id }) => filters.has(id));
    return found.filter((row) => active.every(({ test }) => test(row)));
  }, [found, filters]);
  const groupKeys = useMemo(
    () => new Set((state?.rows ?? []).filter(({ isGroup }) => isGroup).map(({ key }) => key)),
    [state],
  );
  const counts = useMemo(() => new Map(FILTERS.map(({ id, test }) => [id, found.filter(test).length])), [found]);

  if (!state) return <main class="empty">{error ? <p role="alert">{error}</p> : <p>Loading …</p>}</main>;
  const toggle = (id: string) =>
    setFilters((before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]));
  const selected = side?.kind === 'setting' ? side.key : undefined;
  return (
    <div
      class={side ? 'shell with-side' : 'shell'}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        compareFile(event.dataTransfer?.files[0]);
      }}
    >
      <header>
        <h1>{state.name}</h1>
        <span class="dim location" title={state.location}>
          {state.location ?? 'no file'}
        </span>
        <Fingerprint value={state.fingerprint} />
        <span class={isLive ? 'live' : 'live off'} role="status">
          {isLive ? 'live' : 'not connected'}
        </span>
        <span class="spacer" />
        <label class="button">
          Compare<span class="wide"> with a snapshot …</span>
          <input
            type="file"
            accept=".json,application/json"
            onChange={(event) => compareFile(event.currentTarget.files?.[0])}
          />
        </label>
        {state.hasHistory && (
          <button type="button" onClick={() => open({ kind: 'history' })}>
            History
          </button>
        )}
      </header>
      <Problems state={state} error={error} onClose={() => setError('')} onOpen={openSetting} />
      <search class="tools">
        <input
          ref={searchBox}
          type="search"
          aria-label="Search settings"
          placeholder="Search keys, docs, values, locations   ( / )"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
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
          {rows.length === state.rows.length
            ? `${settingsIn(rows)} settings`
            : `${settingsIn(rows)} of ${settingsIn(state.rows)} settings`}
        </span>
      </search>
      <div class="body">
        <main>
          {rows.length === 0 ? (
            <div class="empty">
              <p>{state.rows.length === 0 ? 'This configuration has no settings.' : 'No setting matches.'}</p>
              {state.rows.length > 0 && (
                <button
                  type="button"
                  onClick={() => {
                    setSearch('');
                    setFilters(new Set());
                  }}
                >
                  Show all settings
                </button>
              )}
            </div>
          ) : (
            <StrataTable
              rows={rows}
              choice={JSON.stringify([search, ...filters])}
              layers={state.layers}
              selected={selected}
              changed={changed}
              onOpen={openSetting}
            />
          )}
        </main>
        {side && (
          <aside aria-label="Details">
            <button type="button" class="close" aria-label="Close details" onClick={close}>
              ×
            </button>
            {side.kind === 'setting' && groupKeys.has(side.key) && (
              <GroupPanel
                key={side.key}
                groupKey={side.key}
                isWritable={state.isWritable}
                rows={state.rows.filter(({ key }) => key === side.key || key.startsWith(`${side.key}.`))}
                onOpen={openSetting}
                typedTexts={typedTexts.current}
                savedKey={savedKey}
                onSavedKey={setSavedKey}
              />
            )}
            {side.kind === 'setting' && !groupKeys.has(side.key) && (
              <DetailPanel
                key={side.key}
                settingKey={side.key}
                isWritable={state.isWritable}
                row={state.rows.find(({ key }) => key === side.key)}
                group={[...groupKeys].findLast((key) => side.key.startsWith(`${key}.`))}
                onOpen={openSetting}
                typedTexts={typedTexts.current}
                savedKey={savedKey}
                onSavedKey={setSavedKey}
              />
            )}
            {side.kind === 'compare' && <ComparisonView comparison={side.comparison} />}
            {side.kind === 'history' && <HistoryPanel version={state} />}
          </aside>
        )}
      </div>
    </div>
  );
}

interface ProblemsProps {
  readonly state: State;
  readonly error: string;
  readonly onClose: () => void;
  readonly onOpen: (key: string) => void;
}

function Problems({ state, error, onClose, onOpen }: ProblemsProps) {
  const { issues, warnings, rejected } = state;
  if (!error && !rejected && issues.length + warnings.length === 0) return null;
  return (
    <section aria-label="Problems">
      {error && (
        <p class="banner issue" role="alert">
          <pre>{error}</pre>
          <button type="button" onClick={onClose}>
            Dismiss
          </button>
        </p>
      )}
      {rejected && (
        <div class="banner issue" role="alert">
          <strong>The last reload was rejected; the old values stay in use.</strong>
          <pre>{rejected}</pre>
        </div>
      )}
      {issues.length + warnings.length > 0 && (
        <details class="banner" open={issues.length > 0}>
          <summary>
            {issues.length > 0 && <b class="issue-text">{plural(issues.length, 'issue')} </b>}
            {warnings.length > 0 && <b class="warning-text">{plural(warnings.length, 'warning')}</b>}
          </summary>
          <ul>
            {[...issues, ...warnings].slice(0, 100).map(({ key, text }, i) => (
              <li key={i}>
                {key ? (
                  <button type="button" class="link" onClick={() => onOpen(key)}>
                    {text}
                  </button>
                ) : (
                  text
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Fingerprint({ value }: { readonly value: string }) {
  return (
    <button
      type="button"
      class="mono dim plain"
      title={`Copy the fingerprint ${value}`}
      onClick={() => void navigator.clipboard.writeText(value)}
    >
      #{value.slice(0, 12)}
    </button>
  );
}

/** Moves the focus out of a panel that closes: to its row, to what opened it, or to the table. */
function returnFocus(opener: Element | null): void {
  const active = document.activeElement;
  if (active && active !== document.body && !active.closest('aside')) return;
  const row = document.querySelector('[role=row][aria-selected=true]');
  const isUsable = opener?.isConnected && opener !== document.body && !opener.closest('aside');
  const target = row ?? (isUsable ? opener : document.querySelector('[role=grid]'));
  if (target instanceof HTMLElement) target.focus();
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The values and the winner of a row, without the locations. */
function valuesOf({ text, layer, cells }: Row): string {
  return JSON.stringify([text, layer, cells.map((cell) => [cell.layer, cell.state, cell.text])]);
}

function merge(state: State, { rows, keys, ...summary }: Update): State {
  const byKey = new Map([...state.rows, ...rows].map((row): [string, Row] => [row.key, row]));
  const order = keys ?? state.rows.map(({ key }) => key);
  return { ...summary, rows: order.flatMap((key) => byKey.get(key) ?? []) };
}

function settingsIn(rows: readonly Row[]): number {
  return rows.filter(({ isGroup }) => !isGroup).length;
}

function parseSnapshot(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError({ error: 'The file is not JSON. Take the snapshot.json of a run.' });
  }
}

const root = document.getElementById('app');
if (root) render(<App />, root);
