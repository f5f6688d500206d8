import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A standard request handler, as hono mounts it; {@link nodeListener} makes one for Express, Fastify and `node:http`. */
export type RequestHandler = (request: Request) => Promise<Response>;

/** A listener of `node:http` that calls a standard request handler. */
export function nodeListener(handler: RequestHandler): (message: IncomingMessage, response: ServerResponse) => void {
  return (message, response) => {
    const ended = new AbortController();
    response.on('close', () => ended.abort());
    const request = requestOf(message, ended.signal);
    if (!request) {
      response.writeHead(405, { 'content-type': 'text/plain' }).end('This method is not served.');
      return;
    }
    handler(request)
      .then((answer) => send(answer, response))
      .catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
        response.end('The inspector failed.');
        process.emitWarning(error instanceof Error ? error : String(error), 'ConfigWarning');
      });
  };
}

/** `undefined` for what no standard request can be, such as `TRACE`, which every client may send. */
function requestOf(message: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = 'GET', headers, url = '/' } = message;
  const pairs = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one) => [name, one]),
  );
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody && { body: Readable.toWeb(message) as ReadableStream, duplex: 'half' };
  try {
    // The path is joined as text: `//host/x` would be read as another host.
    return new Request(`http://localhost${url.startsWith('/') ? url : '/'}`, {
      method,
      headers: pairs,
      signal,
      ...body,
    } as RequestInit);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (!answer.body) return void response.end();
  await pipeline(Readable.fromWeb(answer.body as never), response).catch(() => response.destroy());
}
