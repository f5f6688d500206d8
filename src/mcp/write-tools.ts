import type { CallToolResult, InputRequiredResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import { type Config, ConfigError, type FileChange } from '../index.ts';
import { parseBoundedJson } from '../words/bounded-json.ts';
import { byHand } from '../words/by-hand.ts';
import { overrideWarnings } from '../words/override-warning.ts';
import { jsonMember, printable } from '../words/values.ts';
import { answer, answering, refused } from './answers.ts';
import { clientName } from './client.ts';
import { computedTextProblem } from './computed-texts.ts';
import { type Answer, confirm, type QuestionCodec } from './confirm.ts';
import { linesOf, tooLargeToShow } from './diff-lines.ts';
import type { Preview } from './draft.ts';
import { CHANGE_LIST, type ChangeInput, INPUT, OUTPUT } from './schemas.ts';
import type { Session } from './session.ts';
import { cut, nestedValue } from './shown.ts';

/** The largest value that a change may have, in characters of JSON. */
const LARGEST_VALUE = 100_000;
/** How deep a value may be nested, as in `set`. */
const DEEPEST_VALUE = 256;
/** The longest list of changes as JSON text, in characters. */
const LONGEST_LIST = 1_000_000;

const DRAFT = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;
const SAVE = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false } as const;

type ToolAnswer = CallToolResult | InputRequiredResult;

/** Adds the tools that change the file layer; none when nothing may be changed. */
export function addWriteTools(server: McpServer, session: Session, codec: QuestionCodec): void {
  if (!session.canWrite) return;
  const { allowWrite } = session;
  const turn = <T>(work: () => Promise<T>): Promise<T | CallToolResult> =>
    session.inTurn(() => answering(session, work));
  server.registerTool(
    'set_config_value',
    {
      title: 'Draft changes',
      description: `Drafts changes of settings, all or none, and shows the diff; nothing is saved. May be changed: ${allowWrite.join(', ')}. "remove": true removes a setting from the file.`,
      inputSchema: INPUT.changes,
      outputSchema: OUTPUT.draft,
      annotations: DRAFT,
    },
    ({ changes }) => turn(() => draftChanges(session, changes)),
  );
  server.registerTool(
    'reset_to_defaults',
    {
      title: 'Draft a reset',
      description: 'Drafts a reset of settings to their defaults and shows the diff; nothing is saved.',
      inputSchema: INPUT.reset,
      outputSchema: OUTPUT.draft,
      annotations: { ...DRAFT, destructiveHint: true },
    },
    ({ keys, all }) => turn(() => draftReset(session, keys, all === true)),
  );
  server.registerTool(
    'save_config',
    {
      title: 'Save the draft',
      description: `Saves the drafted changes; needs the revision of the last diff${session.confirm === 'user' ? ' and asks the user' : ''}.`,
      inputSchema: INPUT.revision,
      outputSchema: OUTPUT.saved,
      annotations: SAVE,
    },
    ({ revision }, context) => answering(session, () => save({ server, session, codec, context }, revision)),
  );
}

async function draftChanges(session: Session, given: readonly ChangeInput[] | string): Promise<CallToolResult> {
  const changes = typeof given === 'string' ? await parseChanges(given) : given;
  if (!Array.isArray(changes))
    return refused(session, await session.load(), `${String(changes)}. Nothing was changed.`);
  const mistakes = changes.flatMap((change: ChangeInput) => mistakeOf(session, change) ?? []);
  if (mistakes.length > 0) return refused(session, await session.load(), nothingChanged(mistakes));
  const requested = changes.map(({ key, value }: ChangeInput) => ({ key, value }));
  return diffAnswer(session, await session.draft.add(requested));
}

