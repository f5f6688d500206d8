import convict from 'convict';
import { reasonOf } from '../errors.ts';
import { isPlainObject, MAX_DEPTH, MOST_VALUES, RESERVED_NAME } from '../json/value.ts';
import type { Format } from './format.ts';
import type { Setting } from './setting.ts';
import type { SettingNode } from './setting-node.ts';

/** A typed value to check. */
export interface ValueCheck {
  readonly setting: Setting;
  readonly input: unknown;
  /** What it becomes: the input, unless its format makes something else of it. */
  value: unknown;
}

/** Why the format refuses a value, for each value that it refuses; sets the `value` of the others. */
export function formatProblems(checks: readonly ValueCheck[]): Map<ValueCheck, string> {
  const problems = new Map<ValueCheck, string>();
  const validated: ValueCheck[] = [];
  const asked = new Map<Format, Map<unknown, ValueCheck[]>>();
  for (const one of checks) {
    const { format, nullable } = one.setting;
    if (one.input === null && nullable) continue;
    if (format.validate) validated.push(one);
    else if (!checkersOf(format).accepted.has(sampleOf(one.input, format)))
      byValue(asked, format, sampleOf(one.input, format)).push(one);
  }
  for (const [format, values] of asked) {
    for (const value of refusedValues(format, [...values.keys()])) {
      for (const one of values.get(value) ?? []) problems.set(one, format.expected ?? NO_VALUE);
    }
  }
  for (const [one, problem] of validatorProblems(validated)) problems.set(one, problem);
  return problems;
}

/** Why its format refuses one value; `undefined` where it accepts it and has set its `value`. */
export function formatProblem(one: ValueCheck): string | undefined {
  const { format, nullable } = one.setting;
  if (one.input === null && nullable) return undefined;
  if (format.validate) return validatorProblems([one]).get(one);
  const sample = sampleOf(one.input, format);
  const { one: accepts, accepted } = checkersOf(format);
  if (accepted.has(sample)) return undefined;
  if (!accepts([sample])) return format.expected ?? NO_VALUE;
  keep(accepted, sample, format);
  return undefined;
}

const NO_VALUE = 'must be a value of its format';

/**
 * Whether a value of a file is certainly valid as it is: a scalar or a list of a kind that convict accepted before, within
 * the limits of the declaration.
 */
export function needsNoCheck(setting: Setting, value: unknown): boolean {
  const { format } = setting;
  if (value === undefined || (typeof value === 'object' && (!Array.isArray(value) || setting.items))) return false;
  // A text is decoded first, unless the format takes every text, or has it among its options.
  if (typeof value === 'string' && format.text !== 'string' && format.text !== 'option') return false;
  if (format.validate || !checkersOf(format).accepted.has(sampleOf(value, format))) return false;
  return !setting.sensitive && constraintProblem(setting, value) === undefined;
}

/** The checks with the same sample: convict checks a sample once, however many settings have it. */
function byValue(asked: Map<Format, Map<unknown, ValueCheck[]>>, format: Format, value: unknown): ValueCheck[] {
  const values = asked.get(format) ?? new Map<unknown, ValueCheck[]>();
  if (values.size === 0) asked.set(format, values);
  const same = values.get(value) ?? [];
  if (same.length === 0) values.set(value, same);
  return same;
}

const A_LIST: readonly unknown[] = [];
const AN_OBJECT = {};
const A_REGEXP = /./;
/** An object of a kind that no format of convict takes. */
const FOREIGN = new Date(0);

/**
 * The value that convict checks in place of `input`. convict takes an object for a group of settings, so it gets an
 * empty one; and where the format is a constructor it looks at the type alone, so that one value represents all.
 */
function sampleOf(input: unknown, { convict: format }: Format): unknown {
  if (typeof input === 'string') return format === String ? '' : input;
  if (typeof input === 'number') return format === Number ? 0 : input;
  if (typeof input !== 'object' || input === null) return input;
  if (Array.isArray(input)) return A_LIST;
  if (input instanceof RegExp) return A_REGEXP;
  return isPlainObject(input) ? AN_OBJECT : FOREIGN;
}

/** The values that convict refuses. */
function* refusedValues(format: Format, values: readonly unknown[]): Generator<unknown> {
  const { one, many, accepted } = checkersOf(format);
  for (let start = 0; start < values.length; start += BATCH) {
    const batch = values.slice(start, start + BATCH);
    const isValid = batch.length >= ENOUGH && many(batch);
    for (const value of batch) {
      if (!isValid && !one([value])) yield value;
      else keep(accepted, value, format);
    }
  }
}

/** How many samples are kept of a format. Most formats have few; where there are more, all are asked for again. */
const MOST_KEPT = 1000;

/** Keeps a sample that convict accepted; of texts only those that the definition has may stay in memory. */
function keep(accepted: Set<unknown>, sample: unknown, { options }: Format): void {
  if (typeof sample === 'string' && sample !== '' && options === undefined) return;
  if (accepted.size >= MOST_KEPT) accepted.clear();
  accepted.add(sample);
}

