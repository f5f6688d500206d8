import { useEffect, useRef, useState } from 'preact/hooks';
import { printableValue } from '../../words/terminal-text.ts';
import type { Comparison, Difference, Version } from '../model.ts';
import { api } from './api.ts';

/** Changed values, one below the other, each with its old and its new value. */
export function DifferenceList({ differences }: { readonly differences: readonly Difference[] }) {
  return (
    <ul class="differences">
      {differences.map(({ key, before, after, from, to, isKept }) => (
        <li key={key}>
          <bdi class="mono key">{printableValue(key)}</bdi>
          {isKept ? (
            <span class="mono">{before} (stays in the file, without effect)</span>
          ) : (
            <>
              <del class="mono" title={from}>
                {before}
              </del>
              <ins class="mono" title={to}>
                {after}
              </ins>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

export function ComparisonView({ comparison }: { readonly comparison: Comparison }) {
  const { name, isSameFingerprint, differences, notCompared } = comparison;
  return (
    <>
      <h2>Snapshot of {printableValue(name)} → now</h2>
      <p>{isSameFingerprint ? 'The fingerprints are equal.' : 'The fingerprints differ.'}</p>
      {differences.length === 0 ? <p>No value differs.</p> : <DifferenceList differences={differences} />}
      {notCompared.length > 0 && <p>Secrets not compared without a fingerprint key: {notCompared.join(', ')}</p>}
    </>
  );
}

interface HistoryProps {
  /** Another object after every change of the configuration, so that the versions are read again. */
  readonly version: unknown;
}

/** The versions of the file layer in its store, newest first. */
export function HistoryPanel({ version }: HistoryProps) {
  const [versions, setVersions] = useState<readonly Version[]>();
  const [error, setError] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    api.history().then(setVersions, (reason: Error) => setError(reason.message));
  }, [version]);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        History of the file layer
      </h2>
      {error && <p role="alert">{error}</p>}
      {!error && !versions && <p role="status">Loading …</p>}
      {versions?.length === 0 && <p>There is no version yet.</p>}
      <ol class="versions">
        {versions?.map((one) => (
          <VersionItem key={one.revision} version={one} />
        ))}
      </ol>
    </>
  );
}

function VersionItem({ version: { revision, by, at, note, changes } }: { readonly version: Version }) {
  return (
    <li>
      <b>{by ?? 'unknown writer'}</b>{' '}
      {at && (
        <time class="dim" dateTime={at} title={at}>
          {new Date(at).toLocaleString()}
        </time>
      )}{' '}
      <span class="mono dim">{revision}</span>
      {note && <p class="note">{note}</p>}
      {changes ? (
        <DifferenceList differences={changes} />
      ) : (
        <p class="dim">It cannot be compared with the version before it.</p>
      )}
      {changes?.length === 0 && <p class="dim">No setting changed.</p>}
    </li>
  );
}
