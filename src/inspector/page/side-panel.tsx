import { useMemo, useRef } from 'preact/hooks';
import type { Comparison, State } from '../model.ts';
import { ComparisonView, HistoryPanel } from './changes.tsx';
import { DetailPanel } from './detail.tsx';
import type { SaveState } from './draft.tsx';
import { GroupPanel } from './group.tsx';

/** What the panel beside the table shows. */
export type Side =
  | { readonly kind: 'setting'; readonly key: string }
  | { readonly kind: 'compare'; readonly comparison: Comparison }
  | { readonly kind: 'history' };

interface SidePanelProps extends Omit<SaveState, 'typedTexts'> {
  readonly side: Side | undefined;
  readonly state: State;
  readonly onOpen: (key: string) => void;
  readonly onClose: () => void;
}

/** The panel beside the table. It keeps the texts of edit boxes while it is closed. */
export function SidePanel({ side, state, onOpen, onClose, ...saved }: SidePanelProps) {
  const typedTexts = useRef(new Map<string, string>());
  if (!side) return null;
  return (
    <aside aria-label="Details">
      <button type="button" class="close" aria-label="Close details" onClick={onClose}>
        ×
      </button>
      {side.kind === 'setting' && (
        <SettingPanel settingKey={side.key} state={state} onOpen={onOpen} {...saved} typedTexts={typedTexts.current} />
      )}
      {side.kind === 'compare' && <ComparisonView comparison={side.comparison} />}
      {side.kind === 'history' && <HistoryPanel version={state} />}
    </aside>
  );
}

interface SettingPanelProps extends SaveState {
  readonly settingKey: string;
  readonly state: State;
  readonly onOpen: (key: string) => void;
}

/** A group by name, or a setting. */
function SettingPanel({ settingKey, state: { rows, isWritable }, ...shared }: SettingPanelProps) {
  const groups = useMemo(() => rows.filter(({ isGroup }) => isGroup).map(({ key }) => key), [rows]);
  if (groups.includes(settingKey)) {
    const inside = rows.filter(({ key }) => key === settingKey || key.startsWith(`${settingKey}.`));
    return <GroupPanel key={settingKey} groupKey={settingKey} isWritable={isWritable} rows={inside} {...shared} />;
  }
  return (
    <DetailPanel
      key={settingKey}
      settingKey={settingKey}
      isWritable={isWritable}
      row={rows.find(({ key }) => key === settingKey)}
      group={groups.findLast((key) => settingKey.startsWith(`${key}.`))}
      {...shared}
    />
  );
}
