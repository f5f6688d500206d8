import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { defineConfig, loadConfigSync } from '../../index.ts';
import { UsageError } from '../usage-error.ts';

export type Members = Readonly<Record<string, unknown>>;

export interface NodeConfigFolder {
  /** The values of `default.*`, merged in the order of the package. */
  readonly defaults: Members;
  /** The files of deployments, hosts and instances, and the local ones. */
  readonly others: readonly NodeConfigFile[];
  /** The tree of `custom-environment-variables.*`. */
  readonly variables: Members;
  /** Files of the package in a language that varve does not read. */
  readonly unread: readonly string[];
  /** Names at the top of a file that have a dot, which no setting can have. */
  readonly dotted: readonly string[];
}

/** One data file and its values. */
export interface NodeConfigFile {
  readonly name: string;
  readonly values: Members;
}

/** The extensions of data that varve reads, in the order in which the package merges files of one name. */
export const DATA: readonly string[] = ['json', 'jsonc', 'json5', 'toml', 'yaml', 'yml'];
const MODULES: readonly string[] = ['js', 'cjs', 'mjs', 'ts'];
const UNREAD: readonly string[] = [...MODULES, 'hjson', 'coffee', 'iced', 'cson', 'properties', 'xml'];

/** Files that other programs keep in such a folder. */
const OF_OTHERS = /^(?:package(?:-lock)?|[jt]sconfig.*|.*\.schema|.*\.config|.*\.d|index|\..*)\.\w+$/;

/** Reads the folder. `load` imports a module; `shown` is the folder's name in messages. */
export async function readNodeConfigFolder(
  folder: string,
  shown: string,
  load: (path: string) => Promise<{ readonly default?: unknown }>,
): Promise<NodeConfigFolder> {
  const names = readdirSync(folder).filter((name) => !OF_OTHERS.test(name));
  const dotted: string[] = [];
  const data = DATA.flatMap((end) => names.filter((name) => name.endsWith(`.${end}`)));
  const files = data.map((name) => ({ name, values: readValues(join(folder, name), dotted) }));
  const valuesOf = (stem: string): readonly Members[] =>
    files.filter((file) => stemOf(file.name) === stem).map((file) => file.values);
  const defaults = [...(await moduleDefaults(folder, load)), ...valuesOf('default')];
  if (defaults.length === 0) throw noDefaults(shown, names);
  return {
    defaults: defaults.reduce(merged, {}),
    others: files.filter(({ name }) => !['default', VARIABLES].includes(stemOf(name))),
    variables: valuesOf(VARIABLES).reduce(merged, {}),
    unread: names.filter((name) => stemOf(name) !== 'default' && UNREAD.includes(extname(name).slice(1))),
    dotted,
  };
}

const VARIABLES = 'custom-environment-variables';

function stemOf(name: string): string {
  return basename(name, extname(name));
}

/** The values of a file in any language that varve reads. Throws `ConfigError` for one that is not valid. */
function readValues(path: string, dotted: string[]): Members {
  const definition = defineConfig({
    name: 'node-config',
    settings: {},
    file: path,
    layers: ['file'],
    unknown: 'allow',
  });
  const cwd = dirname(dirname(path));
  const { values, warnings } = loadConfigSync(definition, { argv: [], env: {}, cwd, onWarning: false });
  for (const { key } of warnings) if (key !== undefined) dotted.push(key);
  return values as Members;
}

async function moduleDefaults(
  folder: string,
  load: Parameters<typeof readNodeConfigFolder>[2],
): Promise<readonly Members[]> {
  const paths = MODULES.map((end) => join(folder, `default.${end}`)).filter((path) => existsSync(path));
  const exported = await Promise.all(paths.map(async (path) => (await load(path)).default));
  return exported.filter(isMembers);
}

function noDefaults(shown: string, names: readonly string[]): UsageError {
  const others = names.filter((name) => name.startsWith('default.'));
  return new UsageError(
    `${shown} has no default.json`,
    others.length === 0
      ? 'Name a .env file, a convict module, or a folder of node-config.'
      : `Convert ${others.join(', ')} to JSON first.`,
  );
}

/** The members of both; objects are merged, and everything else of `higher` replaces. */
function merged(lower: Members, higher: Members): Members {
  const both = Object.entries(higher).map(([name, value]) => {
    const below = Object.hasOwn(lower, name) ? lower[name] : undefined;
    return [name, isMembers(below) && isMembers(value) ? merged(below, value) : value];
  });
  return { ...lower, ...Object.fromEntries(both) };
}

/** Whether a value is an object that is not a list. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
