import type { Issue } from './errors.ts';
import { unicodeEscapes } from './escape.ts';
import { describeOrigin } from './layer.ts';
import { requireArgument, requireOptions, requireText } from './wrong-arguments.ts';

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
  requireArgument(Array.isArray(issues), 'describeIssues: needs a list of issues', issues);
  requireText('describeIssues: the title', title);
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

/** The text of an error that has these issues. */
export function errorText(issues: readonly Issue[], options: { readonly title?: string }): string {
  requireOptions('ConfigError', options);
  const text = describeIssues(issues, options.title);
  requireArgument(issues.length > 0, 'ConfigError: needs at least one issue', issues);
  return text;
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
  requireArgument(typeof Object(issue).message === 'string', 'an issue must have a text as its "message"', issue);
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
