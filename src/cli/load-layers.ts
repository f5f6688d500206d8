import { type Config, type Definition, loadConfig } from '../index.ts';
import type { Context } from './command.ts';

/** Which part of a configuration is loaded. */
export interface LayerSelection {
  /** The layers, by their names. */
  readonly layers: NonNullable<Definition['layers']>;
  /** Another file; `null`: none; absent: the file of the command line. */
  readonly file?: string | null;
  /** The `.env` files; none if absent. */
  readonly dotenv?: readonly string[];
  /** The environment; empty if absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The variables that choose profiles, which are no settings. */
function profileVariables({ profile, profiles }: Definition, env: LayerSelection['env'] = {}): LayerSelection['env'] {
  const all = [profile, ...Object.values(profiles ?? {})];
  return Object.fromEntries(all.flatMap((one) => (one?.env === undefined ? [] : [[one.env, env[one.env]]])));
}

/** Loads some layers of a configuration, to be compared with others; nothing is created, and problems are reported. */
export async function loadLayers(
  context: Context,
  { layers, file, dotenv = [], env = {} }: LayerSelection,
): Promise<Config> {
  const { definition, root } = await context.define();
  const { create: _, ...rest } = definition;
  const { file: _file, store: _store, lastKnownGood: _copy, ...withoutFile } = rest;
  const other = file ?? context.file;
  return await loadConfig(
    { ...(file === null ? withoutFile : rest), layers, dotenv },
    {
      argv: [],
      env: { ...profileVariables(definition, context.terminal.env), ...env },
      cwd: root,
      invalid: 'report',
      onWarning: false,
      ...context.chosen,
      ...(file !== null && other !== undefined && { file: other }),
    },
  );
}
