import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { LastSave, Row, State, Update } from '../model.ts';
import { api, follow } from './api.ts';

/** How long a changed row stays highlighted, in milliseconds. */
const HIGHLIGHT_MS = 2_500;

/** The state of the configuration, which follows its changes. */
interface LiveState {
  /** `undefined` until it is read. */
  readonly state: State | undefined;
  readonly isLive: boolean;
  /** The keys of the rows that changed just now. */
  readonly changed: ReadonlySet<string>;
  /** The last save that can be undone. */
  readonly saved: LastSave | undefined;
  readonly setSaved: (saved: LastSave | undefined) => void;
}

/** Reads the state and follows its changes. `report` shows why it cannot be read. */
export function useLiveState(report: (reason: unknown) => void): LiveState {
  const [state, setState] = useState<State>();
  const [isLive, setLive] = useState(true);
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const [saved, setSaved] = useState<LastSave>();
  const latest = useRef<State | undefined>(undefined);
  /** The read under way. */
  const reading = useRef<symbol | undefined>(undefined);
  const read = useCallback(() => {
    const own = Symbol();
    reading.current = own;
    api.state().then((now) => {
      if (reading.current !== own) return;
      reading.current = undefined;
      latest.current = now;
      setState(now);
      setSaved(now.saved);
    }, report);
  }, [report]);
  useEffect(read, [read]);
  const onUpdate = useCallback(
    (update: Update) => {
      // What is being read may be older.
      if (reading.current) read();
      const before = new Map(latest.current?.rows.map((row): [string, string] => [row.key, valuesOf(row)]));
      const differing = update.rows.filter((row) => before.get(row.key) !== valuesOf(row));
      latest.current = latest.current && merge(latest.current, update);
      setState(latest.current);
      setChanged(new Set(differing.map(({ key }) => key)));
      setTimeout(() => setChanged(new Set()), HIGHLIGHT_MS);
    },
    [read],
  );
  useEffect(() => follow({ onUpdate, onLink: setLive, onReady: read }), [onUpdate, read]);
  return { state, isLive, changed, saved, setSaved };
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
