import { reasonOf } from '../errors.ts';
import type { Key } from '../key.ts';
import type { ExpressionScope } from '../layer.ts';
import { NoResult } from './reference.ts';
import { isPromise } from './standard.ts';

/** A default that a function computes from other settings. */
export class DerivedDefault<T = unknown> {
  /** The settings that it is computed from. */
  readonly keys: readonly Key[];
  /** Only for types: what the function returns. */
  declare readonly result?: T;
  /** Whether it was made of a list of keys and a function; a program without types may give anything. @internal */
  readonly isComplete: boolean;
  readonly #compute: (...values: never[]) => T;

  /** Of any copy of the library, as for groups by name. @internal */
  static [Symbol.hasInstance](value: unknown): boolean {
    const { evaluate, isComplete } = Object(value) as Partial<DerivedDefault>;
    return typeof evaluate === 'function' && typeof isComplete === 'boolean';
  }

  /** @internal */
  constructor(keys: readonly Key[], compute: (...values: never[]) => T) {
    const areKeys = Array.isArray(keys) && keys.every((key) => typeof key === 'string');
    this.isComplete = areKeys && typeof compute === 'function';
    this.keys = areKeys ? keys : [];
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
    let result: T;
    try {
      result = this.#compute(...(values as never[]));
    } catch (error) {
      const message = reasonOf(error);
      throw new NoResult('has a derived default whose function failed', `: ${message}`);
    }
    if (isPromise(result)) throw new NoResult('has a derived default whose function returned a promise');
    return result;
  }
}

/**
 * A default that is computed from the values of other settings, again whenever one of them changes. Annotate the
 * parameters of `compute` where it calls their methods: `derived(['name'], (name: string) => name.toUpperCase())`.
 */
export function derived<T>(keys: readonly Key[], compute: (...values: never[]) => T): DerivedDefault<T> {
  return new DerivedDefault(keys, compute);
}
