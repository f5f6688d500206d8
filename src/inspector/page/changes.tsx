import type { Comparison, Difference, Version } from '../model.ts';

/** Changed values, one below the other, each with its old and its new value. */
export function DifferenceList({ differences }: { readonly differences: readonly Difference[] }) {
  return (
    <ul class="differences">
      {differences.map(({ key, before, after, from, to }) => (
        <li key={key}>
          <bdi class="mono key">{key}</bdi>
          <del class="mono" title={from}>
            {before}
          </del>
          <ins class="mono" title={to}>
            {after}
          </ins>
        </li>
      ))}
    </ul>
  );
}

export function ComparisonView({ comparison }: { readonly comparison: Comparison }) {
  const { name, isSameFingerprint, differences } = comparison;
  return (
    <>
      <h2>Snapshot of {name} → now</h2>
      <p>{isSameFingerprint ? 'The fingerprints are equal.' : 'The fingerprints differ.'}</p>
      {differences.length === 0 ? <p>No value differs.</p> : <DifferenceList differences={differences} />}
    </>
  );
}

export function HistoryView({ versions }: { readonly versions: readonly Version[] }) {
  return (
    <>
      <h2>History of the file layer</h2>
      {versions.length === 0 && <p>The store keeps no earlier version.</p>}
      <ol class="versions">
        {versions.map(({ revision, by, at, note, changes }) => (
          <li key={revision}>
            <b>{by ?? 'unknown'}</b> <span class="dim">{at}</span> <span class="mono dim">{revision}</span>
            {note && <p>{note}</p>}
            <DifferenceList differences={changes} />
          </li>
        ))}
      </ol>
    </>
  );
}
