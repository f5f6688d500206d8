import {
  type DefinitionInput,
  defineConfig,
  type LoadOptions,
  loadConfig,
  type Resolver,
  type SettingsDefinition,
} from '../../src/index.ts';
import { failure, issueLines } from '../failure.ts';
import { folder } from '../folder.ts';

/** A vault in memory, which records the calls of its resolver. */
export class Vault {
  /** What it has; an `Error` is the failure of one name. */
  readonly values: Map<string, unknown>;
  /** The names of each call. */
  readonly calls: string[][] = [];
  /** What each call got as the values of its `needs`. */
  readonly settings: unknown[] = [];
  /** Makes every call fail. */
  failure: Error | undefined;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = new Map(Object.entries(values));
  }

  resolver(options: Partial<Resolver> = {}): Resolver {
    return {
      resolve: async (names, { settings }) => {
        await Promise.resolve();
        return this.answer(names, settings);
      },
      ...options,
    };
  }

  /** The same, without a promise. */
  synchronous(options: Partial<Resolver> = {}): Resolver {
    return { resolve: (names, { settings }) => this.answer(names, settings), ...options };
  }

  answer(names: readonly string[], settings: unknown): ReadonlyMap<string, unknown> {
    this.calls.push([...names]);
    this.settings.push(settings);
    if (this.failure) throw this.failure;
    return this.values;
  }
}

export interface Case extends Partial<DefinitionInput<SettingsDefinition>> {
  readonly settings: SettingsDefinition;
  /** The members of `app.json`. */
  readonly app?: unknown;
  readonly other?: Readonly<Record<string, string>>;
}

/** Loads settings with `app.json` as their file, in a folder of its own. */
export async function load({ app, other = {}, ...definition }: Case, options: LoadOptions = {}) {
  const made = folder({ ...(app === undefined ? {} : { 'app.json': JSON.stringify(app) }), ...other });
  const defined = defineConfig({ name: 'app', file: 'app.json', envPrefix: 'APP', ...definition });
  const config = await loadConfig(defined, { cwd: made.path, env: {}, argv: [], onWarning: false, ...options });
  const write = (members: unknown): void => made.write('app.json', JSON.stringify(members));
  return { config, made, defined, write };
}

/** The issues of a rejection, as lines. */
export const messages = async (work: Promise<unknown> | (() => unknown)): Promise<readonly string[]> =>
  issueLines(await failure(work));
