import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { printableValue } from '../../words/terminal-text.ts';
import type { Cell, Row } from '../model.ts';

interface TableProps {
  readonly rows: readonly Row[];
  /** What the rows were chosen by: another choice is shown from its first row on. */
  readonly choice: string;
  readonly layers: readonly string[];
  readonly selected: string | undefined;
  readonly changed: ReadonlySet<string>;
  readonly onOpen: (key: string) => void;
}

/** The height of a row in pixels, as in the style sheet; and how many rows are drawn beyond the visible ones. */
const ROW = 48;
const MARGIN = 12;

/** The table is drawn again after so many rows have moved past: fewer than the margin. */
const STEP = 6;

/** The settings, a row each, with a cell for every layer. Only the visible rows are in the document. */
export function StrataTable({ rows, choice, layers, selected, changed, onOpen }: TableProps) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [focus, setFocus] = useState(0);
  const mustFocus = useRef(false);
  const at = Math.min(focus, rows.length - 1);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => {
      const top = element.scrollTop - (element.scrollTop % (STEP * ROW));
      const height = element.clientHeight;
      setView((before) => (before.top === top && before.height === height ? before : { top, height }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = 0;
    setView(({ height }) => ({ top: 0, height }));
    setFocus(0);
  }, [choice]);
  useEffect(() => {
    if (!mustFocus.current) return;
    mustFocus.current = false;
    box.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)?.focus({ preventScroll: true });
  });

  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    const element = box.current;
    if (element) {
      const visible = element.clientHeight - ROW;
      if (next * ROW < element.scrollTop) element.scrollTop = next * ROW;
      else if ((next + 1) * ROW > element.scrollTop + visible) element.scrollTop = (next + 1) * ROW - visible;
      setView({ top: element.scrollTop, height: element.clientHeight });
    }
    mustFocus.current = true;
    setFocus(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.height / ROW) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[event.key];
    const row = rows[at];
    if (to !== undefined) move(to);
    else if ((event.key === 'Enter' || event.key === ' ') && row) onOpen(row.key);
    else return;
    event.preventDefault();
  };
  // The rows may have become fewer since the table was scrolled.
  const top = Math.min(view.top, Math.max(0, rows.length * ROW - view.height));
  const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((top + view.height) / ROW) + MARGIN);
  const isDrawn = at >= first && at < last;
  const columns = `minmax(13rem, 2fr) minmax(7rem, 1.2fr) repeat(${layers.length}, minmax(4.5rem, 1fr))`;
  return (
    <div
      ref={box}
      class="table"
      role="grid"
      aria-label="Settings and their layers"
      aria-rowcount={rows.length + 1}
      aria-colcount={layers.length + 2}
      onKeyDown={onKeyDown}
      tabIndex={isDrawn ? -1 : 0}
    >
      <div class="row head" role="row" aria-rowindex={1} style={{ '--columns': columns }}>
        <span role="columnheader">Setting</span>
        <span role="columnheader">Value</span>
        {layers.map((layer) => (
          <span key={layer} role="columnheader" class="strata" title={layer}>
            {layer}
          </span>
        ))}
      </div>
      <div role="presentation" style={{ height: `${first * ROW}px` }} />
      {rows.slice(first, last).map((row, i) => (
        <TableRow
          key={row.key}
          row={row}
          index={first + i}
          layers={layers}
          columns={columns}
          isSelected={row.key === selected}
          isChanged={changed.has(row.key)}
          isFocus={first + i === at}
          onOpen={() => {
            setFocus(first + i);
            onOpen(row.key);
          }}
        />
      ))}
      <div role="presentation" style={{ height: `${(rows.length - last) * ROW}px` }} />
    </div>
  );
}

interface RowProps {
  readonly row: Row;
  readonly index: number;
  readonly layers: readonly string[];
  readonly columns: string;
  readonly isSelected: boolean;
  readonly isChanged: boolean;
  readonly isFocus: boolean;
  readonly onOpen: () => void;
}

function TableRow({ row, index, layers, columns, isSelected, isChanged, isFocus, onOpen }: RowProps) {
  const { key, doc, text, layer, issue, warning, isGroup } = row;
  const classes = ['row', isSelected && 'selected', isChanged && 'changed', issue && 'invalid', isGroup && 'group']
    .filter(Boolean)
    .join(' ');
  const cells = new Map(row.cells.map((cell): [string, Cell] => [cell.layer, cell]));
  return (
    <div
      class={classes}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-index={index}
      tabIndex={isFocus ? 0 : -1}
      style={{ '--columns': columns }}
      onClick={onOpen}
    >
      <span role="rowheader" class="setting" title={doc}>
        <bdi class="mono key">{printableValue(key)}</bdi>
        <span class="doc">
          {issue ? (
            <b class="issue-text">invalid: {issue}</b>
          ) : warning ? (
            <b class="warning-text">warning: {warning}</b>
          ) : (
            doc
          )}
        </span>
      </span>
      <span role="gridcell" class="value" title={text}>
        <bdi class={isGroup ? '' : 'mono'}>{text}</bdi>
        {!isGroup && <span class="from">{layer ? `from ${layer}` : 'no layer'}</span>}
        <span class="mini" aria-hidden="true">
          {layers.map((name) => (
            <i key={name} class={`${cells.get(name)?.state ?? ''} ${name === 'default' ? 'base' : ''}`} />
          ))}
        </span>
      </span>
      {layers.map((name) => (
        <StrataCell key={name} cell={cells.get(name)} />
      ))}
    </div>
  );
}

const STATE_NAMES: Readonly<Record<Cell['state'], string>> = {
  wins: 'wins',
  merged: 'merged',
  shadowed: 'shadowed',
  empty: 'empty',
  invalid: 'invalid',
};

function StrataCell({ cell }: { readonly cell: Cell | undefined }) {
  if (!cell)
    return (
      <span role="gridcell" class="strata absent">
        <span aria-hidden="true">–</span>
        <span class="hidden">absent</span>
      </span>
    );
  return (
    <span
      role="gridcell"
      class={`strata ${cell.state} ${cell.layer === 'default' ? 'base' : ''}`}
      title={`${cell.text}\n${cell.location}\n${STATE_NAMES[cell.state]}`}
    >
      <bdi class="mono">{cell.state === 'shadowed' ? <s>{cell.text}</s> : cell.text || '""'}</bdi>
      <span class="hidden">{STATE_NAMES[cell.state]}</span>
    </span>
  );
}
