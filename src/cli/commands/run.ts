import { type Config, ConfigError, describeIssues } from '../../index.ts';
import { ChildCommand, passSignals } from '../child-command.ts';
import { childEnvironment } from '../child-environment.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { repeatRun } from '../repeat.ts';
import { writeSnapshot } from '../snapshot-file.ts';
import { UsageError } from '../usage-error.ts';

/** How a command is run. */
export interface RunOptions {
  /** `KEY=VALUE`, as flags of the program would give them. */
  readonly set: readonly string[];
  /** Where the snapshot is kept; without it, the snapshot is removed when the command has ended. */
  readonly snapshot: string | undefined;
  /** The snapshot of an earlier run, whose configuration is used again. */
  readonly repeat: string | undefined;
}

/** Runs a command with every setting as its variable, if the configuration is valid, and returns its exit code. */
export async function run(context: Context, { set, snapshot, repeat }: RunOptions): Promise<number> {
  const [command, ...args] = context.rest;
  if (command === undefined) throw new UsageError('which command?', 'Write: varve run -- COMMAND');
  if (repeat !== undefined && set.length > 0)
    throw new UsageError('--repeat runs the same configuration: without --set');
  const loaded = await loadOrReport(context, set, repeat);
  if (!loaded) return EXIT.invalid;
  const { config, fingerprint: repeats } = loaded;
  const { definition } = await context.define();
  const { env, inexpressible } = childEnvironment(definition, config, context.terminal.env);
  for (const key of inexpressible)
    context.note(`note: no text expresses the value of ${key}; only the snapshot has it`);
  const file = writeSnapshot({ config, name: snapshot, cwd: context.terminal.cwd, repeats });
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
  set: readonly string[],
  repeat: string | undefined,
): Promise<{ readonly config: Config; readonly fingerprint?: string } | undefined> {
  try {
    if (repeat !== undefined) return await repeatRun(context, repeat);
    return { config: await context.load({ argv: set.flatMap((pair) => ['--set', pair]) }) };
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code === 'INVALID_DEFINITION') throw error;
    context.note(describeIssues(error.issues, `the configuration of ${(await context.define()).definition.name}`));
    context.note(`varve: not started: configuration invalid (exit ${EXIT.invalid})`);
    if (context.json) printJson(context, { started: false, issues: error.issues });
    return undefined;
  }
}
