import { useEffect, useRef, useState } from 'preact/hooks';
import type { Detail, DetailCandidate, Diff, Row } from '../model.ts';
import { api } from './api.ts';
import { DifferenceList } from './changes.tsx';

interface DetailProps extends SaveState {
  readonly settingKey: string;
  readonly isWritable: boolean;
  /** The row of the setting: the setting is read again whenever it changes. */
  readonly row: Row | undefined;
}

/** The last save that can be undone, which stays known while other settings are opened. */
interface SaveState {
  /** Texts of edit boxes that are not saved, by their keys. */
  readonly typedTexts: Map<string, string>;
  readonly savedKey: string | undefined;
  readonly onSavedKey: (key: string | undefined) => void;
}

/** Everything about one setting: its value, every layer's entry, and the edit of the file layer. */
export function DetailPanel({ settingKey, isWritable, row, ...saveState }: DetailProps) {
  const version = JSON.stringify(row);
  const [detail, setDetail] = useState<Detail>();
  const [error, setError] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    api.setting(settingKey).then(setDetail, (reason: Error) => setError(reason.message));
  }, [settingKey, version]);
  const isLoaded = detail !== undefined;
  useEffect(() => {
    if (isLoaded) heading.current?.focus();
  }, [isLoaded]);
  if (!detail) return <p role={error ? 'alert' : 'status'}>{error || 'Loading …'}</p>;
  const { key, doc, value, format, constraints, variable, flag, atNextStart, change, candidates, copies } = detail;
  return (
    <>
      <h2 ref={heading} tabIndex={-1} class="mono">
        <bdi>{key}</bdi>
      </h2>
      {doc && <p class="doc-long">{doc}</p>}
      <pre class="value-long">
        <bdi>{value}</bdi>
      </pre>
      {row?.issue !== undefined && <p class="issue-text">{row.issue}</p>}
      {row?.warning !== undefined && <p class="warning-text">{row.warning}</p>}
      {atNextStart !== undefined && <p class="warning-text">After a restart: {atNextStart}</p>}
      <p class="change">{change}</p>
      <h3>Layers, highest first</h3>
      <ol class="candidates">
        {candidates.map((candidate) => (
          <Candidate key={candidate.layer + candidate.location} candidate={candidate} settingKey={key} />
        ))}
      </ol>
      <dl>
        <Fact name="Format" text={[format, ...constraints].filter(Boolean).join('; ')} />
        <Fact name="Variable" text={variable} />
        <Fact name="Flag" text={flag} />
      </dl>
      {copies.length > 0 && (
        <p class="copies">
          Copy as
          {copies.map(({ label, text }) => (
            <CopyButton key={label} label={label} text={text} />
          ))}
        </p>
      )}
      {isWritable && <Editor detail={detail} {...saveState} />}
    </>
  );
}

interface CandidateProps {
  readonly candidate: DetailCandidate;
  readonly settingKey: string;
}

function Candidate({ candidate, settingKey }: CandidateProps) {
  const { layer, name, location, text, raw, state, problem, computedFrom = [], without } = candidate;
  return (
    <li class={state}>
      <span class="state">{state}</span> <b>{layer}</b>{' '}
      <bdi class="mono">{state === 'shadowed' ? <s>{text}</s> : text}</bdi>
      <span class="where mono">
        {location}
        {name === settingKey || location.includes(name) ? '' : ` (${name})`}
      </span>
      {raw !== undefined && raw !== text && <span class="where">written as {JSON.stringify(raw)}</span>}
      {computedFrom.map((part) => (
        <span key={part} class="where mono">
          {part}
        </span>
      ))}
      {problem && <span class="issue-text">{problem}</span>}
      <span class={without === 'no change' ? 'where' : 'where decides'}>Without it: {without}</span>
    </li>
  );
}

function Fact({ name, text }: { readonly name: string; readonly text: string | undefined }) {
  if (!text) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd class="mono">{text}</dd>
    </>
  );
}

function CopyButton({ label, text }: { readonly label: string; readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    });
  return (
    <button type="button" title={text} onClick={copy}>
      {isCopied ? 'copied' : label}
    </button>
  );
}

interface EditorProps extends SaveState {
  readonly detail: Detail;
}

/** The edit of the file layer: the diff is shown before it is saved, with what overrides it. */
function Editor({ detail, typedTexts, savedKey, onSavedKey }: EditorProps) {
  const { key, redacted, fileText } = detail;
  const [typed, setTypedText] = useState(typedTexts.get(key));
  const setTyped = (next: string | undefined) => {
    if (next === undefined) typedTexts.delete(key);
    else typedTexts.set(key, next);
    setTypedText(next);
  };
  const text = typed ?? fileText ?? '';
  const [diff, setDiff] = useState<Diff>();
  const [message, setMessage] = useState('');
  const [error, setError] = useState('');
  const section = useRef<HTMLElement>(null);
  const diffBox = useRef<HTMLDivElement>(null);
  useEffect(() => diffBox.current?.scrollIntoView({ block: 'nearest' }), [diff]);
  const diffButton = useRef<HTMLButtonElement>(null);
  // The button that was pressed is gone; without another one the focus would be lost.
  const returnFocus = () => (diffButton.current ?? section.current)?.focus();
  const run = (work: Promise<void>) => {
    setError('');
    setMessage('');
    work.catch((reason: Error) => {
      setDiff(undefined);
      setError(reason.message);
    });
  };
  const preview = (next: string | undefined) => run(api.preview(key, next).then(setDiff));
  const previewText = () => {
    if (typed !== undefined && typed !== fileText) return preview(typed);
    setDiff(undefined);
    setError('');
    setMessage(fileText === undefined ? 'Type a value first.' : 'The file has this value already.');
  };
  const save = (revision: string) =>
    run(
      api.save(revision).then(() => {
        setDiff(undefined);
        setTyped(undefined);
        setMessage('Saved.');
        onSavedKey(key);
        returnFocus();
      }),
    );
  const undo = () =>
    run(
      api.undo().then(() => {
        setMessage('The last save was undone.');
        setTyped(undefined);
        onSavedKey(undefined);
        returnFocus();
      }),
    );
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
            <button type="button" disabled={fileText === undefined} onClick={() => preview(undefined)}>
              Remove from the file …
            </button>
          </p>
        </>
      )}
      {savedKey !== undefined && (
        <p>
          <button type="button" onClick={undo}>
            Undo the last save{savedKey === key ? '' : ` (${savedKey})`}
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
        <div ref={diffBox} class="diff">
          <DifferenceList differences={diff.changes} />
          {diff.overridden.map((line) => (
            <p key={line} class="warning-text">
              {line}
            </p>
          ))}
          <button type="button" class="primary" onClick={() => save(diff.revision)}>
            Save
          </button>
          <button
            type="button"
            onClick={() => {
              setDiff(undefined);
              returnFocus();
            }}
          >
            Cancel
          </button>
        </div>
      )}
    </section>
  );
}
