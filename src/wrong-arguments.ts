/** What a call got, as its error shows it: never what is in an object, which may be a secret. */
function shownArgument(got: unknown): string {
  if (typeof got === 'string') return JSON.stringify(got.length > MOST_SHOWN ? `${got.slice(0, MOST_SHOWN)}…` : got);
  if (typeof got === 'function') return 'a function';
  if (typeof got !== 'object' || got === null) return String(got);
  if (Array.isArray(got)) return 'a list';
  return got instanceof Promise ? 'a promise, which has to be awaited' : 'an object';
}

/** How much of a text an error shows, in characters. */
const MOST_SHOWN = 80;

/** The error of a wrong argument, which a program without types may give. `what` begins with the name of the call. */
export function wrongArgument(what: string, got: unknown): TypeError {
  return new TypeError(`${what}, got ${shownArgument(got)}`);
}

/** Throws a `TypeError` unless an argument is right. */
export function requireArgument(isRight: boolean, what: string, got: unknown): asserts isRight {
  if (!isRight) throw wrongArgument(what, got);
}

/** Throws a `TypeError` unless an argument is a text. */
export function requireText(what: string, got: unknown): void {
  requireArgument(typeof got === 'string', `${what} must be a text`, got);
}

/** Throws a `TypeError` if the options of a call are no object, or their `signal` is not an `AbortSignal`. */
export function requireOptions(call: string, options: unknown): void {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  requireArgument(isObject, `${call}: the options must be an object`, options);
  const { signal } = options as { readonly signal?: Partial<AbortSignal> | null };
  const isSignal = signal === undefined || typeof signal?.addEventListener === 'function';
  requireArgument(isSignal, `${call}: "signal" must be an AbortSignal`, signal);
}

/** The error of what is not a configuration of this copy of the library. */
export function notAConfig(got: unknown): TypeError {
  const { explainAll, set } = Object(got) as { readonly explainAll?: unknown; readonly set?: unknown };
  const shown =
    typeof explainAll === 'function' && typeof set === 'function'
      ? 'that of another copy of varve: a function and a configuration must be of one copy'
      : shownArgument(got);
  return new TypeError(`a configuration must be what loadConfig returns, got ${shown}`);
}