/** The changes of a JSON text, or why they are none. */
async function parseChanges(text: string): Promise<readonly ChangeInput[] | string> {
  const notJson = '"changes" must be a list of changes, or that list as JSON text';
  if (text.length > LONGEST_LIST) return `"changes" has more than ${LONGEST_LIST} characters`;
  let parsed: unknown;
  try {
    parsed = parseBoundedJson(text);
  } catch {
    return notJson;
  }
  const result = await CHANGE_LIST['~standard'].validate(parsed);
  return result.issues ? `${notJson}: ${cut(result.issues.map(({ message }) => message).join('; '))}` : result.value;
}

function mistakeOf(session: Session, { key, value, remove = false }: ChangeInput): string | undefined {
  if (isDeeper(value, DEEPEST_VALUE)) return `the value of ${cut(key)} is nested deeper than ${DEEPEST_VALUE} levels`;
  const size = JSON.stringify(value)?.length ?? 0;
  if (size > LARGEST_VALUE) return `the value of ${cut(key)} has ${size} characters, more than ${LARGEST_VALUE}`;
  if (value !== undefined && remove) return `${cut(key)} has both a value and "remove": true`;
  if (value === undefined && !remove) return `${cut(key)} has no value: give one, or "remove": true`;
  return (
    session.refusal(key, remove) ?? computedTextProblem(session.definition, { key: cut(key) as string, after: value })
  );
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

async function draftReset(
  session: Session,
  keys: readonly string[] | undefined,
  all: boolean,
): Promise<CallToolResult> {
  const { config } = await session.draft.preview();
  if ((keys === undefined) !== all) {
    return refused(session, config, 'Give either "keys" or "all": true. Nothing was changed.');
  }
  // What is not in the file stays as it is.
  const every = config.explainAll().map(({ key }) => key);
  const chosen = keys ?? every.filter((key) => session.refusal(key, true) === undefined);
  const mistakes = chosen.flatMap((key) => session.refusal(key, true) ?? []);
  if (mistakes.length > 0) return refused(session, config, nothingChanged(mistakes));
  return diffAnswer(session, await session.draft.add(chosen.map((key) => ({ key }))));
}

function nothingChanged(mistakes: readonly string[]): string {
  return String(cut(`${mistakes.join('\n')}\nNothing was changed.`));
}

/** The draft as a diff, with the changes that a higher layer overrides and the commands that make them by hand. */
function diffAnswer(session: Session, preview: Preview): CallToolResult {
  const { config, changes, revision } = preview;
  const overridden = overriddenBy(config, changes);
  const text = [
    `Not saved yet, in ${config.location}:`,
    ...linesOf(changes),
    ...warningsOf(preview),
    `Show this to the user, then call save_config with revision ${revision}.`,
  ].join('\n');
  const same = 'The file has these values already: there is nothing to save.';
  const data = { changes: changes.map(changeOf), revision, overridden };
  return answer(session, config, changes.length === 0 ? same : text, data);
}

function changeOf({ key, before, after, redacted }: FileChange): object {
  return { key, before: nestedValue(before), after: nestedValue(after), redacted };
}

/** For each change without effect, the layer that overrides it and what to do. */
function overriddenBy(config: Config, changes: readonly FileChange[]): readonly string[] {
  return overrideWarnings(config, changes, { isNamed: true }).map((warning) => printable(String(cut(warning))));
}

/** What a user should know before a save. */
function warningsOf({ config, changes, notes }: Preview): readonly string[] {
  return [...notes, ...overriddenBy(config, changes)].map((line) => `warning: ${line}`);
}

interface SaveCall {
  readonly server: McpServer;
  readonly session: Session;
  readonly codec: QuestionCodec;
  readonly context: ServerContext;
}

/** Asks about the diff, then saves exactly that diff. Other calls go on while the user thinks. */
async function save(call: SaveCall, revision: string): Promise<ToolAnswer> {
  const { session, context } = call;
  const preview = await session.inTurn(() => session.draft.preview());
  const refusal = refusalOf(session, preview, revision);
  if (refusal) return refusal;
  const answer =
    session.confirm === 'client'
      ? 'accepted'
      : await confirm({ ...call, unreadable: session.unreadable }, questionOf(preview));
  if (typeof answer !== 'string') return answer;
  if (answer !== 'accepted') return refused(session, preview.config, unconfirmedText(session, preview, answer));
  return session.inTurn(() =>
    answering(session, async () => {
      const current = await session.draft.preview();
      // Do not save a cancelled call.
      if (context.mcpReq.signal.aborted)
        return refused(session, current.config, 'Nothing was saved: the call was cancelled.');
      return refusalOf(session, current, revision) ?? (await saveDraft(call, current));
    }),
  );
}

/** Why this revision of the draft cannot be saved; `undefined` when it can. */
function refusalOf(session: Session, preview: Preview, revision: string): CallToolResult | undefined {
  const { config, changes } = preview;
  if (changes.length === 0)
    return refused(session, config, 'There is nothing to save: draft changes with set_config_value.');
  if (revision !== preview.revision) return stale(session, preview, `revision ${cut(revision)} is stale`);
  // The file may have grown since the changes were drafted.
  const tooLarge = tooLargeToShow(preview);
  return tooLarge && refused(session, config, `Nothing was saved: ${tooLarge.message}. ${tooLarge.suggestion}`);
}

async function saveDraft(call: SaveCall, { config, changes }: Preview): Promise<CallToolResult> {
  const { server, session, context } = call;
  const client = clientName(server, context);
  try {
    const { written, warning } = await config.save({
      by: client === undefined ? 'assistant' : `assistant (${client})`,
    });
    session.draft.clear();
    const warnings = [...overriddenBy(config, changes), ...(warning === undefined ? [] : [warning])];
    const lines = [
      ...linesOf(written).map((line) => `${line}   saved`),
      ...warnings.map((line) => `warning: ${line}`),
      'To undo it, draft the list in "undo" with set_config_value, and save.',
    ];
    const data = { written: written.map(changeOf), undo: undoOf(written), warning };
    return answer(session, config, lines.join('\n'), data);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'CONFLICT') throw error;
    return stale(session, await session.draft.preview(), 'another writer was faster');
  }
}

