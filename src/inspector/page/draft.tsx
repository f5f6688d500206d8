import { useEffect, useRef, useState } from 'preact/hooks';
import { printableValue } from '../../words/terminal-text.ts';
import type { Diff, EditRequest, LastSave } from '../model.ts';
import { api } from './api.ts';
import { DifferenceList } from './changes.tsx';

/** The last save that can be undone, which stays known while other settings are opened. */
export interface SaveState {
  /** Texts of edit boxes that are not saved, by their keys. */
  readonly typedTexts: Map<string, string>;
  readonly saved: LastSave | undefined;
  readonly onSaved: (saved: LastSave | undefined) => void;
}

/** A change that is shown before it is saved. */
export interface Draft {
  readonly diff: Diff | undefined;
  readonly message: string;
  readonly error: string;
  /** Shows the diff of an edit. */
  preview(edit: EditRequest): void;
  /** Shows a message in place of a diff. */
  say(message: string): void;
  save(): void;
  cancel(): void;
  undo(saved: LastSave): void;
}

interface DraftOptions extends Pick<SaveState, 'onSaved'> {
  /** Called when the button that was pressed is gone: without another one the focus would be lost. */
  readonly returnFocus: () => void;
  /** Called after a save and after an undo. */
  readonly onWritten: () => void;
}

/** The draft of one panel. */
export function useDraft({ onSaved, returnFocus, onWritten }: DraftOptions): Draft {
  const [diff, setDiff] = useState<Diff>();
  const [message, setMessage] = useState('');
  const [error, setError] = useState('');
  const opener = useRef<Element | null>(null);
  const run = (work: Promise<void>) => {
    setError('');
    setMessage('');
    work.catch((reason: Error) => {
      setDiff(undefined);
      setError(reason.message);
    });
  };
  const written = (text: string, saved: LastSave | undefined) => {
    setDiff(undefined);
    setMessage(text);
    onSaved(saved);
    onWritten();
    returnFocus();
  };
  return {
    diff,
    message,
    error,
    preview: (edit) => {
      opener.current = document.activeElement;
      run(api.preview(edit).then(setDiff));
    },
    say: (text) => {
      setDiff(undefined);
      setError('');
      setMessage(text);
    },
    save: () => {
      const revision = diff?.revision ?? '';
      run(api.save(revision).then(([first]) => written('Saved.', first && { key: first.key, revision })));
    },
    cancel: () => {
      setDiff(undefined);
      if (opener.current instanceof HTMLElement && opener.current.isConnected) opener.current.focus();
      else returnFocus();
    },
    undo: ({ revision }) => run(api.undo(revision).then(() => written('The last save was undone.', undefined))),
  };
}

interface DraftViewProps {
  readonly draft: Draft;
  readonly saved: LastSave | undefined;
  /** Whether the last save changed what the panel shows, so that it need not be named. */
  readonly isOwn: (savedKey: string) => boolean;
}

/** The diff with what overrides it, its buttons, and the button that undoes the last save. */
export function DraftView({ draft, saved, isOwn }: DraftViewProps) {
  const { diff, error, message } = draft;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' });
    box.current?.focus({ preventScroll: true });
  }, [diff]);
  return (
    <>
      {saved && (
        <p>
          <button type="button" onClick={() => draft.undo(saved)}>
            Undo the last save{isOwn(saved.key) ? '' : ` (${printableValue(saved.key)})`}
          </button>
        </p>
      )}
      {error && (
        <pre class="issue-text" role="alert">
          {error}
        </pre>
      )}
      {message && <p role="status">{message}</p>}
      {diff && diff.changes.length === 0 && <p role="status">The file has this value already.</p>}
      {diff && diff.changes.length > 0 && (
        <div ref={box} class="diff" role="group" aria-label="Changes to save" tabIndex={-1}>
          <DifferenceList differences={diff.changes} />
          {[...diff.notes, ...diff.overridden].map((line) => (
            <p key={line} class="warning-text">
              {line}
            </p>
          ))}
          {diff.effects.length > 0 && (
            <ul class="effects dim">
              {diff.effects.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )}
          <button type="button" class="primary" onClick={draft.save}>
            Save
          </button>
          <button type="button" onClick={draft.cancel}>
            Cancel
          </button>
        </div>
      )}
    </>
  );
}
