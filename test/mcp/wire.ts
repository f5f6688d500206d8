import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { Built } from '../cli/built.ts';
import type { Folder } from '../folder.ts';

export interface Message {
  readonly id?: unknown;
  readonly result?: { readonly isError?: boolean; readonly content?: readonly { readonly text: string }[] };
  readonly error?: { readonly code: number; readonly message: string };
}

/** A client without a library: it writes and reads the lines of the protocol. */
export class Wire {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #messages = new Map<unknown, Message>();
  readonly ended: Promise<readonly unknown[]>;
  stderr = '';
  #rest = '';
  #id = 100;

  constructor(built: Built, at: Folder, words: readonly string[] = []) {
    this.#child = spawn(process.execPath, [built.main, 'mcp', ...words], {
      cwd: at.path,
      env: { PATH: process.env['PATH'] },
    });
    this.ended = once(this.#child, 'exit');
    this.#child.stdout.on('data', (chunk) => this.#read(String(chunk)));
    this.#child.stderr.on('data', (chunk) => (this.stderr += chunk));
    this.#child.stdin.on('error', () => undefined);
    onTestFinished(() => void this.#child.kill('SIGKILL'));
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
    this.#child.stdin.write(text);
  }

  /** Sends messages so that they come together. */
  send(...messages: readonly object[]): void {
    this.write(messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join(''));
  }

  end(): void {
    this.#child.stdin.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
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
      if (performance.now() > end || this.#child.exitCode !== null) throw new Error(`no answer: ${this.stderr}`);
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
