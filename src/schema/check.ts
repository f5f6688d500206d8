import { isPlainObject, MAX_DEPTH, RESERVED_NAME } from '../json/value.ts';
import { REDACTED } from '../redact.ts';
import { INEXACT, typed } from './decode.ts';
import { formatProblem, formatProblems, type ValueCheck } from './format-check.ts';
import type { Setting } from './setting.ts';
import type { SettingNode } from './setting-node.ts';

/** The checked value, or why it is refused: a clause that follows the name of the setting. */
export type CheckResult = { readonly value: unknown } | { readonly problem: string };

/** Checks one typed value by its setting's format, then by the setting's constraints. */
export function check(setting: Setting, input: unknown): CheckResult {
  if (isRedacted(setting, input)) return { problem: REDACTED_PROBLEM };
  const one: ValueCheck = { setting, input, value: input };
  const problem =
    setting.items || setting.members
      ? checkAll([one]).get(one)
      : (formatProblem(one) ?? constraintProblem(setting, one.value));
  return problem === undefined ? { value: one.value } : { problem };
}

/** Checks many at once: sets the `value` of those that are accepted, and gives the problem of each that is not. */
export function checkAll(cases: readonly ValueCheck[]): ReadonlyMap<ValueCheck, string> {
  const problems = formatProblems(cases);
  const wholes: ValueCheck[] = [];
  for (const one of cases) {
    if (isRedacted(one.setting, one.input)) problems.set(one, REDACTED_PROBLEM);
    const problem = problems.has(one) ? undefined : constraintProblem(one.setting, one.value);
    if (problem !== undefined) problems.set(one, problem);
    else if (!problems.has(one) && hasParts(one)) wholes.push(one);
  }
  if (wholes.length > 0) checkParts(wholes, problems);
  return problems;
}

function hasParts({ setting: { items, members }, value }: ValueCheck): boolean {
  return items ? Array.isArray(value) : members !== undefined && isPlainObject(value);
}

const REDACTED_PROBLEM = `must be the value itself and not ${REDACTED}, which varve shows in place of it`;

/** Whether a redacted text was copied to where the value of a sensitive setting belongs, also inside an `Object`. */
function isRedacted({ sensitive }: Setting, value: unknown): boolean {
  return sensitive && hasText(value, REDACTED);
}

function hasText(value: unknown, text: string, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return value === text;
  return depth <= MAX_DEPTH && Object.values(value).some((member) => hasText(member, text, depth + 1));
}

/** The checks of the elements of a list, or of the members of an object, with their names for messages. */
type PartChecks = ReadonlyMap<string | number, ValueCheck>;

/** Checks the elements or members of all values at once, and puts the typed ones into the value. */
function checkParts(wholes: readonly ValueCheck[], problems: Map<ValueCheck, string>): void {
  const parts = new Map<ValueCheck, PartChecks>();
  for (const whole of wholes) {
    const checks = partChecks(whole);
    if (typeof checks === 'string') problems.set(whole, checks);
    else parts.set(whole, checks);
  }
  const refused = checkAll([...parts.values()].flatMap((checks) => [...checks.values()]));
  for (const [whole, checks] of parts) {
    const [name, first] = refused.size === 0 ? [] : ([...checks].find(([, one]) => refused.has(one)) ?? []);
    if (name !== undefined && first) problems.set(whole, `${partName(name)} ${refused.get(first)}`);
    else if (Array.isArray(whole.value)) whole.value = Array.from(checks.values(), ({ value }) => value);
    else whole.value = Object.fromEntries(Array.from(checks, ([member, { value }]) => [member, value]));
  }
}

/** The checks of the parts of a value; or why the first part that is refused is. */
function partChecks({ setting: { items, members }, value }: ValueCheck): PartChecks | string {
  const setting = (items ?? members) as Setting;
  const checks = new Map<string | number, ValueCheck>();
  for (const [name, written] of Array.isArray(value) ? value.entries() : Object.entries(value as object)) {
    const decoded = typed(setting, written);
    if ('problem' in decoded) return `${partName(name)} ${decoded.problem}`;
    checks.set(name, { setting, input: decoded.value, value: decoded.value });
  }
  return checks;
}

function partName(name: string | number): string {
  return typeof name === 'number' ? `element ${name + 1}` : `member ${JSON.stringify(name)}`;
}

/** Why a value that its format accepts is refused by `min`, `pattern` and the like, or because JSON cannot hold it. */
function constraintProblem(setting: Setting, value: unknown): string | undefined {
  if (typeof value === 'number') return numberProblem(setting, value);
  if (typeof value === 'string') return textProblem(setting, value);
  if (typeof value !== 'object' || value === null) return undefined;
  return innerProblem(value) ?? (Array.isArray(value) ? lengthProblem(setting, value.length, 'element') : undefined);
}

/** Why a value is refused whatever its format is: it contains `NaN`, `__proto__` or itself. */
export function innerProblem(value: object, depth = 1): string | undefined {
  if (depth > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  if (!Array.isArray(value) && !isPlainObject(value)) return undefined;
  if (Object.hasOwn(value, RESERVED_NAME)) return `must not have a member called ${RESERVED_NAME}`;
  for (const member of Object.values(value)) {
    if (typeof member === 'number' && !Number.isFinite(member)) return 'must have finite numbers only';
    const problem = typeof member === 'object' && member !== null ? innerProblem(member, depth + 1) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function numberProblem({ format, node }: Setting, value: number): string | undefined {
  if (!Number.isFinite(value)) return 'must be a finite number';
  if (format.text === 'integer' && !Number.isSafeInteger(value)) {
    return INEXACT;
  }
  if (node.min !== undefined && value < node.min) return `must be at least ${node.min}`;
  if (node.max !== undefined && value > node.max) return `must be at most ${node.max}`;
  return undefined;
}

function textProblem(setting: Setting, value: string): string | undefined {
  const { minLength, maxLength } = setting.node;
  const isBounded = minLength !== undefined || maxLength !== undefined;
  const problem = isBounded ? lengthProblem(setting, characters(value), 'character') : undefined;
  return problem ?? patternProblem(setting, value);
}

/** As a reader counts them, and JSON Schema: 🎈 is one, though two in UTF-16. */
function characters(text: string): number {
  return /[\ud800-\udfff]/.test(text) ? [...text].length : text.length;
}

function lengthProblem({ node }: Setting, length: number, unit: string): string | undefined {
  const counted = (count: number): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (node.minLength !== undefined && length < node.minLength) return `must have at least ${counted(node.minLength)}`;
  if (node.maxLength !== undefined && length > node.maxLength) return `must have at most ${counted(node.maxLength)}`;
  return undefined;
}

function patternProblem({ node }: Setting, value: string): string | undefined {
  if (node.pattern === undefined) return undefined;
  const pattern = patternOf(node, node.pattern);
  return pattern.test(value) ? undefined : `must match ${pattern}`;
}

const patterns = new WeakMap<SettingNode, RegExp>();

/** The pattern of a setting, without the flags that make `test` remember where it stopped. */
function patternOf(node: SettingNode, pattern: string | RegExp): RegExp {
  let found = patterns.get(node);
  if (!found) {
    found =
      typeof pattern === 'string' ? new RegExp(pattern, 'u') : new RegExp(pattern, pattern.flags.replace(/[gy]/g, ''));
    patterns.set(node, found);
  }
  return found;
}
