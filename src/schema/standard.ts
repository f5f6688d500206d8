import { isPlainObject, MAX_DEPTH } from '../json/value.ts';
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

/** Why a value is refused whose format returns a promise; some libraries turn an error that was thrown into one. */
export const RETURNED_PROMISE = 'cannot be checked: its format is asynchronous or threw an error';

/** Whether a format returned a promise. Nothing else waits for it, so that its rejection is handled here. */
export function isPromise(result: unknown): boolean {
  if (typeof result !== 'object' || result === null || typeof (result as PromiseLike<unknown>).then !== 'function')
    return false;
  Promise.resolve(result).catch(() => undefined);
  return true;
}

/** A copy of arrays and plain objects that a format's own function gets: it may change what it gets, which would be saved. */
export function copyForValidator(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((element) => copyForValidator(element, depth + 1));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyForValidator(member, depth + 1)]));
}

/** The validator of a Standard Schema; it returns the schema's output. */
export function standardValidator(schema: StandardSchema): Validator {
  return (value) => {
    const result = schema['~standard'].validate(copyForValidator(value));
    if (isPromise(result)) throw new Error(RETURNED_PROMISE);
    const { issues, value: output } = settled(result);
    if (issues) throw new Error(issues.map(describe).join('; '));
    return output;
  };
}

/** What a schema finds wrong with `value`, each problem with its path; `undefined` if it answers a promise. */
export function standardIssues(
  schema: StandardSchema,
  value: unknown,
): readonly { readonly message: string; readonly path: readonly string[] }[] | undefined {
  const result = schema['~standard'].validate(value);
  if (isPromise(result)) return undefined;
  const { issues = [] } = settled(result);
  return issues.map(({ message, path = [] }) => ({ message, path: path.map(partName) }));
}

/** The answer of a schema. Throws if it is not one, which the types of a library ought to prevent. */
function settled(result: unknown): { readonly value?: unknown; readonly issues?: readonly StandardIssue[] } {
  const { value, issues } = Object(result) as { readonly value?: unknown; readonly issues?: unknown };
  const hasIssues = issues !== undefined && issues !== null;
  if (Object(result) !== result || (hasIssues && !areIssues(issues)))
    throw new Error('is not checked by its Standard Schema, which answered neither a value nor a list of issues');
  return { value, ...(hasIssues && { issues }) };
}

function areIssues(issues: unknown): issues is readonly StandardIssue[] {
  return (
    Array.isArray(issues) &&
    issues.every((issue) => {
      const { message, path = [] } = Object(issue) as Partial<StandardIssue>;
      return typeof message === 'string' && Array.isArray(path) && path.every((part) => part !== null);
    })
  );
}

function partName(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part);
}

function describe({ message, path }: StandardIssue): string {
  if (!path || path.length === 0) return message;
  return `${path.map(partName).join('.')}: ${message}`;
}
