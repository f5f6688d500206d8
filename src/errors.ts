import { unicodeEscapes } from './escape.ts';
import type { Key } from './key.ts';
import { describeOrigin, type Origin } from './layer.ts';

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
    super(describeIssues(issues, options.title), options.cause === undefined ? undefined : { cause: options.cause });
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

/** How many issues the text of an error lists; all of them are in `issues`. */
const MOST_LISTED = 100;

/** How wide a column of an error gets at most, in characters. */
const WIDEST = 60;

/**
 * All issues with their locations and remedies: one line for a single issue, otherwise a heading and a line with
 * aligned columns for each.
 * @example
 * import { defineConfig, describeIssues, loadConfigSync } from 'varve';
 *
 * const definition = defineConfig({ name: 'shop', envPrefix: 'SHOP', settings: { port: 8080 } });
 * const config = loadConfigSync(definition, { env: { SHOP_PORT: '80a' }, argv: [], invalid: 'report' });
 * console.log(describeIssues(config.issues)); // port: must be a number, got "80a" (env SHOP_PORT).
 */
export function describeIssues(issues: readonly Issue[], title = 'the configuration'): string {
  const [first] = issues;
  if (first && issues.length === 1) return describeIssue(first);
  const listed = issues.slice(0, MOST_LISTED).map(printable);
  const keyWidth = width(listed.flatMap(({ key = '' }) => key));
  const messageWidth = width(listed.map(({ key, message }) => (key === undefined ? message.slice(keyWidth) : message)));
  const lines = listed.map((issue) => {
    const { key, message, suggestion } = issue;
    const what =
      key === undefined
        ? message.padEnd(keyWidth + 2 + messageWidth)
        : `${key.padEnd(keyWidth)}  ${message.padEnd(messageWidth)}`;
    const place = [describePlaces(issue), suggestion].filter((part) => part !== undefined).join('  ');
    return `  ${what}  ${place}`.trimEnd() + indentedFrame(issue);
  });
  const rest = issues.length > listed.length ? [`  … and ${issues.length - listed.length} more`] : [];
  return [`${issues.length} problems in ${title}:`, ...lines, ...rest].join('\n');
}

function width(texts: readonly string[]): number {
  return Math.min(WIDEST, Math.max(0, ...texts.map((text) => text.length)));
}

/** One issue as one line, its code frame below it. */
export function describeIssue(given: Issue): string {
  const issue = printable(given);
  const places = describePlaces(issue);
  const place = places === undefined ? '' : ` (${places})`;
  const remedy = issue.suggestion ? ` ${issue.suggestion}` : '';
  const end = /[.?!]$/.test(issue.message) ? '' : '.';
  const subject = issue.key === undefined ? '' : `${issue.key}: `;
  return `${subject}${issue.message}${place}${end}${remedy}${indentedFrame(issue)}`;
}

/** Where an issue was written; of a broken rule, each setting with its location. */
function describePlaces({ origin, origins = {} }: Issue): string | undefined {
  const all = Object.entries(origins).map(([key, one]) => `${key} ${describeOrigin(one)}`);
  const places = all.length > 0 ? all.join(', ') : origin && describeOrigin(origin);
  return places && plain(places);
}

/** Characters that move the cursor of a terminal, begin a line of a log, or are invisible; a class of Unicode would slow the start. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** An issue that a terminal can print: names and values in it come from files, variables and flags. */
function printable(issue: Issue): Issue {
  const { key, message, suggestion } = issue;
  return {
    ...issue,
    message: plain(message),
    ...(key !== undefined && { key: plain(key) }),
    ...(suggestion !== undefined && { suggestion: plain(suggestion) }),
  };
}

/** How much of a text a message shows, in characters: a file may have a name or a value of any length. */
const MOST_SHOWN = 10_000;

/** A text in which such characters are escapes, cut where it is long. */
export function plain(text: string): string {
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
  return shown.replace(UNSEEN, unicodeEscapes);
}

function indentedFrame({ frame }: Issue): string {
  return frame === undefined ? '' : `\n${frame.replace(/^/gm, '    ')}`;
}

/** Takes all warnings that there are now. */
export type WarningReport = (warnings: readonly Issue[]) => void;
