import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OlderTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';

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

export interface Started {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly reply?: Reply;
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

/** Starts a server and connects one of the clients to it. */
export async function assistant(kind: (typeof CLIENTS)[number], started: Started): Promise<Assistant> {
  const connected = kind === '1.x' ? await older(started) : await newer(started, kind === '2.x, newest protocol');
  onTestFinished(() => connected.close());
  return connected;
}

const WHO = { name: 'test', version: '1.0.0' };

function parametersOf({ command: [command = '', ...args], cwd, env }: Started) {
  return { command, args, cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, stderr: 'pipe' as const };
}

async function newer(started: Started, isNewest: boolean): Promise<Assistant> {
  const { reply } = started;
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
  const transport = new StdioClientTransport(parametersOf(started));
  let stderr = '';
  transport.stderr?.on('data', (chunk) => (stderr += chunk));
  await client.connect(transport);
  const { pid } = transport;
  return {
    asked,
    updated,
    kill: () => killed(pid),
    stderr: () => stderr,
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

async function older(started: Started): Promise<Assistant> {
  const { reply } = started;
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
  const transport = new OlderTransport(parametersOf(started));
  let stderr = '';
  transport.stderr?.on('data', (chunk) => (stderr += chunk));
  await client.connect(transport);
  const { pid } = transport;
  return {
    asked,
    updated,
    kill: () => killed(pid),
    stderr: () => stderr,
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

function killed(pid: number | null): void {
  if (pid === null || pid <= 1) throw new Error('the server has no process');
  process.kill(pid, 'SIGKILL');
}
