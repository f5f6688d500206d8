import { useRef, useState } from 'preact/hooks';
import type { Detail } from '../model.ts';
import { DraftView, type SaveState, useDraft } from './draft.tsx';

interface EditorProps extends SaveState {
  readonly detail: Detail;
}

/** The edit of the file layer: the diff is shown before it is saved, with what overrides it. */
export function Editor({ detail, typedTexts, saved, onSaved }: EditorProps) {
  const { key, redacted, fileText } = detail;
  const [typed, setTypedText] = useState(typedTexts.get(key));
  const setTyped = (next: string | undefined) => {
    if (next === undefined) typedTexts.delete(key);
    else typedTexts.set(key, next);
    setTypedText(next);
  };
  const text = typed ?? fileText ?? '';
  const section = useRef<HTMLElement>(null);
  const diffButton = useRef<HTMLButtonElement>(null);
  const returnFocus = () => (diffButton.current ?? section.current)?.focus();
  const draft = useDraft({ onSaved, returnFocus, onWritten: () => setTyped(undefined) });
  const previewText = () => {
    if (typed !== undefined && typed !== fileText) draft.preview({ key, text: typed });
    else draft.say(fileText === undefined ? 'Type a value first.' : 'The file has this value already.');
  };
  return (
    <section ref={section} tabIndex={-1} class="editor" aria-label="Edit the file">
      <h3>Edit the file</h3>
      {redacted ? (
        <p class="dim">A sensitive setting cannot be edited on this page.</p>
      ) : (
        <>
          <label>
            Value in the file
            <textarea
              rows={Math.min(10, text.split('\n').length + 1)}
              value={text}
              spellcheck={false}
              onInput={(event) => setTyped(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Escape') return;
                event.stopPropagation();
                returnFocus();
              }}
            />
          </label>
          <p>
            <button ref={diffButton} type="button" onClick={previewText}>
              Show the diff
            </button>
            <button type="button" disabled={fileText === undefined} onClick={() => draft.preview({ key })}>
              Remove from the file …
            </button>
          </p>
        </>
      )}
      <DraftView draft={draft} saved={saved} isOwn={(savedKey) => savedKey === key} />
    </section>
  );
}
