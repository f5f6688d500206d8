import type { Authorship, Config } from '../../index.ts';
import { layerLocationText, valueText } from '../../words/values.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { canAsk } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** What is to be reset. */
export interface ResetOptions {
  readonly key: string | undefined;
  readonly all: boolean;
  readonly yes: boolean;
  readonly authorship: Authorship;
}

/** Takes one setting, or all of them, out of the file, so that the layers below show through. */
export async function reset(context: Context, options: ResetOptions): Promise<number> {
  const { key, all, yes } = options;
  if ((key === undefined) !== all)
    throw new UsageError('which setting?', 'Write: varve reset KEY, or: varve reset --all');
  const config = await context.load({ invalid: 'report' });
  if (all && !yes && !(await isConfirmed(context, config))) {
    context.note('varve: nothing was written');
    return EXIT.no;
  }
  return resetNow(context, config, options);
}

async function resetNow(context: Context, config: Config, { key, authorship }: ResetOptions): Promise<number> {
  const { written, keptAside, warning } = await config.reset(key, authorship);
  if (context.json) printJson(context, { written, ...(keptAside !== undefined && { keptAside }) });
  else {
    for (const change of written)
      context.print(`${config.location}  ${change.key}: ${valueText(change.before)} -> ${effect(config, change.key)}`);
    if (written.length === 0 && keptAside === undefined) context.print(`${config.location}  nothing was set`);
  }
  if (keptAside !== undefined) context.note(`The file could not be read; it is kept as ${keptAside}`);
  if (warning !== undefined) context.note(`warning: ${warning}`);
  return EXIT.ok;
}

/** `default 30; effective: 45 from env RL_LR` */
function effect(config: Config, key: string): string {
  const { winner, value, candidates } = config.explain(key);
  const fallback = candidates.find(({ layer }) => layer === 'default');
  const said = fallback ? `default ${valueText(fallback.value)}` : 'nothing';
  if (!winner || winner.layer === 'default' || winner.layer === 'file') return said;
  return `${said}; effective: ${valueText(value)} from ${layerLocationText(winner)}`;
}

async function isConfirmed({ terminal, noInput }: Context, { location }: Config): Promise<boolean> {
  if (noInput || !canAsk(terminal))
    throw new UsageError('nobody can be asked here', 'To reset everything: varve reset --all --yes');
  const { ask } = await import('../input.ts');
  const answer = await ask(`Reset all settings in ${location ?? 'the file'} to their defaults? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}
