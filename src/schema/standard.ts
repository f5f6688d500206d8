import type { Validator } from './format.ts';

/** A schema of zod, valibot, arktype or another library, by the Standard Schema specification (standardschema.dev). */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Whether `value` follows the specification; arktype's schemas are functions, the others are objects. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  const standard = (value as Partial<StandardSchema>)['~standard'];
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function';
}

/** Why what answers later is refused: reading a configuration can't wait for it. */
export const ANSWERS_LATER = 'is asynchronous, and reading a configuration cannot wait for it';

/** Whether `answer` is one that comes later; then nobody else will wait for it, so that its failure is nobody's. */
export function comesLater(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || typeof (answer as PromiseLike<unknown>).then !== 'function')
    return false;
  Promise.resolve(answer).catch(() => undefined);
  return true;
}

/** One value of each kind: some schemas only answer later for what is of their type. */
const SAMPLES: readonly unknown[] = [undefined, null, '', 'a', 0, 1, true, [], {}];

const asynchronous = new WeakMap<object, boolean>();

/** Whether `schema` answers later, for all that can be told without its types: about the default, and about samples. */
export function answersLater(schema: StandardSchema, value: unknown): boolean {
  let known = asynchronous.get(schema);
  if (known === undefined) {
    known = SAMPLES.some((sample) => isLate(schema, sample));
    asynchronous.set(schema, known);
  }
  return known || isLate(schema, value);
}

function isLate(schema: StandardSchema, value: unknown): boolean {
  try {
    return comesLater(schema['~standard'].validate(value));
  } catch {
    return false;
  }
}

/** Accepts what `schema` accepts, and gives its output. */
export function standardValidator(schema: StandardSchema): Validator {
  return (value) => {
    const result = schema['~standard'].validate(value);
    if (comesLater(result)) throw new Error(ANSWERS_LATER);
    const settled = result as StandardResult<unknown>;
    if (settled.issues) throw new Error(settled.issues.map(describe).join('; '));
    return settled.value;
  };
}

function describe({ message, path }: StandardIssue): string {
  if (!path || path.length === 0) return message;
  return `${path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')}: ${message}`;
}
