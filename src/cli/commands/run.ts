import { type Config, ConfigError, describeIssues, type SnapshotJson } from '../../index.ts';
import { ChildCommand, passSignals } from '../child-command.ts';
import { childEnvironment } from '../child-environment.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { repeatRun } from '../repeat.ts';
import { writeSnapshot } from '../snapshot-file.ts';
import { UsageError } from '../usage-error.ts';

export interface RunOptions {
  /** `KEY=VALUE`, as flags of the program would give them. */
  readonly set: readonly string[];
  /** Where the snapshot is kept; without it, the snapshot is removed when the command has ended. */
  readonly snapshot: string | undefined;
  /** The snapshot of an earlier run, whose configuration is used again. */
  readonly repeat: string | undefined;
  /** The snapshot of the start of a run that goes on. */
  readonly resume: string | undefined;
  /** The settings that may differ from that start. */
  readonly allowChange: readonly string[];
}

/** The configuration of a run, and its snapshot. */
interface LoadedRun {
  readonly config: Config;
  readonly snapshot: SnapshotJson;
}

/** Runs a command with every setting as its variable, if the configuration is valid, and returns its exit code. */
export async function run(context: Context, options: RunOptions): Promise<number> {
  const { set, snapshot, repeat, resume, allowChange } = options;
  const [command, ...args] = context.rest;
  if (!command) throw new UsageError('which command?', 'Write: varve run -- COMMAND');
  if (repeat !== undefined && set.length > 0)
    throw new UsageError('--repeat runs the same configuration: without --set');
  if (repeat !== undefined && resume !== undefined)
    throw new UsageError('--repeat takes the values of the run, and --resume those of today: give one of them');
  if (resume === undefined && allowChange.length > 0)
    throw new UsageError('--allow-change needs --resume', 'varve run --resume RUN --allow-change KEY -- COMMAND');
  const loaded = await loadOrReport(context, options);
  if (!loaded) return EXIT.invalid;
  const { config } = loaded;
  const { definition } = await context.define();
  const { env, inexpressible } = childEnvironment(definition, config, context.terminal.env);
  for (const key of inexpressible)
    context.note(`note: no text expresses the value of ${key}; only the snapshot has it`);
  const file = writeSnapshot({ snapshot: loaded.snapshot, name: snapshot, cwd: context.terminal.cwd });
  try {
    const { terminal } = context;
    const child = new ChildCommand(command, args, {
      stdio: 'inherit',
      env: { ...env, VARVE_SNAPSHOT: file.path },
      cwd: terminal.cwd,
    });
    return await passSignals(
      () => [child],
      terminal,
      async () => {
        const { code, error } = await child.exit;
        if (error !== undefined) terminal.stderr.write(`varve: ${error}\n`);
        return code;
      },
    );
  } finally {
    file.remove();
  }
}

/** The configuration of the run; `undefined` after its problems were reported. */
async function loadOrReport(
  context: Context,
  { set, repeat, resume, allowChange }: RunOptions,
): Promise<LoadedRun | undefined> {
  try {
    if (repeat !== undefined) return await repeatRun(context, repeat);
    if (resume !== undefined) {
      const { resumeRun } = await import('../resume.ts');
      const allowed = allowChange.flatMap((keys) => keys.split(','));
      return loadedRun(await resumeRun(context, { name: resume, set, allowed }));
    }
    return loadedRun(await context.load({ argv: set.flatMap((pair) => ['--set', pair]) }));
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code === 'INVALID_DEFINITION') throw error;
    context.note(describeIssues(error.issues, `the configuration of ${(await context.define()).definition.name}`));
    context.note(`varve: not started: configuration invalid (exit ${EXIT.invalid})`);
    if (context.json) printJson(context, { started: false, issues: error.issues });
    return undefined;
  }
}

function loadedRun(config: Config): LoadedRun {
  return { config, snapshot: config.snapshot().toJSON() };
}
