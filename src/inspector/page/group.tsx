import { useEffect, useRef, useState } from 'preact/hooks';
import { printableValue } from '../../words/terminal-text.ts';
import type { EditRequest, GroupDetail, Member, MemberAction, Row } from '../model.ts';
import { api } from './api.ts';
import { DraftView, type SaveState, useDraft } from './draft.tsx';
import { MemberForm } from './member-form.tsx';

interface GroupProps extends SaveState {
  readonly groupKey: string;
  readonly isWritable: boolean;
  /** The rows of the group and of the settings inside it: the group is read again whenever they change. */
  readonly rows: readonly Row[];
  readonly onOpen: (key: string) => void;
}

/** A group by name or a list of groups: its members, and how the file adds and removes them. */
export function GroupPanel({ groupKey, isWritable, rows, onOpen, ...saveState }: GroupProps) {
  const version = JSON.stringify(rows);
  const [detail, setDetail] = useState<GroupDetail>();
  const [error, setError] = useState('');
  const [isAdding, setAdding] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const addButton = useRef<HTMLButtonElement>(null);
  const { typedTexts, saved, onSaved } = saveState;
  useEffect(() => {
    api.group(groupKey).then(
      (read) => {
        setDetail(read);
        setError('');
      },
      (reason: Error) => setError(reason.message),
    );
  }, [groupKey, version]);
  const isLoaded = detail !== undefined;
  useEffect(() => {
    if (isLoaded) heading.current?.focus();
  }, [isLoaded]);
  const focusAdd = () => addButton.current?.focus();
  const draft = useDraft({
    onSaved,
    returnFocus: focusAdd,
    onWritten: () => {
      for (const key of [...typedTexts.keys()]) if (key.startsWith(`+${groupKey}.`)) typedTexts.delete(key);
      setAdding(false);
    },
  });
  if (!detail) return <p role={error ? 'alert' : 'status'}>{error || 'Loading …'}</p>;
  const { key, isList, members } = detail;
  return (
    <>
      <h2 ref={heading} tabIndex={-1} class="mono">
        <bdi>{printableValue(key)}</bdi>
      </h2>
      <p class="doc-long">
        {isList ? 'A list of groups: its elements are numbered.' : 'A group by name: the layers name its members.'}
      </p>
      {error && <p role="alert">{error}</p>}
      {members.length === 0 && <p>{`No layer gives ${isList ? 'an element' : 'a member'} yet.`}</p>}
      <ul class="members">
        {members.map((member) => (
          <MemberItem
            key={member.key}
            member={member}
            rows={rows}
            onOpen={onOpen}
            onEdit={isWritable ? draft.preview : undefined}
          />
        ))}
      </ul>
      {isWritable && (
        <section class="editor" aria-label="Edit the file">
          <p>
            <button ref={addButton} type="button" aria-expanded={isAdding} onClick={() => setAdding(!isAdding)}>
              {isList ? 'Add an element' : 'Add a member'}
            </button>
          </p>
          {isAdding && (
            <MemberForm
              detail={detail}
              typedTexts={typedTexts}
              onPreview={draft.preview}
              onClose={() => {
                setAdding(false);
                focusAdd();
              }}
            />
          )}
          <DraftView draft={draft} saved={saved} isOwn={(savedKey) => savedKey.startsWith(`${key}.`)} />
        </section>
      )}
    </>
  );
}

interface MemberItemProps {
  readonly member: Member;
  readonly rows: readonly Row[];
  readonly onOpen: (key: string) => void;
  /** Absent where nothing can be edited. */
  readonly onEdit: ((edit: EditRequest) => void) | undefined;
}

function MemberItem({ member, rows, onOpen, onEdit }: MemberItemProps) {
  const { key, locations, isRemoved, actions, obstacle } = member;
  const name = printableValue(member.name);
  const settings = rows.filter((row) => row.key.startsWith(`${key}.`));
  const label = (action: MemberAction): string => {
    if (action === 'remove') return `Remove ${name} …`;
    return isRemoved ? `Restore ${name} …` : `Remove ${name} from the file …`;
  };
  return (
    <li>
      <b class="mono">
        <bdi>{isRemoved ? <s>{name}</s> : name}</bdi>
      </b>
      <span class="where mono">
        {isRemoved ? 'removed by ' : ''}
        {locations.join(', ')}
      </span>
      {settings.length > 0 && (
        <ul>
          {settings.map((row) => (
            <li key={row.key}>
              <button type="button" class="link mono" onClick={() => onOpen(row.key)}>
                {printableValue(row.key.slice(key.length + 1))}
              </button>{' '}
              <bdi class="mono dim">{row.text}</bdi>
              {row.issue !== undefined && <b class="issue-text"> invalid: {row.issue}</b>}
            </li>
          ))}
        </ul>
      )}
      {onEdit && (
        <p>
          {actions.map((action) => (
            <button key={action} type="button" onClick={() => onEdit({ member: key, action })}>
              {label(action)}
            </button>
          ))}
          {obstacle !== undefined && <span class="dim">{obstacle}</span>}
        </p>
      )}
    </li>
  );
}
