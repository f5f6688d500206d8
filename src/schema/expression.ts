import { isPlainObject, type JsonObject } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Expression, ExpressionScope } from '../layer.ts';
import { NoResult, parseReferences, type Reference, type ReferencePart, referenceNames } from './reference.ts';

/** A default that a function computes from other settings. */
export class DerivedDefault<T = unknown> {
  /** The settings that it is computed from. */
  readonly keys: readonly Key[];
  /** Only for types: what the function returns. */
  declare readonly result?: T;
  readonly #compute: (...values: never[]) => T;

  /** @internal */
  constructor(keys: readonly Key[], compute: (...values: never[]) => T) {
    this.keys = keys;
    this.#compute = compute;
  }

  /** @internal */
  get names(): readonly string[] {
    return this.keys;
  }

  /** `undefined` while one of the keys has no value. @internal */
  evaluate(scope: ExpressionScope): T | undefined {
    const values = this.keys.map((key) => scope.setting(key));
    if (values.includes(undefined)) return undefined;
    try {
      return this.#compute(...(values as never[]));
    } catch (error) {
      if (error instanceof NoResult) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new NoResult('has a derived default whose function failed', `: ${message}`);
    }
  }
}

/**
 * A default that is computed from the values of other settings, again whenever one of them changes. Annotate the
 * parameters of `compute` where it calls their methods: `derived(['name'], (name: string) => name.toUpperCase())`.
 */
export function derived<T>(keys: readonly Key[], compute: (...values: never[]) => T): DerivedDefault<T> {
  return new DerivedDefault(keys, compute);
}

/** The longest text, and the most elements and members, that references may expand to. */
const MOST_CHARACTERS = 65_536;
const MOST_VALUES = 10_000;

/** A value with references in its texts: `${data_dir}/logs`. */
export class ReferenceExpression implements Expression {
  readonly #written: unknown;

  constructor(written: unknown) {
    this.#written = written;
  }

  get names(): readonly string[] {
    return [...new Set(textsIn(this.#written).flatMap(referenceNames))];
  }

  evaluate(scope: ExpressionScope): unknown {
    const value = expanded(this.#written, scope);
    if (countValues(value, 0) > MOST_VALUES) throw new NoResult(`must not expand to more than ${MOST_VALUES} values`);
    return value;
  }
}

/** Whether a value has a text with a reference, or with an escaped one. */
export function hasReference(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${');
  if (Array.isArray(value)) return value.some(hasReference);
  return isPlainObject(value) && Object.values(value).some(hasReference);
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function expanded(value: unknown, scope: ExpressionScope): unknown {
  if (typeof value === 'string') return value.includes('${') ? expandedText(parseReferences(value), scope) : value;
  if (Array.isArray(value)) return value.map((element) => expanded(element, scope));
  return isPlainObject(value) ? mapped(value, scope) : value;
}

function mapped(value: JsonObject, scope: ExpressionScope): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, expanded(member, scope)]));
}

/** A text that is one reference has the type of its target; beside other text, the target becomes text. */
function expandedText(parts: readonly ReferencePart[], scope: ExpressionScope): unknown {
  const [first] = parts;
  if (parts.length === 1 && typeof first === 'object') return target(first, scope);
  let text = '';
  for (const part of parts) {
    text += typeof part === 'string' ? part : textOf(part, target(part, scope));
    if (text.length > MOST_CHARACTERS) throw new NoResult(`must not expand to more than ${MOST_CHARACTERS} characters`);
  }
  return text;
}

/** The value of a reference. A fallback counts where the target is absent, `null` or empty, as in a shell. */
function target({ kind, name, fallback }: Reference, scope: ExpressionScope): unknown {
  const value = kind === 'setting' ? scope.setting(name) : kind === 'env' ? scope.variable(name) : scope.file(name);
  const isAbsent = value === undefined || (fallback !== undefined && (value === null || value === ''));
  if (!isAbsent) return value;
  if (fallback) return expandedText(fallback, scope);
  if (kind === 'setting') throw new NoResult(scope.missing(name));
  throw new NoResult(
    kind === 'env'
      ? `refers to the variable ${name}, which is not set`
      : `refers to the file ${name}, which does not exist`,
  );
}

function textOf({ name }: Reference, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const what = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
  throw new NoResult(`refers to ${name} inside a text, but that is ${what}`);
}

function countValues(value: unknown, counted: number): number {
  let count = counted + 1;
  if (typeof value !== 'object' || value === null) return count;
  for (const member of Object.values(value)) {
    if (count > MOST_VALUES) return count;
    count = countValues(member, count);
  }
  return count;
}
