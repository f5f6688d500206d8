import type { Authorship, Config } from '../../index.ts';
import { explainChange } from '../../tools.ts';
import { effectText } from '../../words/effect.ts';
import { valueText } from '../../words/values.ts';
import { type Context, EXIT, printJson, warn } from '../command.ts';
import { noteMigration } from '../migration-note.ts';
import { canAsk } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export interface ResetOptions {
  readonly key: string | undefined;
  readonly all: boolean;
  readonly yes: boolean;
  readonly authorship: Authorship;
}

/** Removes one setting, or all of them, from the file, so that the layers below count. */
export async function reset(context: Context, options: ResetOptions): Promise<number> {
  const { key, all, yes } = options;
  if ((key === undefined) !== all)
    throw new UsageError('reset needs a key, or --all', 'Write: varve reset KEY, or: varve reset --all');
  const config = await context.load({ invalid: 'report' });
  if (all && !yes && !(await isConfirmed(context, config))) {
    context.note('varve: nothing was written');
    return EXIT.no;
  }
  return resetNow(context, config, options);
}

async function resetNow(context: Context, config: Config, { key, authorship }: ResetOptions): Promise<number> {
  const saved = await config.reset(key, authorship);
  const { written, keptAside, warning } = saved;
  if (context.json) printJson(context, { written, ...(keptAside !== undefined && { keptAside }) });
  else {
    for (const change of written)
      context.print(
        `${config.location}  ${change.key}: ${valueText(change.before)} -> ${effectText(explainChange(config, change.key))}`,
      );
    if (written.length === 0 && keptAside === undefined) context.print(`${config.location}  has no settings`);
  }
  noteMigration(context, config, saved);
  if (keptAside !== undefined && saved.migratedFrom === undefined)
    context.note(`The file could not be read; it is kept as ${keptAside}`);
  if (warning !== undefined) warn(context, warning);
  return EXIT.ok;
}

async function isConfirmed({ terminal, noInput }: Context, { location }: Config): Promise<boolean> {
  if (noInput || !canAsk(terminal))
    throw new UsageError('reset --all asks, and there is no terminal', 'To reset everything: varve reset --all --yes');
  const { ask } = await import('../input.ts');
  const answer = await ask(`Reset all settings in ${location ?? 'the file'} to their defaults? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}
