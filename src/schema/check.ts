import { constraintProblem } from './constraint.ts';
import { typed } from './decode.ts';
import { type Case, formatProblem, formatProblems } from './format-check.ts';
import type { Setting } from './leaf.ts';

/** What a value becomes once it is accepted, or why it is refused: a clause that begins with "must", or the format's words. */
export type Checked = { readonly value: unknown } | { readonly problem: string };

/** Checks one typed value by its setting's format, then by the setting's constraints. */
export function check(leaf: Setting, input: unknown): Checked {
  const one: Case = { leaf, input, value: input };
  const problem = leaf.items ? checkAll([one]).get(one) : (formatProblem(one) ?? constraintProblem(leaf, one.value));
  return problem === undefined ? { value: one.value } : { problem };
}

/** Checks many at once: sets the `value` of those that are accepted, and gives the problem of each that is not. */
export function checkAll(cases: readonly Case[]): ReadonlyMap<Case, string> {
  const problems = formatProblems(cases);
  const lists: Case[] = [];
  for (const one of cases) {
    const problem = problems.has(one) ? undefined : constraintProblem(one.leaf, one.value);
    if (problem !== undefined) problems.set(one, problem);
    else if (one.leaf.items && !problems.has(one) && Array.isArray(one.value)) lists.push(one);
  }
  if (lists.length > 0) checkElements(lists, problems);
  return problems;
}

/** Checks the elements of all lists at once; each becomes what its own format makes of it. */
function checkElements(lists: readonly Case[], problems: Map<Case, string>): void {
  const elements = new Map<Case, readonly Case[]>();
  for (const list of lists) {
    const cases = elementCases(list);
    if (typeof cases === 'string') problems.set(list, cases);
    else elements.set(list, cases);
  }
  const refused = checkAll([...elements.values()].flat());
  for (const [list, cases] of elements) {
    const first = refused.size === 0 ? -1 : cases.findIndex((one) => refused.has(one));
    if (first === -1) list.value = cases.map(({ value }) => value);
    else problems.set(list, `element ${first + 1} ${refused.get(cases[first] as Case)}`);
  }
}

/** The elements of a list, typed; or why the first that can't be is none. */
function elementCases({ leaf: { items }, value }: Case): readonly Case[] | string {
  const cases: Case[] = [];
  for (const [i, written] of (value as readonly unknown[]).entries()) {
    const decoded = typed(items as Setting, written);
    if ('problem' in decoded) return `element ${i + 1} ${decoded.problem}`;
    cases.push({ leaf: items as Setting, input: decoded.value, value: decoded.value });
  }
  return cases;
}
