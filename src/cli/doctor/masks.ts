import { isDeepStrictEqual } from 'node:util';
import type { ExplainedCandidate, Explanation } from '../../index.ts';
import { placeText, valueText } from '../../words/values.ts';
import type { Finding, Patient } from './finding.ts';

/** Variables that keep another variable, or the file, from having an effect. */
export function masks({ sources, explanations }: Patient): readonly Finding[] {
  return [...maskedVariables(sources), ...explanations.flatMap(maskedFile)];
}

function* maskedVariables(sources: Patient['sources']): Generator<Finding> {
  const said = new Map<string, ExplainedCandidate>();
  for (const { explanations } of sources) {
    for (const { key, redacted, candidates } of explanations) {
      const candidate = candidates.find(({ layer, state }) => layer === 'env' && state !== 'invalid');
      if (!candidate) continue;
      const below = said.get(key);
      said.set(key, candidate);
      // Of a secret nothing is known but that it stands in both places.
      if (below && (redacted || !isDeepStrictEqual(candidate.value, below.value))) yield mask(key, candidate, below);
    }
  }
}

function maskedFile({ key, candidates, redacted }: Explanation): readonly Finding[] {
  const winner = candidates.find(({ state }) => state === 'wins');
  const below = candidates.find(({ layer, state }) => state === 'shadowed' && layer !== 'default' && layer !== 'env');
  if (winner?.layer !== 'env' || !below || (!redacted && isDeepStrictEqual(winner.value, below.value))) return [];
  return [mask(key, winner, below)];
}

function mask(key: string, above: ExplainedCandidate, below: ExplainedCandidate): Finding {
  const message = `${placeText(above)}=${valueText(above.value)} masks ${placeText(below)}  ${key}: ${valueText(below.value)}`;
  return { status: 'note', area: 'env', message, key };
}
