import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  RequestStateCodec,
  ServerContext,
} from '@modelcontextprotocol/server';
import { type Config, ConfigError, type FileChange } from '../index.ts';
import { byHand } from '../words/by-hand.ts';
import { overrideWarning } from '../words/override-warning.ts';
import { changeText, jsonMember, printable } from '../words/values.ts';
import { answer, answering, refused } from './answers.ts';
import { ask, type Confirmation, confirmation } from './confirm.ts';
import type { Preview, Wanted } from './draft.ts';
import { INPUT, MOST_CHANGES, OUTPUT } from './schemas.ts';
import type { Session } from './session.ts';
import { changeOf, cut, fitting } from './shown.ts';

/** More characters of JSON than this are no value of a setting that somebody talks about. */
const LARGEST_VALUE = 100_000;
/** More changes than this are not listed. */
const MOST_SHOWN = 200;
/** What brings back a larger value, as JSON, is no part of an answer. */
const LARGEST_UNDO = 20_000;

const DRAFT = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;
const SAVE = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false } as const;

type Codec = RequestStateCodec<{ readonly revision: string }>;

/** The tools that change the file layer; there are none where nothing may be changed. */
export function addWriteTools(server: McpServer, session: Session, codec: Codec): void {
  if (!session.canWrite) return;
  const { allowWrite } = session;
  const turn = <T>(work: () => Promise<T>): Promise<T | CallToolResult> =>
    session.inTurn(() => answering(session, work));
  server.registerTool(
    'set_config_value',
    {
      title: 'Draft changes',
      description: `Drafts changes of settings, all or none, and shows the difference; nothing is saved. May be changed: ${allowWrite.join(', ')}. Give "remove": true to take a setting out of the file.`,
      inputSchema: INPUT.changes,
      outputSchema: OUTPUT.draft,
      annotations: DRAFT,
    },
    ({ changes }) => turn(() => drafted(session, changes)),
  );
  server.registerTool(
    'reset_to_defaults',
    {
      title: 'Draft a reset',
      description: 'Drafts that settings go back to their defaults, and shows the difference; nothing is saved.',
      inputSchema: INPUT.reset,
      outputSchema: OUTPUT.draft,
      annotations: { ...DRAFT, destructiveHint: true },
    },
    ({ keys, all }) => turn(() => reset(session, keys, all === true)),
  );
  server.registerTool(
    'save_config',
    {
      title: 'Save the draft',
      description: `Saves the drafted changes; needs the revision of the difference that was shown last${session.confirm === 'user' ? ', and the user is asked' : ''}.`,
      inputSchema: INPUT.revision,
      outputSchema: OUTPUT.saved,
      annotations: SAVE,
    },
    ({ revision }, context) => turn(() => save({ server, session, codec, context }, revision)),
  );
}

/** What the tool was given for one setting. */
interface Asked extends Wanted {
  readonly remove?: boolean;
}

async function drafted(session: Session, changes: readonly Asked[]): Promise<CallToolResult> {
  const mistakes = changes.flatMap((change) => mistakeOf(session, change) ?? []);
  if (mistakes.length > 0) return refused(session, await session.load(), nothingChanged(mistakes));
  return difference(session, await session.draft.add(changes.map(({ key, value }) => ({ key, value }))));
}

function mistakeOf(session: Session, { key, value, remove = false }: Asked): string | undefined {
  const size = JSON.stringify(value)?.length ?? 0;
  if (size > LARGEST_VALUE) return `the value of ${cut(key)} has ${size} characters: more than ${LARGEST_VALUE}`;
  if (value !== undefined && remove) return `${cut(key)} is given a value, and is to be removed`;
  if (value === undefined && !remove) return `${cut(key)} is given no value: give one, or "remove": true`;
  return session.refusal(key);
}

async function reset(session: Session, keys: readonly string[] | undefined, all: boolean): Promise<CallToolResult> {
  const { config } = await session.draft.preview();
  if ((keys === undefined) !== all) {
    return refused(session, config, 'Give either "keys" or "all": true. Nothing was changed.');
  }
  const inFile = config
    .explainAll()
    .filter(({ candidates }) => candidates.some(({ layer }) => layer === 'file'))
    .map(({ key }) => key);
  const chosen = keys ?? inFile.filter((key) => session.refusal(key) === undefined);
  const mistakes = chosen.flatMap((key) => session.refusal(key) ?? []);
  if (mistakes.length > 0) return refused(session, config, nothingChanged(mistakes));
  return difference(session, await session.draft.add(chosen.map((key) => ({ key }))));
}

function nothingChanged(mistakes: readonly string[]): string {
  return String(cut(`${mistakes.join('\n')}\nNothing was changed.`));
}

/** What would be saved, and what of it would have no effect. */
function difference(session: Session, { config, changes, revision }: Preview): CallToolResult {
  if (changes.length === 0) {
    const text = 'The file says so already: there is nothing to be saved.';
    return answer(session, config, text, { changes, revision, masked: [] });
  }
  const text = [
    `Not saved yet, in ${config.location}:`,
    ...linesOf(changes),
    ...warningsOf({ config, changes }),
    `Show this to the user, then call save_config with revision ${revision}.`,
  ].join('\n');
  const shown = fitting(changes, MOST_SHOWN, changeOf);
  return answer(session, config, text, { changes: shown.map(changeOf), revision, masked: masksOf(config, shown) });
}

