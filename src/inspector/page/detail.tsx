import { useEffect, useRef, useState } from 'preact/hooks';
import { printableValue } from '../../words/terminal-text.ts';
import type { Detail, DetailCandidate, Row } from '../model.ts';
import { api } from './api.ts';
import type { SaveState } from './draft.tsx';
import { Editor } from './editor.tsx';

interface DetailProps extends SaveState {
  readonly settingKey: string;
  readonly isWritable: boolean;
  /** The row of the setting: the setting is read again whenever it changes. */
  readonly row: Row | undefined;
  /** The innermost group by name that the setting is in. */
  readonly group: string | undefined;
  readonly onOpen: (key: string) => void;
}

/** Everything about one setting: its value, every layer's entry, and the edit of the file layer. */
export function DetailPanel({ settingKey, isWritable, row, group, onOpen, ...saveState }: DetailProps) {
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
        <bdi>{printableValue(key)}</bdi>
      </h2>
      {group !== undefined && (
        <button type="button" class="link" onClick={() => onOpen(group)}>
          All of {printableValue(group)}
        </button>
      )}
      {error && <p role="alert">{error}</p>}
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