/** Nothing was saved: the save would have written something else than the diff that was shown. */
function stale(session: Session, { config, changes, revision }: Preview, why: string): CallToolResult {
  const last = `Show it to the user, then call save_config with revision ${revision}.`;
  const lines = [`Nothing was saved: ${why}. The diff is now:`, ...linesOf(changes), last];
  return refused(session, config, lines.join('\n'));
}

/**
 * The changes that bring the old values back: all of them, since a diff that can be saved is short. A value that the output
 * schema does not allow is given as JSON text, which `set_config_value` takes too.
 */
function undoOf(written: readonly FileChange[]): readonly object[] {
  return written.map(({ key, before }) => {
    if (before === undefined) return { key, remove: true };
    return { key, value: nestedValue(before) === before ? before : JSON.stringify(before, jsonMember) };
  });
}

function questionOf(preview: Preview) {
  const { config, changes, revision } = preview;
  const message = [`Save these changes in ${config.location}?`, ...linesOf(changes), ...warningsOf(preview)].join('\n');
  return { message, revision };
}

const UNCONFIRMED: Readonly<Record<Exclude<Answer, 'accepted'>, string>> = {
  unticked: 'the user accepted without ticking "Save these changes"',
  declined: 'the user declined it',
  cancelled: 'the user cancelled it',
  unable: 'this client cannot ask its user',
  failed: 'this client failed to ask its user',
};

function unconfirmedText(session: Session, { changes }: Preview, answer: Exclude<Answer, 'accepted'>): string {
  const lines = byHand(session.program, session.definition, changes).map((line) => `  ${line}`);
  const head = `Nothing was saved: ${UNCONFIRMED[answer]}. The draft is kept. To save it by hand, the user can type:`;
  return [head, ...lines].join('\n');
}
