import convict from 'convict';
import { isPlainObject } from '../json/value.ts';
import type { Format } from './format.ts';
import type { Setting } from './setting.ts';

/** A typed value that is to be checked. */
export interface ValueCheck {
  readonly setting: Setting;
  readonly input: unknown;
  /** What it becomes: the input, unless its format makes something else of it. */
  value: unknown;
}

/** Why the format of each refused case refuses it, in convict's words; the others' `value` is set. */
export function formatProblems(cases: readonly ValueCheck[]): Map<ValueCheck, string> {
  const problems = new Map<ValueCheck, string>();
  const judged: ValueCheck[] = [];
  const asked = new Map<Format, Map<unknown, ValueCheck[]>>();
  for (const one of cases) {
    const { format, nullable } = one.setting;
    if (one.input === null && nullable) continue;
    if (format.validate) judged.push(one);
    else byValue(asked, format, shown(one.input, format)).push(one);
  }
  for (const [format, values] of asked) {
    for (const [value, problem] of refusals(format, [...values.keys()])) {
      for (const one of values.get(value) ?? [])
        problems.set(one, format.options ? optionsProblem(one, problem) : problem);
    }
  }
  for (const [one, problem] of judgements(judged)) problems.set(one, problem);
  return problems;
}

/** Why its format refuses one case, in convict's words; `undefined` where it accepts it and has set its `value`. */
export function formatProblem(one: ValueCheck): string | undefined {
  const { input, setting } = one;
  const { format, nullable } = setting;
  if (input === null && nullable) return undefined;
  if (format.validate) return judgements([one]).get(one);
  const problem = checkersOf(format).one([shown(input, format)]);
  return problem !== undefined && format.options ? optionsProblem(one, problem) : problem;
}

/** One of the options may be the secret. */
function optionsProblem({ setting }: ValueCheck, problem: string): string {
  return setting.sensitive ? 'must be one of the possible values' : problem;
}

/** The cases that show convict the same: it is asked once about a value, however many settings have it. */
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
 * What convict is shown of a value. It walks into objects as if they were groups of settings, so it gets an empty one
 * of the kind; and where the format is a constructor it looks at the kind only, so that one value stands for all.
 */
function shown(input: unknown, { convict: told }: Format): unknown {
  if (typeof input === 'string') return told === String ? '' : input;
  if (typeof input === 'number') return told === Number ? 0 : input;
  if (typeof input !== 'object' || input === null) return input;
  if (Array.isArray(input)) return A_LIST;
  if (input instanceof RegExp) return A_REGEXP;
  return isPlainObject(input) ? AN_OBJECT : FOREIGN;
}

/** What convict refuses of `values`, each with its words. */
function* refusals(format: Format, values: readonly unknown[]): Generator<readonly [value: unknown, problem: string]> {
  const { one, many } = checkersOf(format);
  for (let start = 0; start < values.length; start += BATCH) {
    const batch = values.slice(start, start + BATCH);
    if (batch.length >= ENOUGH && many(batch) === undefined) continue;
    for (const value of batch) {
      const problem = one([value]);
      if (problem !== undefined) yield [value, problem];
    }
  }
}

/**
 * How many values one `validate` of convict gets. Its time grows faster than their number, so that many small calls
 * cost less than a large one.
 */
const BATCH = 32;
/** For fewer values, making the convict of many would cost more than it saves. */
const ENOUGH = 16;

/** What convict says of values: all of one format, as many as it was made for at most. `undefined` if it takes them all. */
type Checker = (values: readonly unknown[]) => string | undefined;

interface Checkers {
  readonly one: Checker;
  readonly many: Checker;
}

/** Kept by format: making a convict costs more than asking it. */
const checkers = new WeakMap<Format, Checkers>();

function checkersOf(format: Format): Checkers {
  let found = checkers.get(format);
  if (!found) {
    found = { one: newChecker(format.convict, 1), many: newChecker(format.convict, BATCH) };
    checkers.set(format, found);
  }
  return found;
}

/** A convict with one group of equal settings. A group that is set whole is taken as it is: no text in it is coerced. */
function newChecker(format: unknown, size: number): Checker {
  const slots = Array.from({ length: size }, (_, i) => `v${i}`);
  let checker: convict.Config<Record<string, unknown>> | undefined;
  return (values) => {
    checker ??= convictOf(format, slots);
    checker.set('group', groupOf(slots, values));
    try {
      checker.validate({ allowed: 'strict' });
      return undefined;
    } catch (error) {
      return (error instanceof Error ? error.message : String(error)).replace(/^group\.v0: /, '').trim();
    } finally {
      checker.set('group', undefined);
    }
  };
}

function convictOf(format: unknown, slots: readonly string[]): convict.Config<Record<string, unknown>> {
  // The value of a sensitive setting is left out of convict's message: ours has it already, where it may be shown.
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
 * Cases before formats that decide in a function of their own, inside convict. It has no public members: convict would
 * take it for a group of settings.
 */
class ValidatorBatch {
  readonly #problems = new Map<ValueCheck, string>();
  readonly #cases: readonly ValueCheck[];

  constructor(cases: readonly ValueCheck[]) {
    this.#cases = cases;
  }

  get problems(): ReadonlyMap<ValueCheck, string> {
    return this.#problems;
  }

  decide(): void {
    for (const one of this.#cases) {
      const { format, node, sensitive } = one.setting;
      try {
        one.value = format.validate?.(one.input, node);
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        // A format's own words may quote the value.
        this.#problems.set(one, sensitive ? `must be what its format (${format.name}) takes` : words);
      }
    }
    for (const problem of this.#problems.values()) throw new Error(problem);
  }
}

const decides = newChecker((docket: ValidatorBatch) => docket.decide(), 1);

function judgements(cases: readonly ValueCheck[]): ReadonlyMap<ValueCheck, string> {
  const docket = new ValidatorBatch(cases);
  if (cases.length > 0) decides([docket]);
  return docket.problems;
}
