import { type ExplainedCandidate, type Explanation, isVariable } from '../index.ts';
import { table } from './table.ts';
import { layerLocationText, locationText, valueText } from './values.ts';

/** Puts a text in a colour, where there are any. */
type Paint = (style: 'bold' | 'green', text: string) => string;

/** An explanation as a person reads it: the value, every layer that says something, and what would be without the winner. */
export function explanationText(explanation: Explanation, paint: Paint = (_, text) => text): string {
  const { key, value, format, doc, candidates } = explanation;
  const what = [format, doc].filter((part) => part !== undefined).join(', ');
  const rows = candidates.map((candidate) => row(candidate));
  const lines = table(rows)
    .split('\n')
    .map((line, i) => (candidates[i]?.state === 'wins' ? paint('green', `  > ${line}`) : `    ${line}`));
  const head = `${paint('bold', key)} = ${valueText(value)}${what === '' ? '' : `   (${what})`}`;
  const last = without(explanation);
  return [head, ...lines, ...(last === undefined ? [] : [last])].join('\n');
}

function row(candidate: ExplainedCandidate): readonly string[] {
  const { layer, raw, value, state, problem } = candidate;
  const place =
    raw === undefined || layer === 'file'
      ? locationText(candidate)
      : `${locationText(candidate)}${written(candidate)}${JSON.stringify(raw)}`;
  return [
    layer,
    value === undefined ? '-' : valueText(value),
    place,
    problem === undefined ? state : `${state}: ${problem}`,
  ];
}

function written(candidate: ExplainedCandidate): string {
  return isVariable(candidate) ? '=' : ' ';
}

function without({ winner, without: next, candidates }: Explanation): string | undefined {
  if (!winner || !next) return undefined;
  const below = candidates.find(({ layer, state }) => layer === next.layer && state !== 'wins');
  const place = below ? (below.layer === 'default' ? 'the default' : layerLocationText(below)) : next.layer;
  return `Without the ${winner.layer} it would be ${valueText(next.value)} (${place}).`;
}
