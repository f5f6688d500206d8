import type { Judge } from './format.ts';

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

/** What a schema that answers later is refused with: reading a configuration can't wait for it. */
export class AsyncSchemaError extends Error {
  constructor() {
    super('uses an asynchronous schema, which cannot be checked at once');
  }
}

/** Accepts what `schema` accepts, and gives its output. */
export function standardJudge(schema: StandardSchema): Judge {
  return (value) => {
    const result = schema['~standard'].validate(value);
    if (result instanceof Promise) {
      result.catch(() => undefined);
      throw new AsyncSchemaError();
    }
    if (result.issues) throw new Error(result.issues.map(describe).join('; '));
    return result.value;
  };
}

function describe({ message, path }: StandardIssue): string {
  if (!path || path.length === 0) return message;
  return `${path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')}: ${message}`;
}
