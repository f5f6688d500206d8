import convict from 'convict';
import { isPlainObject } from '../json/value.ts';
import type { Format } from './format.ts';
import type { Leaf } from './leaf.ts';

/** A typed value that is to be checked. */
export interface Case {
  readonly leaf: Leaf;
  readonly input: unknown;
  /** What it becomes: the input, unless its format makes something else of it. */
  value: unknown;
}

/** Why the format of each refused case refuses it, in convict's words; the others' `value` is set. */
export function formatProblems(cases: readonly Case[]): Map<Case, string> {
  const problems = new Map<Case, string>();
  for (const batch of batches(cases)) {
    if (accepts(batch)) continue;
    for (const one of batch) {
      const problem = formatProblem(one);
      if (problem !== undefined) problems.set(one, problem);
    }
  }
  return problems;
}

/**
 * How many values one `validate` of convict gets. Its time grows faster than their number, so that many small calls
 * cost less than a large one.
 */
const BATCH = 64;

const SLOTS: readonly string[] = Array.from({ length: BATCH }, (_, i) => `v${i}`);

/** The cases in batches of one format each. */
function* batches(cases: readonly Case[]): Generator<readonly [Case, ...Case[]]> {
  const open = new Map<unknown, [Case, ...Case[]]>();
  for (const one of cases) {
    const same = checkerOf(one.leaf);
    const batch = open.get(same);
    if (!batch) open.set(same, [one]);
    else if (batch.push(one) === BATCH) {
      open.delete(same);
      yield batch;
    }
  }
  yield* open.values();
}

/** A convict of equal settings, all of one format, into which values are put to be checked. */
type Checker = convict.Config<Record<string, unknown>>;

interface Checkers {
  one?: Checker;
  many?: Checker;
}

/** Built on demand, once per format: making a convict costs more than asking it. */
const checkers = { plain: new WeakMap<object, Checkers>(), nullable: new WeakMap<object, Checkers>() };

/** Formats that decide in a function of their own share one convict: what they are asked about brings the function along. */
const JUDGED = {};

function checkerOf({ format, nullable }: Leaf): Checkers {
  const known = nullable ? checkers.nullable : checkers.plain;
  const identity = format.judge ? JUDGED : format;
  let found = known.get(identity);
  if (!found) {
    found = {};
    known.set(identity, found);
  }
  return found;
}

function newChecker({ format, nullable }: Leaf, slots: readonly string[]): Checker {
  // A sensitive setting's value is left out of convict's message, and without a default convict coerces nothing.
  const told = format.judge ? (docket: unknown) => docket instanceof Docket && docket.decide() : format.convict;
  const setting = { format: told, default: undefined, nullable, sensitive: true };
  const schema = Object.fromEntries(slots.map((slot) => [slot, setting])) as convict.Schema<Record<string, unknown>>;
  return convict(schema, { env: {}, args: [] });
}

function accepts(batch: readonly [Case, ...Case[]]): boolean {
  const [first] = batch;
  const kept = checkerOf(first.leaf);
  kept.many ??= newChecker(first.leaf, SLOTS);
  for (let i = 0; i < batch.length; i++) kept.many.set(SLOTS[i] as string, shown(batch[i] as Case));
  const accepted = validate(kept.many) === undefined;
  for (let i = 0; i < batch.length; i++) kept.many.set(SLOTS[i] as string, undefined);
  return accepted;
}

/** Why its format refuses one case, in convict's words; `undefined` where it accepts it and has set its `value`. */
export function formatProblem(one: Case): string | undefined {
  const kept = checkerOf(one.leaf);
  kept.one ??= newChecker(one.leaf, ['v']);
  kept.one.set('v', shown(one));
  const message = validate(kept.one);
  kept.one.set('v', undefined);
  if (message === undefined) return undefined;
  // A format's own words may quote the value.
  if (one.leaf.sensitive && one.leaf.format.judge) return `must be what its format (${one.leaf.format.name}) takes`;
  return message.replace(/^v: /, '').trim();
}

function validate(checker: Checker): string | undefined {
  try {
    checker.validate({ allowed: 'strict' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** An object of a kind that no format of convict takes. */
const FOREIGN = new Date(0);

/**
 * What convict is shown of a value. It walks into objects as if they were groups of settings, and turns text into
 * other types: so an object with members is shown by an empty one of its kind, and text only to formats of text.
 */
function shown(one: Case): unknown {
  const { leaf, input } = one;
  const { format } = leaf;
  if (format.judge) return input === null || input === undefined ? input : new Docket(one);
  if (typeof input === 'string') return takesText(format, input) ? input : FOREIGN;
  if (typeof input !== 'object' || input === null || Array.isArray(input) || input instanceof RegExp) return input;
  return isPlainObject(input) ? {} : FOREIGN;
}

function takesText({ text }: Format, value: string): boolean {
  return text === 'string' || text === 'option' || (text === 'port or pipe' && value.includes('\\\\.\\pipe\\'));
}

/** A case before a format that decides in a function; opaque to convict, which only hands it on. */
class Docket {
  readonly #one: Case;

  constructor(one: Case) {
    this.#one = one;
  }

  decide(): void {
    const { leaf, input } = this.#one;
    try {
      this.#one.value = leaf.format.judge?.(input, leaf.node);
    } catch (error) {
      // convict writes members into what is thrown, which could be anything, frozen objects and text included.
      throw new Error(error instanceof Error ? error.message : String(error));
    }
  }
}
