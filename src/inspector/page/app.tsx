import { render } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { State } from '../model.ts';
import { ApiError, api } from './api.ts';
import { useLiveState } from './live-state.ts';
import { Problems } from './problems.tsx';
import { NothingFound, SearchTools, useSearch } from './search.tsx';
import { type Side, SidePanel } from './side-panel.tsx';
import { StrataTable } from './table.tsx';

function App() {
  const [error, setError] = useState('');
  const searchBox = useRef<HTMLInputElement>(null);
  const report = useCallback(
    (reason: unknown) => setError(reason instanceof Error ? reason.message : String(reason)),
    [],
  );
  const { state, isLive, changed, saved, setSaved } = useLiveState(report);
  const search = useSearch(state?.rows);
  const { side, open, close } = useSide();
  const openSetting = useCallback((key: string) => open({ kind: 'setting', key }), [open]);
  useKeys({ '/': () => searchBox.current?.focus(), Escape: close });
  const compareFile = (file: File | undefined) => {
    if (!file) return;
    setError('');
    file
      .text()
      .then((text) => api.compare(parseSnapshot(text)))
      .then((comparison) => open({ kind: 'compare', comparison }), report);
  };
  if (!state) return <main class="empty">{error ? <p role="alert">{error}</p> : <p>Loading …</p>}</main>;
  return (
    <div
      class={side ? 'shell with-side' : 'shell'}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        compareFile(event.dataTransfer?.files[0]);
      }}
    >
      <Header state={state} isLive={isLive} onCompare={compareFile} onHistory={() => open({ kind: 'history' })} />
      <Problems state={state} error={error} onClose={() => setError('')} onOpen={openSetting} />
      <SearchTools search={search} all={state.rows} box={searchBox} />
      <div class="body">
        <main>
          {search.rows.length === 0 ? (
            <NothingFound search={search} all={state.rows} />
          ) : (
            <StrataTable
              rows={search.rows}
              choice={JSON.stringify([search.text, ...search.filters])}
              layers={state.layers}
              selected={side?.kind === 'setting' ? side.key : undefined}
              changed={changed}
              onOpen={openSetting}
            />
          )}
        </main>
        <SidePanel side={side} state={state} onOpen={openSetting} onClose={close} saved={saved} onSaved={setSaved} />
      </div>
    </div>
  );
}

/** What is open beside the table; when it closes, the focus returns to what opened it. */
function useSide() {
  const [side, setSide] = useState<Side>();
  const opener = useRef<Element | null>(null);
  const open = useCallback((next: Side) => {
    opener.current = document.activeElement;
    setSide(next);
  }, []);
  const close = useCallback(() => {
    setSide(undefined);
    returnFocus(opener.current);
  }, []);
  return { side, open, close };
}

/** Calls a function for a key of the keyboard; one that writes only while nothing is typed. */
function useKeys(actions: Readonly<Record<string, () => void>>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (!action) return;
      const isCharacter = event.key.length === 1;
      const isTyping =
        event.target instanceof Element && event.target.matches('textarea, select, input:not([type=file])');
      if (isCharacter && isTyping) return;
      if (isCharacter) event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
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

interface HeaderProps {
  readonly state: State;
  readonly isLive: boolean;
  readonly onCompare: (file: File | undefined) => void;
  readonly onHistory: () => void;
}

function Header({ state, isLive, onCompare, onHistory }: HeaderProps) {
  return (
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
          onChange={(event) => onCompare(event.currentTarget.files?.[0])}
        />
      </label>
      {state.hasHistory && (
        <button type="button" onClick={onHistory}>
          History
        </button>
      )}
    </header>
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

function parseSnapshot(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError({ error: 'The file is not JSON. Take the snapshot.json of a run.' });
  }
}

const root = document.getElementById('app');
if (root) render(<App />, root);