/** The changes, a line for each of those that there is room for. */
function linesOf(changes: readonly FileChange[]): readonly string[] {
  const shown = fitting(changes, MOST_SHOWN, changeOf);
  const more = changes.length - shown.length;
  return [...shown.map(lineOf), ...(more > 0 ? [`… and ${more} more`] : [])];
}

function lineOf(change: FileChange): string {
  return printable(`~ ${change.key}  ${changeText({ before: cut(change.before), after: cut(change.after) })}`);
}

function warningsOf({ config, changes }: Pick<Preview, 'config' | 'changes'>): readonly string[] {
  return masksOf(config, fitting(changes, MOST_SHOWN, changeOf)).map((mask) => `warning: ${mask}`);
}

function masksOf(config: Config, changes: readonly FileChange[]): readonly string[] {
  return changes.flatMap(({ key }) => {
    const mask = overrideWarning(config.explain(key));
    return mask === undefined ? [] : [printable(String(cut(`${key}: ${mask}`)))];
  });
}

interface Saving {
  readonly server: McpServer;
  readonly session: Session;
  readonly codec: Codec;
  readonly context: ServerContext;
}

async function save(saving: Saving, revision: string): Promise<CallToolResult | InputRequiredResult> {
  const { server, session, codec, context } = saving;
  const preview = await session.draft.preview();
  const { config, changes } = preview;
  if (changes.length === 0) {
    return refused(session, config, 'There is nothing to be saved: draft changes with set_config_value.');
  }
  if (revision !== preview.revision) return stale(session, preview, `revision ${cut(revision)} is stale`);
  const word = session.confirm === 'client' ? 'accepted' : confirmation(server, context, revision);
  if (word === 'unasked') return ask(codec, questionText(preview), revision);
  if (word !== 'accepted') return refused(session, config, unconfirmedText(session, changes, word));
  // Whoever took the call back is not to find it saved.
  if (context.mcpReq.signal.aborted) return refused(session, config, 'Nothing was saved: the call was cancelled.');
  return await saved(saving, preview);
}

async function saved({ server, session }: Saving, preview: Preview): Promise<CallToolResult> {
  const { config } = preview;
  const client = server.server.getClientVersion()?.name;
  try {
    const { written, warning } = await config.save({
      by: client === undefined ? 'assistant' : `assistant (${client})`,
    });
    session.draft.clear();
    const warnings = [...warningsOf(preview), ...(warning === undefined ? [] : [`warning: ${warning}`])];
    const { undo, text } = undoOf(written);
    const lines = [...linesOf(written).map((line) => `${line}   saved`), ...warnings, text];
    const shown = fitting(written, MOST_SHOWN, changeOf).map(changeOf);
    const data = { written: shown, undo, ...(warning !== undefined && { warning }) };
    return answer(session, config, lines.join('\n'), data);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'CONFLICT') throw error;
    return stale(session, await session.draft.preview(), 'another writer was faster');
  }
}

/** Nothing was saved, as something else would be than what was shown. */
function stale(session: Session, { config, changes, revision }: Preview, why: string): CallToolResult {
  const last = `Show it to the user, then call save_config with revision ${revision}.`;
  const lines = [`Nothing was saved: ${why}. The difference is now:`, ...linesOf(changes), last];
  return refused(session, config, lines.join('\n'));
}

/** The changes that bring back what was there, but of values that are too large to be given here. */
function undoOf(written: readonly FileChange[]): { readonly undo: readonly object[]; readonly text: string } {
  const changes = written.map(({ key, before }) =>
    before === undefined ? { key, remove: true } : { key, value: before },
  );
  const room = changes.filter((change) => JSON.stringify(change, jsonMember).length <= LARGEST_UNDO);
  const undo = fitting(room, MOST_SHOWN, (change) => change);
  const left = changes.filter((change) => !undo.includes(change)).map(({ key }) => key);
  const parts = undo.length > MOST_CHANGES ? `, ${MOST_CHANGES} at a time` : '';
  const but = left.length === 0 ? '' : ` It does not bring back ${cut(left.join(', '))}: too large.`;
  return { undo, text: `To undo it, draft what is in "undo" with set_config_value${parts}, and save.${but}` };
}

function questionText({ config, changes }: Preview): string {
  const warnings = warningsOf({ config, changes });
  return [`Save these changes in ${config.location}?`, ...linesOf(changes), ...warnings].join('\n');
}

function unconfirmedText(session: Session, changes: readonly FileChange[], word: Confirmation): string {
  const why = word === 'unable' ? 'this client cannot ask its user' : `the user ${word} it`;
  const lines = byHand(session.program, session.definition, changes.slice(0, MOST_SHOWN)).map((line) => `  ${line}`);
  return [`Nothing was saved: ${why}. The draft is kept. To save it by hand, the user can type:`, ...lines].join('\n');
}