/**
 * How many values one `validate` of convict gets. Its time grows faster than their number, so that many small calls
 * cost less than a large one.
 */
const BATCH = 32;
/** For fewer values, making the convict of many would cost more than it saves. */
const ENOUGH = 16;

/** Whether convict accepts all values: of one format, and at most as many as it was made for. */
type Checker = (values: readonly unknown[]) => boolean;

interface Checkers {
  readonly one: Checker;
  readonly many: Checker;
  /** The samples that convict has accepted: it accepts them again, because its answer depends on nothing else. */
  readonly accepted: Set<unknown>;
}

/** Kept by format, because making a convict costs more than using it. */
const checkers = new WeakMap<Format, Checkers>();

function checkersOf(format: Format): Checkers {
  let found = checkers.get(format);
  if (!found) {
    found = { one: newChecker(format.convict, 1), many: newChecker(format.convict, BATCH), accepted: new Set() };
    checkers.set(format, found);
  }
  return found;
}

/** A convict with one group of equal settings. convict coerces no text in a group that is set as a whole. */
function newChecker(format: unknown, size: number): Checker {
  const slots = Array.from({ length: size }, (_, i) => `v${i}`);
  let checker: convict.Config<Record<string, unknown>> | undefined;
  return (values) => {
    checker ??= convictOf(format, slots);
    checker.set('group', groupOf(slots, values));
    try {
      checker.validate({ allowed: 'strict' });
      return true;
    } catch {
      return false;
    } finally {
      checker.set('group', undefined);
    }
  };
}

function convictOf(format: unknown, slots: readonly string[]): convict.Config<Record<string, unknown>> {
  const setting = { format, default: undefined, sensitive: true };
  const group = Object.fromEntries(slots.map((slot) => [slot, setting]));
  return convict({ group } as convict.Schema<Record<string, unknown>>, { env: {}, args: [] });
}

function groupOf(slots: readonly string[], values: readonly unknown[]): Readonly<Record<string, unknown>> {
  const group: Record<string, unknown> = {};
  for (let i = 0; i < slots.length; i++) group[slots[i] as string] = values[i];
  return group;
}

/**
 * Values for formats that decide in a function of their own, called by convict. It has no public members, because
 * convict would take those for settings.
 */
class ValidatorBatch {
  readonly #problems = new Map<ValueCheck, string>();
  readonly #checks: readonly ValueCheck[];

  constructor(checks: readonly ValueCheck[]) {
    this.#checks = checks;
  }

  get problems(): ReadonlyMap<ValueCheck, string> {
    return this.#problems;
  }

  validate(): void {
    for (const one of this.#checks) {
      const { format, node, sensitive } = one.setting;
      try {
        one.value = format.validate?.(one.input, node);
        // Reads every member, because a getter of the format's own may throw.
        innerProblem(Object(one.value));
      } catch (error) {
        // A format's own message may quote the value.
        const problem = sensitive ? `must be a value of its format, ${format.name}` : clause(error);
        this.#problems.set(one, format.expected ?? problem);
      }
    }
    for (const problem of this.#problems.values()) throw new Error(problem);
  }
}

/** The message of a format's own function as a clause that follows the name of a setting. */
function clause(error: unknown): string {
  const message = reasonOf(error);
  return /^(?:must|has|is|cannot|should)\b/.test(message) ? message : `is not valid: ${message}`;
}

const validateBatch = newChecker((batch: ValidatorBatch) => batch.validate(), 1);

function validatorProblems(checks: readonly ValueCheck[]): ReadonlyMap<ValueCheck, string> {
  const batch = new ValidatorBatch(checks);
  if (checks.length > 0) validateBatch([batch]);
  return batch.problems;
}

export const INEXACT = 'must be within ±(2^53-1), because larger integers lose digits';

/** Why a value that its format accepts is refused by `min`, `pattern` and the like, or because JSON cannot hold it. */
export function constraintProblem(setting: Setting, value: unknown): string | undefined {
  if (typeof value === 'number') return numberProblem(setting, value);
  if (typeof value === 'string') return textProblem(setting, value);
  if (typeof value !== 'object' || value === null) return undefined;
  return innerProblem(value) ?? (Array.isArray(value) ? lengthProblem(setting, value.length, 'element') : undefined);
}

/** Why a value is refused whatever its format is: it contains `NaN`, `__proto__` or itself, or has too many values. */
export function innerProblem(
  value: object,
  depth = 1,
  count: { left: number } = { left: MOST_VALUES },
): string | undefined {
  if (depth > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'must be a valid date';
  if (!Array.isArray(value) && !isPlainObject(value)) return undefined;
  if (Object.hasOwn(value, RESERVED_NAME)) return `must not have a member called ${RESERVED_NAME}`;
  const members = Object.values(value);
  count.left -= members.length;
  if (count.left < 0) return `must not have more than ${MOST_VALUES} values`;
  for (const member of members) {
    if (typeof member === 'number' && !Number.isFinite(member)) return 'must have finite numbers only';
    const problem = typeof member === 'object' && member !== null ? innerProblem(member, depth + 1, count) : undefined;
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
