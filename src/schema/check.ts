import { constraintProblem } from './constraint.ts';
import { typed } from './decode.ts';
import { type Case, formatProblem, formatProblems } from './format-check.ts';
import type { Leaf } from './leaf.ts';

/** What a value becomes once it is accepted, or why it is refused: a clause that begins with "must", or the format's words. */
export type Checked = { readonly value: unknown } | { readonly problem: string };

/** Checks one typed value by its setting's format, then by the setting's constraints. */
export function check(leaf: Leaf, input: unknown): Checked {
  const one: Case = { leaf, input, value: input };
  const problem = formatProblem(one) ?? furtherProblem(one);
  return problem === undefined ? { value: one.value } : { problem };
}

/** Checks what stands in a document or is given by a program: text is decoded first. */
export function checkWritten(leaf: Leaf, written: unknown): Checked {
  const decoded = typed(leaf, written);
  return 'problem' in decoded ? decoded : check(leaf, decoded.value);
}

/** Checks many at once: sets the `value` of those that are accepted, and gives the problem of each that is not. */
export function checkAll(cases: readonly Case[]): ReadonlyMap<Case, string> {
  const problems = formatProblems(cases);
  for (const one of cases) {
    const problem = problems.has(one) ? undefined : furtherProblem(one);
    if (problem !== undefined) problems.set(one, problem);
  }
  return problems;
}

function furtherProblem(one: Case): string | undefined {
  return constraintProblem(one.leaf, one.value) ?? itemsProblem(one);
}

/** Each element becomes what its own format makes of it. */
function itemsProblem(one: Case): string | undefined {
  const { items } = one.leaf;
  if (!items || !Array.isArray(one.value)) return undefined;
  const elements: unknown[] = [];
  for (const [i, written] of one.value.entries()) {
    const checked = checkWritten(items, written);
    if ('problem' in checked) return `element ${i + 1} ${checked.problem}`;
    elements.push(checked.value);
  }
  one.value = elements;
  return undefined;
}
