import { resolve } from 'node:path';
import { loadConfig } from '../../index.ts';
import { shellWord } from '../../words/shell.ts';
import { type Context, EXIT, noteNames } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** How a configuration is served to an assistant. */
export interface McpOptions {
  readonly allowWrite: readonly string[];
  readonly confirm: 'user' | 'client';
  readonly printConfig: boolean;
}

/** Serves the configuration over standard input and output, until the client goes. */
export async function mcp(context: Context, options: McpOptions): Promise<number> {
  const { allowWrite, confirm, printConfig } = options;
  if (printConfig) return printClientConfig(context, options);
  const { claimStdout, serveConfig } = await import('../../mcp/index.ts');
  const stdout = claimStdout();
  const { definition, root } = await context.define();
  const { file, rest, terminal } = context;
  const inputs = { argv: rest, env: terminal.env, cwd: root, ...(file !== undefined && { file }) };
  const onerror = ({ message }: Error): void => context.note(`varve: ${message}`);
  const program = ['varve', ...(await places(context))].map(shellWord).join(' ');
  const serving = await serveConfig(
    { ...definition, strictFlags: true },
    { ...inputs, allowWrite, confirm, program, stdout, onerror },
  ).catch(needsLibrary);
  context.note(
    `varve: serving ${definition.name} over stdio; ${allowWrite.length > 0 ? `may change ${allowWrite.join(', ')}` : 'read-only'}`,
  );
  await serving.closed;
  return EXIT.ok;
}

/** The options that name the same definition and file wherever they are written. */
async function places({ define, definition, file, terminal }: Context): Promise<readonly string[]> {
  const { path } = await define();
  return [
    ...(definition === undefined ? [] : ['--definition', path ?? resolve(terminal.cwd, definition)]),
    ...(file === undefined ? [] : ['--file', file]),
  ];
}

/** The server's library: only this command needs it, so it is optional. */
function needsLibrary(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  throw new UsageError('varve mcp needs @modelcontextprotocol/server', 'npm install @modelcontextprotocol/server');
}

/**
 * Prints the part of a client's configuration for this server. A client passes only the variables in its `env`; those of
 * secrets are left out, and a note lists their names.
 */
async function printClientConfig(context: Context, { allowWrite, confirm }: McpOptions): Promise<number> {
  const { definition, root } = await context.define();
  const { file, rest, terminal } = context;
  const inputs = { argv: rest, env: terminal.env, cwd: root, ...(file !== undefined && { file }) };
  const config = await loadConfig({ ...definition, create: false }, { ...inputs, invalid: 'report', onWarning: false });
  const explained = config.explainAll();
  const seen = explained.flatMap(({ redacted, candidates }) =>
    candidates
      .filter(({ layer, name }) => layer === 'env' && terminal.env[name] !== undefined)
      // A variable that names the file of a secret is none.
      .map(({ name, location }) => ({ name, redacted: redacted && location === 'process.env' })),
  );
  // The mode says which files of variables are read.
  if (definition.dotenv === true && terminal.env['NODE_ENV']) seen.push({ name: 'NODE_ENV', redacted: false });
  const shown = seen.filter(({ redacted }) => !redacted).map(({ name }) => [name, terminal.env[name] ?? '']);
  const isFlagSecret = explained.some((one) => one.redacted && one.candidates.some(({ layer }) => layer === 'flag'));
  const args = [
    'varve',
    'mcp',
    ...(await places(context)),
    ...allowWrite.flatMap((pattern) => ['--allow-write', pattern]),
    ...(confirm === 'client' ? ['--confirm', 'client'] : []),
    ...(rest.length === 0 || isFlagSecret ? [] : ['--', ...rest]),
  ];
  const server = { command: 'npx', args, cwd: root, env: Object.fromEntries(shown) };
  context.print(JSON.stringify({ mcpServers: { [definition.name]: server } }, null, 2));
  const secrets = [
    ...seen.filter(({ redacted }) => redacted).map(({ name }) => name),
    ...(isFlagSecret ? ['the flags'] : []),
  ];
  noteNames(context, 'note: left out, as they are secret', secrets);
  return EXIT.ok;
}
