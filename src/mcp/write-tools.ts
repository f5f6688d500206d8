import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  RequestStateCodec,
  ServerContext,
} from '@modelcontextprotocol/server';
import type { FileChange } from '../index.ts';
import { byHand } from '../words/by-hand.ts';
import { masked } from '../words/mask.ts';
import { changeText, printable } from '../words/values.ts';
import { answer, answering, refused } from './answers.ts';
import { ask, type Confirmation, confirmation } from './confirm.ts';
import type { Preview, Wanted } from './draft.ts';
import { INPUT, OUTPUT } from './schemas.ts';
import type { Session } from './session.ts';
import { changeOf, cut } from './shown.ts';

/** More characters of JSON than this are no value of a setting that somebody talks about. */
const LARGEST_VALUE = 100_000;

const DRAFT = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;
const SAVE = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false } as const;

type Codec = RequestStateCodec<{ readonly revision: string }>;

/** The tools that change the file layer; there are none where nothing may be changed. */
export function addWriteTools(server: McpServer, session: Session, codec: Codec): void {
  if (!session.canWrite) return;
  const { allowWrite } = session;
  server.registerTool(
    'set_config_value',
    {
      title: 'Draft changes',
      description: `Drafts changes of settings, all or none, and shows the difference; nothing is saved. May be changed: ${allowWrite.join(', ')}. Give "remove": true to take a setting out of the file.`,
      inputSchema: INPUT.changes,
      outputSchema: OUTPUT.draft,
      annotations: DRAFT,
    },
    ({ changes }) => answering(session, () => drafted(session, changes.map(wanted))),
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
    ({ keys, all }) => answering(session, () => reset(session, keys, all === true)),
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
    ({ revision }, context) => answering(session, () => save({ server, session, codec, context }, revision)),
  );
}

/** What the tool was given, as a change: `remove` says that there is no value. */
function wanted({
  key,
  value,
  remove,
}: {
  key: string;
  value?: unknown;
  remove?: boolean;
}): Wanted & { clear: boolean } {
  return { key, clear: remove === true || value === undefined, ...(remove !== true && { value }) };
}

async function drafted(session: Session, changes: readonly (Wanted & { clear: boolean })[]): Promise<CallToolResult> {
  const mistakes = changes.flatMap(({ key, value, clear }) => mistakeOf(session, key, value, clear) ?? []);
  if (mistakes.length > 0) return refused(await session.load(), `${mistakes.join('\n')}\nNothing was changed.`);
  return difference(await session.draft.add(changes));
}

function mistakeOf(session: Session, key: string, value: unknown, clear: boolean): string | undefined {
  const size = JSON.stringify(value)?.length ?? 0;
  if (size > LARGEST_VALUE) return `the value of ${cut(key)} has ${size} characters: more than ${LARGEST_VALUE}`;
  if (value !== undefined && clear) return `${cut(key)} is given a value, and is to be removed`;
  return session.refusal(key);
}

async function reset(session: Session, keys: readonly string[] | undefined, all: boolean): Promise<CallToolResult> {
  const { config } = await session.draft.preview();
  if ((keys === undefined) !== all) return refused(config, 'Give either "keys" or "all": true. Nothing was changed.');
  const inFile = config
    .explainAll()
    .filter(({ candidates }) => candidates.some(({ layer }) => layer === 'file'))
    .map(({ key }) => key);
  const chosen = keys ?? inFile.filter((key) => session.refusal(key) === undefined);
  const mistakes = chosen.flatMap((key) => session.refusal(key) ?? []);
  if (mistakes.length > 0) return refused(config, `${mistakes.join('\n')}\nNothing was changed.`);
  return difference(await session.draft.add(chosen.map((key) => ({ key }))));
}

/** What would be saved, and what of it would have no effect. */
function difference({ config, changes, revision }: Preview): CallToolResult {
  if (changes.length === 0) {
    return answer(config, 'The file says so already: there is nothing to be saved.', { changes, revision, masked: [] });
  }
  const masks = masksOf({ config, changes });
  const text = [
    `Not saved yet, in ${config.location}:`,
    ...changes.map(lineOf),
    ...masks.map((mask) => `warning: ${mask}`),
    `Show this to the user, then call save_config with revision ${revision}.`,
  ].join('\n');
  return answer(config, text, { changes: changes.map(changeOf), revision, masked: masks });
}

function lineOf(change: FileChange): string {
  return printable(`~ ${change.key}  ${changeText({ before: cut(change.before), after: cut(change.after) })}`);
}

function masksOf({ config, changes }: Pick<Preview, 'config' | 'changes'>): readonly string[] {
  return changes.flatMap(({ key }) => {
    const mask = masked(config.explain(key));
    return mask === undefined ? [] : [printable(`${key}: ${mask}`)];
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
  if (changes.length === 0)
    return refused(config, 'There is nothing to be saved: draft changes with set_config_value.');
  if (revision !== preview.revision) {
    const now = [
      ...changes.map(lineOf),
      `Show it to the user, then call save_config with revision ${preview.revision}.`,
    ];
    return refused(
      config,
      `Nothing was saved: revision ${cut(revision)} is stale. The difference is now:\n${now.join('\n')}`,
    );
  }
  const word = session.confirm === 'client' ? 'accepted' : confirmation(server, context, revision);
  if (word === 'unasked') return ask(codec, questionText(preview), revision);
  if (word !== 'accepted') return refused(config, unconfirmedText(session, changes, word));
  const { written, warning } = await config.save();
  session.draft.clear();
  const undo = written.map(({ key, before }) =>
    before === undefined ? { key, remove: true } : { key, value: before },
  );
  const lines = written.map((change) => `${lineOf(change)}   saved`);
  const masks = masksOf(preview).map((mask) => `warning: ${mask}`);
  const last = ['To undo it, draft what is in "undo" with set_config_value, and save.'];
  const text = [...lines, ...masks, ...(warning === undefined ? [] : [`warning: ${warning}`]), ...last].join('\n');
  return answer(config, text, { written: written.map(changeOf), undo, ...(warning !== undefined && { warning }) });
}

function questionText({ config, changes }: Preview): string {
  const masks = masksOf({ config, changes }).map((mask) => `warning: ${mask}`);
  return [`Save these changes in ${config.location}?`, ...changes.map(lineOf), ...masks].join('\n');
}

function unconfirmedText(session: Session, changes: readonly FileChange[], word: Confirmation): string {
  const why = word === 'unable' ? 'this client cannot ask its user' : `the user ${word} it`;
  const lines = byHand(session.program, session.definition, changes).map((line) => `  ${cut(line)}`);
  return [`Nothing was saved: ${why}. The draft is kept. To save it by hand, the user can type:`, ...lines].join('\n');
}
