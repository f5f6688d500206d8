import { errorText } from './issue-texts.ts';
import type { Key } from './key.ts';
import type { Origin } from './layer.ts';

/** The kind of a problem, for a program to branch on. `docs/errors.md` explains each code with its remedy. */
export type ErrorCode =
  /** The definition contradicts itself. */
  | 'INVALID_DEFINITION'
  /** A value is refused by its setting, a required one is missing, or an unknown one is given where that is an error. */
  | 'INVALID_VALUE'
  /** A key that the definition does not have. */
  | 'UNKNOWN_KEY'
  /** A deprecated name or setting was used; only ever a warning. */
  | 'DEPRECATED'
  /** A setting with `reload: false` has another value at the next start; only ever a warning. */
  | 'NEEDS_RESTART'
  /** A run would be resumed with other settings than it began with. */
  | 'IDENTITY_CHANGED'
  /** Two writers changed the same setting. */
  | 'CONFLICT'
  /** The file layer cannot be written: there is none, the definition makes it read-only, or it is newer than the program. */
  | 'READ_ONLY'
  /** Another process holds the lock for longer than `lockTimeout`. */
  | 'LOCKED'
  /** The document of the file layer is not what it must be: syntax, encoding, version, a root that is not an object. */
  | 'CORRUPT'
  /** Not permitted. */
  | 'DENIED'
  /** The document is larger, or deeper, than its store takes. */
  | 'TOO_LARGE'
  /** The store can't be reached, or the system refused; surely nothing was written. */
  | 'UNAVAILABLE'
  /** The store may or may not have written. */
  | 'UNCLEAR'
  /** The store does not keep that revision any more; as a warning: the document was removed. */
  | 'GONE'
  /** The store's history went backwards, or another cluster answers. */
  | 'RESET'
  /** The store could not be reached when the program started: its local copy is in use, or is too old; or a resolver failed in a reload. */
  | 'STALE'
  /** Used after `close()`. */
  | 'CLOSED';

/** One problem: what, where it was written, and what to do. */
export interface Issue {
  /** The kind of problem. */
  readonly code: ErrorCode;
  /** The setting, where the problem has one. */
  readonly key?: Key;
  /** The settings of a rule that is broken. */
  readonly keys?: readonly Key[];
  /** What is wrong, without the key. */
  readonly message: string;
  /** Where the value was written. */
  readonly origin?: Origin;
  /** The origins of the `keys`. */
  readonly origins?: Readonly<Record<Key, Origin>>;
  /** What to do about it, as a sentence. */
  readonly suggestion?: string;
  /** The lines of the file around the value, with a marker under it. Absent where it could show a secret. */
  readonly frame?: string;
}

/**
 * The error that varve throws. It lists every problem.
 * @example
 * import { ConfigError, defineConfig, loadConfigSync } from 'varve';
 *
 * const definition = defineConfig({ name: 'shop', settings: { port: 8080 } });
 * try {
 *   loadConfigSync(definition, { env: {}, argv: ['--port', 'x'] });
 * } catch (error) {
 *   if (!(error instanceof ConfigError)) throw error;
 *   console.log(error.code, error.issues[0].key); // INVALID_VALUE port
 * }
 */
export class ConfigError extends Error {
  /** Always `ConfigError`. */
  override readonly name = 'ConfigError';
  /** The code of the first issue. */
  readonly code: ErrorCode;
  /** Every problem. Not enumerable: the message lists them all, so that Node.js does not print them twice. */
  declare readonly issues: readonly Issue[];

  /** Makes an error of issues; `title` heads a message of several. */
  constructor(
    issues: readonly [Issue, ...Issue[]],
    options: { readonly title?: string; readonly cause?: unknown } = {},
  ) {
    super(errorText(issues, options), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = issues[0].code;
    Object.defineProperty(this, 'issues', { value: issues });
  }

  /** For logs in JSON: the code, the message, and every problem. */
  toJSON(): {
    readonly name: string;
    readonly code: ErrorCode;
    readonly message: string;
    readonly issues: readonly Issue[];
  } {
    const { name, code, message, issues } = this;
    return { name, code, message, issues };
  }
}

/** Throws all `issues` as one error, if there are any. */
export function throwIssues(issues: readonly Issue[], title?: string): void {
  const [first, ...rest] = issues;
  if (first) throw new ConfigError([first, ...rest], title === undefined ? {} : { title });
}

/** What was thrown says: an error by its message, anything else by its text. */
export function reasonOf(thrown: unknown): string {
  const { message } = Object(thrown) as { readonly message?: unknown };
  if (typeof message === 'string') return message;
  try {
    return String(thrown);
  } catch {
    return 'it threw an object without a text';
  }
}

/** Takes all warnings that there are now. */
export type WarningReport = (warnings: readonly Issue[]) => void;
