import { loadConfig } from '../../index.ts';
import { type Context, EXIT } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** How a configuration is served to an assistant. */
export interface McpOptions {
  readonly allowWrite: readonly string[];
  readonly confirm: 'user' | 'client';
  readonly printConfig: boolean;
}

/** Serves the configuration over standard input and output, until the client goes. */
export async function mcp(context: Context, { allowWrite, confirm, printConfig }: McpOptions): Promise<number> {
  if (printConfig) return printClientConfig(context, allowWrite);
  const { claimStdout, serveConfig } = await import('../../mcp/index.ts');
  const stdout = claimStdout();
  const { definition, root } = await context.define();
  const { file, rest, terminal } = context;
  const inputs = { argv: rest, env: terminal.env, cwd: root, ...(file !== undefined && { file }) };
  const options = { ...inputs, allowWrite, confirm, stdout };
  const serving = await serveConfig({ ...definition, strictFlags: true }, options).catch(needsLibrary);
  context.note(
    `varve: serving ${definition.name} over stdio; ${allowWrite.length > 0 ? `may change ${allowWrite.join(', ')}` : 'read-only'}`,
  );
  await serving.closed;
  return EXIT.ok;
}

/** The server's library: only this command needs it, so it is optional. */
function needsLibrary(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  throw new UsageError('varve mcp needs @modelcontextprotocol/server', 'npm install @modelcontextprotocol/server');
}

/**
 * What a client's configuration has to say of this server: it passes no variables but those that stand in its `env`.
 * Those of secrets are left out, and named.
 */
async function printClientConfig(context: Context, allowWrite: readonly string[]): Promise<number> {
  const { definition, root } = await context.define();
  const { file, definition: path, rest, terminal } = context;
  const inputs = { argv: rest, env: terminal.env, cwd: root, ...(file !== undefined && { file }) };
  const config = await loadConfig(definition, { ...inputs, invalid: 'report' });
  const seen = config
    .explainAll()
    .flatMap(({ redacted, candidates }) =>
      candidates
        .filter(({ layer, location }) => layer === 'env' && location === 'process.env')
        .map(({ name }) => ({ name, redacted })),
    );
  const shown = seen.filter(({ redacted }) => !redacted).map(({ name }) => [name, terminal.env[name] ?? '']);
  const args = [
    'varve',
    'mcp',
    ...(path === undefined ? [] : ['--definition', path]),
    ...(file === undefined ? [] : ['--file', file]),
    ...allowWrite.flatMap((pattern) => ['--allow-write', pattern]),
  ];
  const server = { command: 'npx', args, cwd: root, env: Object.fromEntries(shown) };
  context.print(JSON.stringify({ mcpServers: { [definition.name]: server } }, null, 2));
  const secrets = seen.filter(({ redacted }) => redacted).map(({ name }) => name);
  if (secrets.length > 0) context.note(`note: left out, as they are secret: ${secrets.join(', ')}`);
  return EXIT.ok;
}
