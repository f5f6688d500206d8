import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Folder } from '../folder.ts';
import { TSC } from './compiler.ts';

/** What an editor asks the compiler. */
export interface LanguageServer {
  /** What the editor offers at the mark `¦` of `line`, put at the end of the program. */
  completions(line: string): Promise<readonly string[]>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
}

/** Starts the compiler's language server on the `main.ts` of `program`; it ends with the test. */
export async function languageServer(program: Folder): Promise<LanguageServer> {
  const server = spawn(process.execPath, [TSC, '--lsp', '-stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void server.kill());
  const answers = new Map<number, (result: unknown) => void>();
  const send = (message: Message & { readonly params?: unknown }): void => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  const ask = (method: string, params: unknown): Promise<unknown> =>
    new Promise((resolve) => {
      answers.set(answers.size, resolve);
      send({ id: answers.size - 1, method, params });
    });
  receive(server.stdout, ({ id, method, result }) => {
    if (id === undefined) return;
    if (method === undefined) answers.get(id)?.(result);
    else send({ id, result: null });
  });

  await ask('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
  send({ method: 'initialized', params: {} });
  const uri = pathToFileURL(join(program.path, 'main.ts')).href;
  const text = program.read('main.ts');
  send({
    method: 'textDocument/didOpen',
    params: { textDocument: { uri, languageId: 'typescript', version: 0, text } },
  });
  let version = 0;
  return {
    async completions(line) {
      version += 1;
      const contentChanges = [{ text: `${text}\n${line.replace('¦', '')}\n` }];
      send({ method: 'textDocument/didChange', params: { textDocument: { uri, version }, contentChanges } });
      const position = { line: text.split('\n').length, character: line.indexOf('¦') };
      return labels(await ask('textDocument/completion', { textDocument: { uri }, position }));
    },
  };
}

/** Calls `received` with each message of the stream: a header with the length in bytes, then JSON. */
function receive(stream: NodeJS.ReadableStream, received: (message: Message) => void): void {
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const start = rest.indexOf('\r\n\r\n') + 4;
      if (start < 4) return;
      const end = start + Number(/Content-Length: (\d+)/i.exec(rest.toString('latin1', 0, start))?.[1]);
      if (rest.length < end) return;
      received(JSON.parse(rest.toString('utf8', start, end)) as Message);
      rest = rest.subarray(end);
    }
  });
}

function labels(result: unknown): readonly string[] {
  const list = result as { readonly items: readonly { readonly label: string }[] } | null;
  return (list?.items ?? []).map(({ label }) => label.replace(/\?$/, '')).sort();
}
