import convict from 'convict';
import { ConfigError, defineConfig, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';

/** A schema written for convict. */
export type Schema = Readonly<Record<string, unknown>>;
/** What it is loaded with. */
export type Inputs = {
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  readonly file?: unknown;
};

/** What varve makes of a schema written for convict. */
export function values(schema: Schema, { env = {}, argv = [], file }: Inputs = {}, options: Schema = {}): unknown {
  const { path } = folder(file === undefined ? {} : { 'app.json': JSON.stringify(file) });
  const definition = defineConfig({ name: 'app', settings: schema, file: 'app.json', ...options } as never);
  return loadConfigSync(definition, { env, argv, cwd: path }).values;
}

/** What convict makes of it. */
export function convictValues(schema: Schema, { env = {}, argv = [], file }: Inputs = {}): unknown {
  const config = convict(schema as never, { env, args: [...argv] });
  if (file !== undefined) config.load(file as never);
  config.validate({ allowed: 'strict' });
  return config.getProperties();
}

/** The problem in words. */
export function message(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'nothing is wrong';
}

/** One setting, called `it`. */
export const setting = (format: unknown, value: unknown, more: Schema = {}): Schema => ({
  it: { format, default: value, ...more },
});
