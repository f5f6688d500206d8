import { shownValue } from '../schema/refusal.ts';

/** Throws a `TypeError` if the options of a call are no object, or their `signal` is not an `AbortSignal`. */
export function requireOptions(call: string, options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`${call}: the options must be an object, got ${shownValue(options)}`);
  const { signal } = options as { readonly signal?: Partial<AbortSignal> | null };
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TypeError(`${call}: "signal" must be an AbortSignal, got ${shownValue(signal)}`);
}
