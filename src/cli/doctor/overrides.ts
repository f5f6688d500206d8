import { isDeepStrictEqual } from 'node:util';
import type { ExplainedCandidate, Explanation } from '../../index.ts';
import { isVariable } from '../../tools.ts';
import { locationText, valueText } from '../../words/values.ts';
import type { Examination, Finding } from './finding.ts';

/** Variables that keep another variable, or the file, from having an effect. */
export function overrides({ sources, explanations }: Examination): readonly Finding[] {
  return [...overriddenVariables(sources), ...explanations.flatMap(overriddenFile)];
}

function* overriddenVariables(sources: Examination['sources']): Generator<Finding> {
  const lower = new Map<string, ExplainedCandidate>();
  for (const { explanations } of sources) {
    for (const { key, redacted, candidates } of explanations) {
      const candidate = candidates.find((one) => isVariable(one) && one.value !== undefined && one.state !== 'invalid');
      if (!candidate) continue;
      const below = lower.get(key);
      lower.set(key, candidate);
      // Secrets are redacted and cannot be compared.
      if (below && (redacted || !isDeepStrictEqual(candidate.value, below.value)))
        yield overrideFinding(key, candidate, below);
    }
  }
}

function overriddenFile({ key, candidates, redacted }: Explanation): readonly Finding[] {
  const winner = candidates.find(({ state }) => state === 'wins');
  const below = candidates.find((one) => one.state === 'shadowed' && one.layer !== 'default' && !isVariable(one));
  if (!winner || !isVariable(winner) || !below || (!redacted && isDeepStrictEqual(winner.value, below.value)))
    return [];
  return [overrideFinding(key, winner, below)];
}

function overrideFinding(key: string, above: ExplainedCandidate, below: ExplainedCandidate): Finding {
  const message = `${locationText(above)}=${valueText(above.value)} shadows ${locationText(below)}  ${key}: ${valueText(below.value)}`;
  return { status: 'note', area: 'env', message, key };
}
