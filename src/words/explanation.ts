import {
  describeOrigin,
  type ExplainedCandidate,
  type ExplainedPart,
  type Explanation,
  type Origin,
} from '../index.ts';
import { isVariable } from '../tools.ts';
import { table } from './table.ts';
import { printable } from './terminal-text.ts';
import { layerLocationText, locationText, valueText } from './values.ts';
import { wrap } from './wrap.ts';

export interface ExplanationLayout {
  /** Puts a text in a colour; without it there are no colours. */
  readonly paint?: (style: 'bold' | 'green', text: string) => string;
  /** Cells per line; unlimited if absent. */
  readonly width?: number;
}

/** An explanation for people: the value, the entry of every layer, and the value that would win without the winner. */
export function explanationText(explanation: Explanation, layout: ExplanationLayout = {}): string {
  const { paint = (_, text) => text, width = Number.POSITIVE_INFINITY } = layout;
  const { key, value, format, doc, redacted, candidates } = explanation;
  const what = printable([format, doc].filter((part) => part !== undefined).join(', '));
  const rows = table(candidates.map(row), width - MARK.length, [1, 2]);
  const lines = (candidates.length === 0 ? 'no layer has an entry' : rows)
    .split('\n')
    .flatMap((line, i) => [
      ...candidateLines(line, candidates[i]),
      ...referenceLine(candidates[i], redacted),
      ...partLines(candidates[i]?.computedFrom),
    ]);
  const painted = lines.map((line) => (line.startsWith(MARK) ? paint('green', line) : line));
  const head = `${paint('bold', printable(key))} = ${valueText(value)}`;
  const last = [withoutWinner(explanation), isRefused(explanation) ? REFUSED : undefined];
  return [
    ...headLines(head, { what, used: printable(key).length + valueText(value).length + 3, width }),
    ...painted,
    ...last.flatMap((sentence) => (sentence === undefined ? [] : wrap(sentence, width))),
  ].join('\n');
}

const REFUSED = 'The program does not start with this; a running program keeps its last valid value.';

/** Whether the highest entry is invalid: no valid one overrides it. */
function isRefused({ candidates }: Explanation): boolean {
  return candidates.find(({ state }) => state !== 'empty')?.state === 'invalid';
}

interface HeadLayout {
  /** The format and the doc. */
  readonly what: string;
  /** The cells of the key and the value. */
  readonly used: number;
  readonly width: number;
}

/** The key and the value, and what the setting is; below them where one line is too narrow. */
function headLines(head: string, { what, used, width }: HeadLayout): readonly string[] {
  if (what === '') return [head];
  if (used + what.length + 5 <= width) return [`${head}   (${what})`];
  return [head, ...wrap(`(${what})`, width - NO_MARK.length).map((line) => NO_MARK + line)];
}

const MARK = '  > ';
const NO_MARK = '    ';

/** The row of a candidate, marked if it wins; why it is invalid stands on a line of its own. */
function candidateLines(row: string, candidate: ExplainedCandidate | undefined): readonly string[] {
  const { state, problem } = candidate ?? {};
  const line = (state === 'wins' ? MARK : NO_MARK) + row;
  return problem === undefined ? [line] : [line, `${NO_MARK}  ${printable(problem)}`];
}

/** The text with references that a value was computed from; the row of a variable or a flag shows it already. */
function referenceLine(candidate: ExplainedCandidate | undefined, redacted: boolean): readonly string[] {
  if (candidate?.raw === undefined || !candidate.computedFrom || isRawInRow(candidate)) return [];
  return [`${NO_MARK}  from ${redacted ? '********' : printable(JSON.stringify(candidate.raw))}`];
}

/** The values that a candidate was computed from, each with where it was written; their own parts are indented. */
function partLines(parts: readonly ExplainedPart[] = [], depth = 1): readonly string[] {
  return parts.flatMap(({ name, value, origin, computedFrom }) => {
    const shown = value === undefined ? 'no value' : valueText(value);
    const location = origin ? `   ${printable(describeOrigin(origin))}` : '';
    return [
      `${NO_MARK}${'  '.repeat(depth)}${printable(name)} = ${shown}${location}`,
      ...partLines(computedFrom, depth + 1),
    ];
  });
}

function row(candidate: ExplainedCandidate): readonly string[] {
  const { layer, raw, value, state } = candidate;
  const location = locationText(candidate);
  const written = isRawInRow(candidate)
    ? `${location}${isVariable(candidate) ? '=' : ' '}${JSON.stringify(raw)}`
    : location;
  return [layer, state === 'empty' ? '' : valueText(value), written, state];
}

function isRawInRow(candidate: ExplainedCandidate): boolean {
  return candidate.raw !== undefined && (isVariable(candidate) || candidate.layer === 'flag');
}

function withoutWinner({ winner, required, without: next, candidates }: Explanation): string | undefined {
  if (!winner) return undefined;
  const isNamed = winner.layer === 'flag' || isVariable(winner);
  const isFile = winner.location.startsWith(`${winner.layer}:`);
  const beginning = `Without ${printable(isNamed ? winner.name : isFile ? winner.layer : `the ${winner.layer}`)} it would be`;
  if (!next) return required ? `${beginning} required, and the program would not start.` : undefined;
  const below = candidates.find(({ layer, state }) => layer === next.layer && state !== 'wins');
  const origin = below ? originText(below, winner) : next.layer;
  return `${beginning} ${valueText(next.value)} (${printable(origin)}).`;
}

/** The origin of the next value; a variable that has the name of the winner is not named again. */
function originText(below: ExplainedCandidate, winner: Origin): string {
  if (below.layer === 'default') return 'the default';
  return isVariable(below) && below.name === winner.name ? below.location : layerLocationText(below);
}
