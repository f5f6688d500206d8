import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { AssistantOptions } from '../../src/mcp/index.ts';
import type { Built } from '../cli/built.ts';
import type { Folder } from '../folder.ts';
import { serveHere } from './assistant.ts';

export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly result?: {
    readonly isError?: boolean;
    readonly content?: readonly { readonly text: string }[];
    readonly contents?: readonly { readonly text: string }[];
  };
  readonly error?: { readonly code: number; readonly message: string };
}

/** A client without a library: it writes and reads the lines of the protocol. */
export class Wire {
  readonly #to: Writable;
  readonly #messages = new Map<unknown, Message>();
  #rest = '';
  #id = 100;

  protected constructor(to: Writable, from: Readable) {
    this.#to = to;
    from.on('data', (chunk) => this.#read(String(chunk)));
    to.on('error', () => undefined);
  }

  /** A client of a server in this process. */
  static async here(at: Folder, options: AssistantOptions = {}): Promise<Wire> {
    const { requests, answers } = await serveHere({ cwd: at.path, ...options });
    return new Wire(requests, answers);
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message: Message = JSON.parse(line);
      this.#messages.set(message.id, message);
    }
  }

  /** Writes a text as it is. */
  write(text: string): void {
    this.#to.write(text);
  }

  /** Sends messages so that they come together. */
  send(...messages: readonly object[]): void {
    this.write(messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join(''));
  }

  end(): void {
    this.#to.end();
  }

  /** What to say where there is no answer. */
  protected get explanation(): string {
    return 'the server is silent';
  }

  /** A request of the server. */
  async next(method: string): Promise<Message> {
    for (let tries = 0; tries < 4_000; tries += 1) {
      const message = [...this.#messages.values()].find((one) => one.method === method);
      if (message) return message;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`no request ${method}: ${this.explanation}`);
  }

  has(id: unknown): boolean {
    return this.#messages.has(id);
  }

  async ask(method: string, params: unknown = {}, id: unknown = ++this.#id): Promise<Message> {
    this.send({ id, method, params });
    const end = performance.now() + 20_000;
    for (;;) {
      const message = this.#messages.get(id);
      if (message) return message;
      if (performance.now() > end || !this.#to.writable) throw new Error(`no answer: ${this.explanation}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  call(name: unknown, args?: unknown): Promise<Message> {
    return this.ask('tools/call', { name, arguments: args });
  }

  async initialize(): Promise<Message> {
    const clientInfo = { name: 'wire', version: '1.0.0' };
    const answer = await this.ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    this.send({ method: 'notifications/initialized' });
    return answer;
  }
}

/** A client of a server in a process of its own. */
export class ProcessWire extends Wire {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<readonly unknown[]>;
  stderr = '';

  constructor(built: Built, at: Folder, words: readonly string[] = []) {
    const child = spawn(process.execPath, [built.main, 'mcp', ...words], {
      cwd: at.path,
      env: { PATH: process.env['PATH'] },
    });
    super(child.stdin, child.stdout);
    this.#child = child;
    this.ended = once(child, 'exit');
    child.stderr.on('data', (chunk) => (this.stderr += chunk));
    onTestFinished(() => void child.kill('SIGKILL'));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  protected override get explanation(): string {
    return this.stderr;
  }
}
