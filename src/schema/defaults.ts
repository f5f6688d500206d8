import { frozenCopy } from '../json/value.ts';
import type { Key } from '../key.ts';
import { didYouMean } from '../near-names.ts';
import { checkAll, jsonForm, typed } from './check.ts';
import { derivedCycles } from './derived-cycles.ts';
import { DerivedDefault } from './derived-default.ts';
import { TextExpression } from './expression.ts';
import type { ExpressionSyntax } from './expression-syntax.ts';
import { innerProblem, type ValueCheck } from './format-check.ts';
import { shownValue } from './refusal.ts';
import type { Schema } from './schema.ts';
import type { Setting } from './setting.ts';

/** Reports a mistake of a definition, or of one of its settings and groups. */
export type MistakeReport = (key: Key | undefined, message: string, suggestion?: string) => void;

/** Types the defaults of settings, and returns the settings whose default is computed in every load, and checked there. */
export function typeDefaults(
  settings: readonly Setting[],
  syntax: ExpressionSyntax | undefined,
  report: MistakeReport,
): readonly Setting[] {
  const computed: Setting[] = [];
  const cases: ValueCheck[] = [];
  for (const setting of settings) {
    const written = setting.node.default;
    if (written === undefined) continue;
    const isDerived = typeof written === 'object' && written instanceof DerivedDefault;
    if (isDerived || syntax?.has(written)) {
      setting.setExpression(isDerived ? written : new TextExpression(written, syntax as ExpressionSyntax));
      computed.push(setting);
      continue;
    }
    const inner = typeof written === 'object' && written !== null ? innerProblem(written) : undefined;
    const decoded = inner === undefined ? typed(setting, written) : { problem: inner };
    if ('problem' in decoded) reportDefault(setting, decoded.problem, report);
    else cases.push({ setting, input: decoded.value, value: decoded.value });
  }
  const problems = checkAll(cases);
  // Declarations that share a list, as generated ones do, share its copy.
  const copies = new Map<unknown, unknown>();
  for (const one of cases) {
    const { setting, input, value } = one;
    const problem = problems.get(one);
    if (problem === undefined) {
      if (typeof value === 'object' && !copies.has(value)) copies.set(value, frozenCopy(value));
      setting.setDefault(copies.get(value) ?? value, jsonForm(setting, value, [input, setting.node.default]));
    } else if (!setting.required) reportDefault(setting, problem, report);
  }
  return computed;
}

function reportDefault({ key, node, sensitive }: Setting, problem: string, report: MistakeReport): void {
  const got = sensitive ? '' : `, got ${shownValue(node.default)}`;
  const remedy = 'To make the setting required, give default: null.';
  const clause = /^(?:element|member) /.test(problem) ? problem : `it ${problem}`;
  report(key, `has a default that it refuses: ${clause}${got}`, remedy);
}

/** Checks that the keys of derived defaults are settings, and that none is computed from itself. */
export function checkDerivedDefaults(
  computed: readonly Setting[],
  { settings, groups }: Schema,
  report: MistakeReport,
): void {
  let cycles: ReadonlyMap<Key, readonly Key[]> | undefined;
  for (const { key, node, expression } of computed) {
    if (!(expression instanceof DerivedDefault)) continue;
    if (node.format === undefined) report(key, 'has a derived default, but no "format"');
    if (!expression.isComplete)
      report(key, "has a derived default without a list of keys and a function: derived(['a'], (a) => …)");
    for (const other of expression.keys) {
      if (settings.has(other)) continue;
      const what = groups.has(other) ? 'a group of settings' : 'not a setting';
      report(key, `has a default derived from ${other}, which is ${what}`, didYouMean(other, settings.keys()));
    }
    cycles ??= derivedCycles(settings);
    const cycle = cycles.get(key);
    if (cycle) report(key, `has a default derived from itself: ${cycle.join(' → ')}`);
  }
}
