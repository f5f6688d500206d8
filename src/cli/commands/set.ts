import { type Config, ConfigError, type Explanation } from '../../index.ts';
import { type Context, EXIT } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { placeText, valueText } from '../words.ts';

/** Writes one value into the file layer, and says whether it has an effect now. */
export async function set(context: Context, key: string, text: string | undefined): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  if (config.explain(key).redacted) {
    throw new UsageError(`${key} is sensitive, and arguments are seen by others; use: varve set ${key} --stdin`);
  }
  if (text === undefined) throw new UsageError(`which value? Write: varve set ${key} VALUE`);
  change(config, key, text);
  return saved(context, config, key);
}

/** Writes a value that is read from standard input; one newline at its end is dropped. */
export async function setFromStdin(context: Context, key: string): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  change(config, key, (await readAll(context.terminal.stdin)).replace(/\r?\n$/, ''));
  return saved(context, config, key);
}

/** Removes a key from the file layer. */
export async function unset(context: Context, key: string): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  config.unset(key);
  if (config.pending.length === 0) {
    context.note(`varve: ${config.location ?? 'the file'} does not set ${key}`);
    return EXIT.no;
  }
  return saved(context, config, key);
}

function change(config: Config, key: string, text: string): void {
  try {
    config.set(key, text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first, ...rest] = error.issues;
    if (!first) throw error;
    throw new ConfigError([{ ...first, suggestion: first.suggestion ?? 'Nothing was written.' }, ...rest]);
  }
}

async function saved(context: Context, config: Config, key: string): Promise<number> {
  const { written, warning } = await config.save();
  const explanation = config.explain(key);
  const [change] = written;
  if (context.json) context.print(JSON.stringify({ schemaVersion: 1, written, explanation }, null, 2));
  else if (!change) context.print(`${place(config, explanation)}  ${key}: ${fileValue(explanation)}   unchanged`);
  else {
    const values = `${said(change.before)} -> ${said(change.after)}`;
    context.print(`${place(config, explanation)}  ${key}: ${values}   ${context.paint('green', 'saved')}`);
  }
  if (warning !== undefined) context.note(`warning: ${warning}`);
  const mask = masked(explanation);
  if (mask !== undefined) context.note(`${context.paint('yellow', 'warning')}: ${mask}`);
  return EXIT.ok;
}

function said(value: unknown): string {
  return value === undefined ? 'nothing' : valueText(value);
}

/** The line of the file, or the file alone where it does not have the key any more. */
function place(config: Config, { candidates }: Explanation): string {
  return candidates.find(({ layer }) => layer === 'file')?.location ?? config.location ?? 'the file';
}

function fileValue({ candidates }: Explanation): string {
  return said(candidates.find(({ layer }) => layer === 'file')?.value);
}

/** Why a change of the file has no effect, and what to do, where a higher layer wins. */
export function masked({ winner, value, candidates }: Explanation): string | undefined {
  if (!winner || winner.layer === 'file' || winner.layer === 'default') return undefined;
  if (candidates.every(({ layer }) => layer === winner.layer || layer === 'default')) return undefined;
  const remedy: Readonly<Record<string, string>> = {
    env: winner.location === 'process.env' ? ` Try: unset ${winner.name}` : ` Remove it at ${winner.location}.`,
    flag: ` Leave out ${winner.name}.`,
  };
  return `no effect now, ${winner.layer} ${placeText(winner)}=${valueText(value)} wins.${remedy[winner.layer] ?? ''}`;
}

async function readAll(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
