import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { type Config, ConfigError, compareSnapshots, type HistoryEntry, history } from '../index.ts';
import { describeSetting, incomparableSecrets, isSnapshot } from '../tools.ts';
import { parseBoundedJson } from '../words/bounded-json.ts';
import { shownChanges } from '../words/shown-changes.ts';
import { printable, valueText } from '../words/values.ts';
import { type Access, withSecurityHeaders } from './access.ts';
import { detailOf } from './detail.ts';
import { differenceOf, type FileEditor } from './editor.ts';
import { groupDetailOf } from './groups.ts';
import { type ConfigProvider, LiveState } from './live.ts';
import type { Comparison, EditRequest, Failure, State, Version } from './model.ts';

/** The parts that a handler is made of. */
export interface InspectorParts {
  readonly provider: ConfigProvider;
  readonly access: Access;
  /** Absent in a read-only inspector. */
  readonly editor?: FileEditor | undefined;
}

/** The largest body of a request, in bytes: a snapshot of 10,000 settings has about 3 MB. */
const LARGEST_BODY = 20 * 2 ** 20;

/** How many versions the page lists. */
const HISTORY_LENGTH = 100;

/** The handler of all requests of one inspector. */
export function createHandler(parts: InspectorParts): (request: Request) => Promise<Response> {
  const { provider, access, editor } = parts;
  const app = new Hono();
  const live = new LiveState(provider, editor !== undefined);

  app.get('/', (c) => c.html(asset('index.html')));
  app.get('/app.js', (c) => c.body(asset('app.js'), 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/app.css', (c) => c.body(asset('app.css'), 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/api/state', async (c) => c.json({ ...(await live.read()), ...editor?.lastSaved } satisfies State));
  app.get('/api/setting', async (c) => {
    const config = await provider.current();
    const key = c.req.query('key') ?? '';
    return c.json(detailOf(config, key, describeSetting(config, key), await editor?.read(key)));
  });
  app.get('/api/group', async (c) => c.json(groupDetailOf(await provider.current(), c.req.query('key') ?? '')));
  app.get('/api/events', (c) => c.body(live.events(), 200, { 'content-type': 'text/event-stream' }));
  app.post('/api/compare', async (c) => c.json(compare(await provider.current(), await bodyOf(c.req.raw))));
  app.get('/api/history', async (c) =>
    c.json((await history(await provider.current(), { limit: HISTORY_LENGTH })).map(versionOf)),
  );
  if (editor) addEditRoutes(app, editor, live);
  app.notFound((c) => c.json({ error: 'There is nothing at this address.' } satisfies Failure, 404));
  app.onError((error, c) => {
    if (error instanceof BadRequest) return c.json({ error: error.message } satisfies Failure, 400);
    if (!(error instanceof ConfigError)) {
      process.emitWarning(error);
      return c.json({ error: 'The inspector failed.' } satisfies Failure, 500);
    }
    const status = error.code === 'CONFLICT' ? 409 : error.code === 'UNKNOWN_KEY' ? 404 : 422;
    return c.json({ error: printableLines(error.message), code: error.code } satisfies Failure, status);
  });
  return async (request) => withSecurityHeaders(access.refuse(request) ?? (await app.fetch(relative(request))));
}

function addEditRoutes(app: Hono, editor: FileEditor, live: LiveState): void {
  app.post('/api/preview', async (c) => c.json(await editor.preview(editOf(await bodyOf(c.req.raw)))));
  app.post('/api/save', async (c) => {
    const written = await editor.save(revisionOf(await bodyOf(c.req.raw)));
    await live.refresh();
    return c.json(written);
  });
  app.post('/api/undo', async (c) => {
    const written = await editor.undo(revisionOf(await bodyOf(c.req.raw)));
    await live.refresh();
    return c.json(written);
  });
}

/** The request as the routes know it: only the end of the path counts, wherever the handler is mounted. */
function relative(request: Request): Request {
  const url = new URL(request.url);
  const route =
    /\/(app\.js|app\.css|api\/[a-z]+)$/.exec(url.pathname)?.[0] ?? (url.pathname.endsWith('/') ? '/' : '/-');
  return new Request(new URL(`${route}${url.search}`, url.origin), request);
}

const assets = new Map<string, string>();

/** A file of the page, as the build has written it. */
function asset(name: string): string {
  let content = assets.get(name);
  if (content === undefined) {
    content = readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
    assets.set(name, content);
  }
  return content;
}

class BadRequest extends Error {}

async function bodyOf(request: Request): Promise<unknown> {
  const reader = request.body?.getReader();
  const read = () =>
    reader?.read().catch(() => {
      throw new BadRequest('The request broke off.');
    });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await read(); part && !part.done; part = await read()) {
    size += part.value.length;
    if (size > LARGEST_BODY) throw new BadRequest(`The request has more than ${LARGEST_BODY} bytes.`);
    chunks.push(part.value);
  }
  try {
    return parseBoundedJson(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new BadRequest('The request must be JSON of at most 1,000 levels.');
  }
}

/** The revision of the diff that a save, or the undoing of one, is about. */
function revisionOf(body: unknown): string {
  const { revision } = Object(body) as { readonly revision?: unknown };
  if (typeof revision === 'string') return revision;
  throw new BadRequest('A save, and an undo, has the "revision" of the diff that was shown.');
}

function editOf(body: unknown): EditRequest {
  const { key, text, member, action, group, name, texts } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof member === 'string' && (action === 'remove' || action === 'unset')) return { member, action };
  if (typeof group === 'string' && isOptionalText(name) && isTexts(texts))
    return { group, texts, ...(name !== undefined && { name }) };
  if (typeof key === 'string' && isOptionalText(text)) return { key, ...(text !== undefined && { text }) };
  throw new BadRequest(
    'An edit has a "key" and, unless it removes the key, a "text"; or a "group" with "texts"; or a "member" with an "action".',
  );
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
}

function compare(config: Config, body: unknown): Comparison {
  if (!isSnapshot(body))
    throw new BadRequest('The file must be the JSON of a snapshot, as varve run --snapshot writes it.');
  const now = config.snapshot().toJSON();
  const differences = compareSnapshots(body, now).map(({ key, before, after, from, to }) => ({
    key,
    before: before === undefined ? 'not set' : valueText(before),
    after: after === undefined ? 'not set' : valueText(after),
    ...(from && { from: printable(from.location) }),
    ...(to && { to: printable(to.location) }),
  }));
  return {
    name: body.name,
    isSameFingerprint: body.fingerprint === now.fingerprint,
    differences,
    notCompared: incomparableSecrets(body, now),
  };
}

function versionOf({ revision, by, at, note, changes }: HistoryEntry): Version {
  return {
    revision,
    ...(by !== undefined && { by: printable(by) }),
    ...(at !== undefined && { at }),
    ...(note !== undefined && { note: printable(note) }),
    ...(changes && { changes: shownChanges(changes).map(differenceOf) }),
  };
}

function printableLines(message: string): string {
  return message.split('\n').map(printable).join('\n');
}
