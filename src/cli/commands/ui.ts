import { spawn } from 'node:child_process';
import { type Context, EXIT } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** How the inspector is served. */
export interface UiOptions {
  readonly port: number;
  readonly canWrite: boolean;
  readonly opens: boolean;
}

/** Serves the inspector on 127.0.0.1 until the process is interrupted. */
export async function ui(context: Context, { port, canWrite, opens }: UiOptions): Promise<number> {
  const { serveInspector } = await import('../../inspector/index.ts');
  const config = await context.load({ invalid: 'report' });
  const watcher = config.watch();
  // The page shows the layers as they are now, also while the configuration is not valid.
  const load = async () => await context.load({ invalid: 'report' });
  const served = await serveInspector({ config, load, port, canWrite }).catch(explainFailure);
  context.print(served.address);
  context.note(
    `varve: ${canWrite ? 'the page can edit the file' : 'read-only'}; the address works once; ctrl-C ends it`,
  );
  if (opens) openBrowser(served.address, context);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await Promise.all([served.close(), watcher.close()]);
  return EXIT.ok;
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
  linux: ['xdg-open'],
};

function openBrowser(address: string, context: Context): void {
  const [command = 'xdg-open', ...words] = OPENERS[process.platform] ?? [];
  const child = spawn(command, [...words, address], { stdio: 'ignore', detached: true });
  child.on('error', () => context.note(`varve: no browser could be opened; open the address yourself`));
  child.unref();
}

function explainFailure(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND') throw new UsageError('varve ui needs hono', 'npm install hono');
  if (code === 'EADDRINUSE') throw new UsageError('the port is in use', 'Choose another --port, or leave it out.');
  throw error;
}
