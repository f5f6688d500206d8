import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Client, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OlderTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport as OlderKind } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { onTestFinished } from 'vitest';
import { type AssistantOptions, serveConfig } from '../../src/mcp/index.ts';

/** The user's answer; `fail` is a client that declares it can ask and throws, `undefined` one that cannot ask. */
export type Reply =
  | { readonly action: 'accept' | 'decline' | 'cancel'; readonly content?: { confirm: boolean } }
  | 'fail'
  | undefined;

export const ACCEPT: Reply = { action: 'accept', content: { confirm: true } };

/** The clients that the server has to do with: of the newest protocol, of the one before, and the library before that. */
export const CLIENTS = ['2.x, newest protocol', '2.x, older protocol', '1.x'] as const;

/** What a tool answered. */
export interface Answered {
  readonly isError: boolean;
  readonly text: string;
  readonly data: Record<string, unknown>;
}

/** A client with its server, as an assistant has them. */
export interface Assistant {
  /** Kills the server. */
  kill(): void;
  /** What the user was asked. */
  readonly asked: string[];
  /** The resources that were said to be others now. */
  readonly updated: string[];
  /** What the server wrote to standard error. */
  stderr(): string;
  tools(): Promise<readonly string[]>;
  call(name: string, args?: Record<string, unknown>): Promise<Answered>;
  read(uri: string): Promise<string>;
  subscribe(uri: string): Promise<void>;
  close(): Promise<void>;
}

/** The user of a client. */
export interface User {
  readonly reply?: Reply;
}

export interface Started extends User {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A connection to a server. */
interface Connection {
  readonly transport: Transport;
  stderr(): string;
  kill(): void;
}

interface ToolResult {
  readonly isError?: boolean | undefined;
  readonly content?: unknown;
  readonly structuredContent?: unknown;
}

function answered({ isError = false, content, structuredContent }: ToolResult): Answered {
  const texts = (content as { text?: string }[]).map(({ text = '' }) => text);
  return { isError, text: texts.join('\n'), data: (structuredContent ?? {}) as Record<string, unknown> };
}

/** Starts a server in a process of its own, and connects one of the clients to it. */
export async function assistant(kind: (typeof CLIENTS)[number], started: Started): Promise<Assistant> {
  const {
    command: [command = '', ...args],
    cwd,
    env,
  } = started;
  const parameters = { command, args, cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, stderr: 'pipe' as const };
  const transport = kind === '1.x' ? new OlderTransport(parameters) : new StdioClientTransport(parameters);
  let stderr = '';
  transport.stderr?.on('data', (chunk) => (stderr += chunk));
  const kill = (): void => {
    const { pid } = transport;
    if (pid === null || pid <= 1) throw new Error('the server has no process');
    process.kill(pid, 'SIGKILL');
  };
  return connected(kind, { transport: transport as Transport, stderr: () => stderr, kill }, started);
}

/** A server in this process, and the streams of its standard input and output. */
export interface ServerHere {
  readonly requests: PassThrough;
  readonly answers: PassThrough;
  readonly errors: readonly string[];
}

/** Serves the definition in a folder in this process, by the lines that two processes exchange. */
export async function serveHere(options: AssistantOptions & { readonly cwd: string }): Promise<ServerHere> {
  const url = pathToFileURL(join(options.cwd, 'varve.config.mjs')).href;
  const { default: definition } = await import(/* @vite-ignore */ url);
  const [requests, answers] = [new PassThrough(), new PassThrough()];
  const errors: string[] = [];
  const serving = await serveConfig(definition, {
    argv: [],
    env: {},
    ...options,
    transport: new StdioServerTransport(requests, answers),
    onerror: ({ message }) => errors.push(message),
  });
  onTestFinished(() => serving.close());
  return { requests, answers, errors };
}

/** Connects a client to a server in this process. */
export async function assistantHere(
  kind: (typeof CLIENTS)[number],
  options: AssistantOptions & { readonly cwd: string },
  user: User,
): Promise<Assistant> {
  const { requests, answers, errors } = await serveHere(options);
  const kill = (): void => {
    throw new Error('the server has no process of its own');
  };
  const transport = new LineTransport(answers, requests);
  return connected(kind, { transport, stderr: () => errors.join('\n'), kill }, user);
}

/** A client's end of two streams of lines. */
class LineTransport implements Transport {
  onmessage?: Transport['onmessage'];
  onclose?: () => void;
  readonly #from: PassThrough;
  readonly #to: PassThrough;
  #rest = '';

  constructor(from: PassThrough, to: PassThrough) {
    this.#from = from;
    this.#to = to;
  }

  async start(): Promise<void> {
    this.#from.on('data', (chunk) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.onmessage?.(JSON.parse(line));
    });
  }

  async send(message: object): Promise<void> {
    this.#to.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    this.#to.end();
    this.onclose?.();
  }
}

async function connected(kind: (typeof CLIENTS)[number], connection: Connection, user: User): Promise<Assistant> {
  const client =
    kind === '1.x' ? await older(connection, user) : await newer(connection, user, kind === '2.x, newest protocol');
  onTestFinished(() => client.close());
  return client;
}

const WHO = { name: 'test', version: '1.0.0' };

async function newer({ transport, ...own }: Connection, { reply }: User, isNewest: boolean): Promise<Assistant> {
  const [asked, updated]: [string[], string[]] = [[], []];
  const client = new Client(WHO, {
    capabilities: reply === undefined ? {} : { elicitation: { form: {} } },
    ...(isNewest && { versionNegotiation: { mode: 'auto' as const } }),
  });
  if (reply !== undefined) {
    client.setRequestHandler('elicitation/create', ({ params }) => {
      asked.push(params.message);
      if (reply === 'fail') throw new Error('the dialog could not be opened');
      return { ...reply };
    });
  }
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
  await client.connect(transport);
  return {
    ...own,
    asked,
    updated,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}) => answered(await client.callTool({ name, arguments: args })),
    read: async (uri) => textOf(await client.readResource({ uri })),
    subscribe: async (uri) => {
      if (isNewest) await client.listen({ resourceSubscriptions: [uri] });
      else await client.subscribeResource({ uri });
    },
    close: () => client.close(),
  };
}

async function older({ transport, ...own }: Connection, { reply }: User): Promise<Assistant> {
  const [asked, updated]: [string[], string[]] = [[], []];
  const client = new OlderClient(WHO, { capabilities: reply === undefined ? {} : { elicitation: {} } });
  if (reply !== undefined) {
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params.message);
      if (reply === 'fail') throw new Error('the dialog could not be opened');
      return { ...reply };
    });
  }
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void updated.push(params.uri));
  await client.connect(transport as OlderKind);
  return {
    ...own,
    asked,
    updated,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}) => answered((await client.callTool({ name, arguments: args })) as ToolResult),
    read: async (uri) => textOf(await client.readResource({ uri })),
    subscribe: async (uri) => void (await client.subscribeResource({ uri })),
    close: () => client.close(),
  };
}

function textOf({ contents: [first] }: { readonly contents: readonly object[] }): string {
  return first && 'text' in first ? String(first.text) : '';
}
