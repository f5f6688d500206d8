import { type Config, ConfigError, describeOrigin, type Issue, resumeReport } from '../index.ts';
import { incomparableSecrets, renameSnapshot } from '../tools.ts';
import { optionalValueText } from '../words/values.ts';
import { type Context, noteNames } from './command.ts';
import { readOther, readRun, WITHOUT_HASH } from './snapshot-file.ts';

/** Which run goes on, and with what. */
export interface ResumeOptions {
  /** The snapshot of the earlier start, or the folder of the run. */
  readonly name: string;
  /** `KEY=VALUE`, as flags of the program would give them. */
  readonly set: readonly string[];
  /** The identity settings that may differ. */
  readonly allowed: readonly string[];
}

/**
 * Loads the layers of today for a run that goes on, and notes what differs from its start. Throws `IDENTITY_CHANGED` if the
 * differences would make it another run.
 */
export async function resumeRun(context: Context, { name, set, allowed }: ResumeOptions): Promise<Config> {
  const before = readRun(name, context.terminal.cwd);
  const { path } = readOther(name, context.terminal.cwd);
  const argv = set.flatMap((pair) => ['--set', pair]);
  const config = await context.load({ argv, resume: path, allowIdentityChange: allowed }).catch(nameOption);
  for (const { key, kind, before, after, to } of resumeReport(config)?.differences ?? []) {
    const from = to ? ` (${describeOrigin(to)})` : '';
    const change = kind === 'added' ? 'is new:' : `was ${optionalValueText(before)}, is`;
    context.note(`note: ${key} ${change} ${optionalValueText(after)}${from}`);
  }
  const now = config.snapshot().toJSON();
  const { definition } = await context.define();
  noteNames(context, `note: ${WITHOUT_HASH}`, incomparableSecrets(renameSnapshot(before, definition), now));
  const [was, is] = [before, now].map(({ fingerprint }) => fingerprint.slice(0, 12));
  const same = was === is ? `the same fingerprint ${was}` : `the fingerprint was ${was}, is ${is}`;
  context.note(`varve: resumes ${name}: ${same}`);
  return config;
}

/** The same error, whose remedies are those of the command line. */
function nameOption(error: unknown): never {
  if (!(error instanceof ConfigError) || error.code !== 'IDENTITY_CHANGED') throw error;
  const [first, ...rest] = error.issues.map((issue): Issue => {
    return { ...issue, suggestion: `Start another run, or allow it: --allow-change ${issue.key}` };
  });
  throw first ? new ConfigError([first, ...rest], { cause: error }) : error;
}
