import {
  type Config,
  describeOrigin,
  type ExplainedCandidate,
  type ExplainedPart,
  type Explanation,
} from '../index.ts';
import { isVariable, type SettingDescription } from '../tools.ts';
import { shellWord } from '../words/shell.ts';
import { jsonMember, layerLocationText, printable, rawText, valueText } from '../words/values.ts';
import type { Detail, DetailCandidate } from './model.ts';
import { cellOf, ROW_LENGTH, shorten } from './rows.ts';

/** The longest value in a detail, in characters. */
const DETAIL_LENGTH = 20_000;

/** Everything about one setting; `fileValue` is what an editor shows. Throws `UNKNOWN_KEY`. */
export function detailOf(
  config: Config,
  key: string,
  description: SettingDescription | undefined,
  fileValue?: unknown,
): Detail {
  const setting = config.explain(key);
  const { doc, value, redacted, format, atNextStart, candidates } = setting;
  return {
    key,
    ...(doc !== undefined && { doc: printable(doc) }),
    value: shorten(valueText(value), DETAIL_LENGTH),
    redacted,
    ...(format !== undefined && { format }),
    constraints: description ? constraintsOf(description) : [],
    ...(description?.variable !== undefined && { variable: description.variable }),
    ...(description?.flag !== undefined && { flag: description.flag }),
    ...(atNextStart && { atNextStart: shorten(valueText(atNextStart.value), ROW_LENGTH) }),
    change: changeAdvice(setting),
    candidates: candidates.map((candidate) => ({
      ...candidateOf(candidate),
      without: withoutText(setting, config.explain(key, { without: candidate.layer })),
    })),
    copies: redacted || value === undefined ? [] : copiesOf(key, value, description),
    ...(fileValue !== undefined && !redacted && { fileText: shorten(rawText(fileValue), DETAIL_LENGTH) }),
  };
}

function candidateOf(candidate: ExplainedCandidate): Omit<DetailCandidate, 'without'> {
  const { name, raw, problem, computedFrom } = candidate;
  return {
    ...cellOf(candidate),
    name: printable(name),
    ...(raw !== undefined && { raw: shorten(printable(raw), DETAIL_LENGTH) }),
    ...(problem !== undefined && { problem: printable(problem) }),
    ...(computedFrom && { computedFrom: partTexts(computedFrom) }),
  };
}

/** The values that a candidate was computed from, each before its own parts. */
function partTexts(parts: readonly ExplainedPart[]): readonly string[] {
  return parts.flatMap(({ name, value, origin, computedFrom = [] }) => {
    const location = origin ? ` (${describeOrigin(origin)})` : '';
    const text = `${name} = ${value === undefined ? 'no value' : valueText(value)}${location}`;
    return [shorten(printable(text), DETAIL_LENGTH), ...partTexts(computedFrom)];
  });
}

/** What an entry decides: the setting as it would be without it. */
function withoutText({ value, winner, atNextStart, redacted, candidates }: Explanation, rest: Explanation): string {
  if (!rest.winner) return 'no value';
  const isMerged = candidates.some(({ state }) => state === 'merged');
  const isSameOrigin = rest.winner.location === (atNextStart ? atNextStart.winner : winner)?.location;
  // Two redacted values look the same: members of a merged one may differ.
  const isSameValue =
    rawText(rest.value) === rawText(atNextStart ? atNextStart.value : value) && !(redacted && isMerged);
  if (isSameOrigin && isSameValue) return 'no change';
  const text = shorten(valueText(rest.value), ROW_LENGTH);
  if (isSameOrigin) return text;
  return `${text}, from ${rest.winner.layer === 'default' ? 'the default' : layerLocationText(rest.winner)}`;
}

/** Where to change the entry that decides the value. */
function changeAdvice({ key, redacted, candidates }: Explanation): string {
  const decisive = candidates.find(({ state }) => state === 'wins' || state === 'invalid');
  const command = `varve set ${shellWord(key)} ${redacted ? '--stdin' : 'VALUE'}`;
  if (!decisive || decisive.layer === 'default') return `Write it into the file: ${command}`;
  const { layer, name, location, state } = decisive;
  if (layer === 'file') return `Change it at ${location}, or: ${command}`;
  const isMerged = candidates.some((candidate) => candidate.state === 'merged');
  const hint =
    isMerged && state === 'wins'
      ? 'Layers are merged: a value in the file has an effect where no higher layer gives the same part.'
      : 'A value in the file has no effect while it is there.';
  if (layer === 'override') return `The program overrides it in memory. ${hint}`;
  if (layer === 'flag') return `Change ${name} on the command line of the program. ${hint}`;
  if (!isVariable(decisive)) return `Change it at ${location}.`;
  const place = location === 'process.env' ? 'in the environment of the program' : `at ${location}`;
  return `Change ${name} ${place}. ${hint}`;
}

/** The constraints of a setting, each in a phrase. */
export function constraintsOf(description: SettingDescription): readonly string[] {
  const { constraints, options, nullable, required, sensitive, rules = [] } = description;
  const { min, max, minLength, maxLength, pattern } = constraints;
  const numbers = Object.entries({ min, max, minLength, maxLength, pattern }).filter(
    ([, value]) => value !== undefined,
  );
  return [
    ...numbers.map(([name, value]) => `${name} ${value}`),
    ...(options ? [`one of ${options.map((option) => JSON.stringify(option)).join(', ')}`] : []),
    ...(nullable ? ['nullable'] : []),
    ...(required ? ['required'] : []),
    ...(sensitive ? ['sensitive'] : []),
    ...rules,
  ];
}

function copiesOf(key: string, value: unknown, description: SettingDescription | undefined): Detail['copies'] {
  const word = shellWord(rawText(value));
  const { variable, flag } = description ?? {};
  return [
    ...(variable === undefined ? [] : [{ label: 'variable', text: `${variable}=${word}` }]),
    ...(flag === undefined ? [] : [{ label: 'flag', text: `${shellWord(flag)}=${word}` }]),
    { label: 'JSON', text: `${JSON.stringify(key)}: ${JSON.stringify(value, jsonMember)}` },
  ];
}
