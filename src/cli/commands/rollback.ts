import {
  type Authorship,
  type Config,
  ConfigError,
  type FileChange,
  history,
  rollback as rollbackConfig,
} from '../../index.ts';
import { explainChange } from '../../tools.ts';
import { overrideWarnings } from '../../words/override-warning.ts';
import { changeText } from '../../words/values.ts';
import { type Context, EXIT, printJson, warn } from '../command.ts';
import { requireHistory } from '../store-history.ts';
import { canAsk } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** How an earlier revision is restored. */
export interface RollbackOptions {
  readonly yes: boolean;
  readonly authorship: Authorship;
}

/** Writes the document of an earlier revision as a new revision and shows what changed. */
export async function rollback(context: Context, name: string, { yes, authorship }: RollbackOptions): Promise<number> {
  await requireHistory(context);
  const config = await context.load({ invalid: 'report' });
  const { revision, planned } = await plannedRollback(config, name);
  if (!yes && !(await isConfirmed(context, config, { revision, planned }))) {
    context.note('varve: nothing was written');
    return EXIT.no;
  }
  const { written, warning } = await rollbackConfig(config, revision, {
    ...authorship,
    note: authorship.note ?? `rollback to ${revision}`,
  });
  const settings = written.map(({ key }) => explainChange(config, key));
  if (context.json) printJson(context, { written, settings });
  else {
    for (const change of written) context.print(`${config.location}  ${change.key}: ${changeText(change)}`);
    if (written.length === 0) context.print(`${config.location}  no setting changed`);
  }
  if (warning !== undefined) warn(context, warning);
  for (const override of overrideWarnings(config, written, { isNamed: true })) warn(context, override);
  return EXIT.ok;
}

/** How many revisions an error names. */
const NAMED = 5;

/** What a rollback would change. */
async function plannedRollback(config: Config, name: string): Promise<RollbackPlan> {
  const plan = async (revision: string): Promise<RollbackPlan> => {
    const { written: planned } = await rollbackConfig(config, revision, { dryRun: true });
    return { revision, planned };
  };
  try {
    return await plan(name);
  } catch (error) {
    const revision =
      error instanceof ConfigError && error.code === 'GONE' ? await revisionNamed(config, name) : undefined;
    if (revision === undefined) throw error;
    return await plan(revision);
  }
}

/** The only revision that begins with this: `57` stands for `57-1f2e3d4c`. `undefined` if there is none. */
async function revisionNamed(config: Config, name: string): Promise<string | undefined> {
  const states = await history(config, { limit: Number.POSITIVE_INFINITY });
  const revisions = states.map(({ revision }) => revision);
  const numbered = revisions.filter((revision) => revision.startsWith(`${name}-`));
  const found = numbered.length > 0 ? numbered : revisions.filter((revision) => revision.startsWith(name));
  if (found.length <= 1) return found[0];
  const newest = found.slice(0, NAMED).join(', ');
  throw new UsageError(
    `${name} is the beginning of ${found.length} revisions`,
    found.length > NAMED ? `The newest are ${newest}.` : `They are ${newest}.`,
  );
}

interface RollbackPlan {
  readonly revision: string;
  readonly planned: readonly FileChange[];
}

async function isConfirmed(
  context: Context,
  { location }: Config,
  { revision, planned }: RollbackPlan,
): Promise<boolean> {
  const { terminal, noInput } = context;
  if (noInput || !canAsk(terminal)) {
    throw new UsageError('rollback asks, and there is no terminal', `To restore it: varve rollback ${revision} --yes`);
  }
  for (const change of planned) context.note(`${change.key}: ${changeText(change)}`);
  const { ask } = await import('../input.ts');
  const answer = await ask(`Write revision ${revision} of ${location ?? 'the file'} again? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}
