import {
  ConfigError,
  defineConfig,
  describeIssue,
  type LoadOptions,
  loadConfig,
  type Source,
} from '../../src/index.ts';
import { Shell } from '../cli/shell.ts';
import { type Folder, folder } from '../folder.ts';

/** The declaration of a setting; its format is a name, a list of options, or one of JavaScript's constructors. */
export type Node = Readonly<Record<string, unknown>>;

/** What became of an input. */
export interface Outcome {
  /** The effective value; absent where the input was refused. */
  readonly value?: unknown;
  /** Why it was refused, or what was warned of. */
  readonly reports: readonly string[];
  /** Whether `explain` lists an entry without a value. */
  readonly isEmpty: boolean;
}

/** One way to give a text to a setting under a name. The name is the setting's own, or a misspelt one. */
export type Input = (node: Node, name: string, text: string) => Promise<Outcome>;

/** Every way into a configuration; the setting is called `item`, and it is sensitive for a secret file. */
export const INPUTS: Readonly<Record<string, Input>> = {
  'a file in JSON': (node, name, text) => loadedFile(node, 'app.json', JSON.stringify({ [name]: jsonOf(node, text) })),
  // YAML and JSON5 take the JSON of a value; what only they can write is tested with the formats.
  'a file in YAML': (node, name, text) =>
    loadedFile(node, 'app.yaml', `${name}: ${JSON.stringify(jsonOf(node, text))}\n`),
  'a file in JSON5': (node, name, text) =>
    loadedFile(node, 'app.json5', `{ ${name}: ${JSON.stringify(jsonOf(node, text))}, /* a comment */ }\n`),
  'a file in TOML': (node, name, text) => loadedFile(node, 'app.toml', tomlOf(name, jsonOf(node, text))),
  'base file': (node, name, text) =>
    loaded({ ...node }, {}, { 'base.json': JSON.stringify({ [name]: jsonOf(node, text) }) }, { files: ['base.json'] }),
  '.env': (node, name, text) => loaded(node, {}, { '.env': `RL_${name.toUpperCase()}='${text}'\n` }, { dotenv: true }),
  variable: (node, name, text) => loaded(node, { env: { [`RL_${name.toUpperCase()}`]: text } }),
  'secret file': (node, name, text) =>
    loaded({ ...node, envFile: true }, { env: { [`RL_${name.toUpperCase()}_FILE`]: 'secret' } }, { secret: text }),
  flag: (node, name, text) => loaded(node, { argv: [`--${name}=${text}`] }),
  '--set': (node, name, text) => loaded(node, { argv: ['--set', `${name}=${text}`] }),
  'custom source': (node, name, text) => loaded(node, {}, {}, { layers: ['default', sourceOf(name, text)] }),
  set: (node, name, text) => changed(node, async (config) => void config.set(name, jsonOf(node, text))),
  override: (node, name, text) => changed(node, async (config) => void config.override(name, jsonOf(node, text))),
  update: (node, name, text) =>
    changed(
      node,
      async (config) => void (await config.update((draft) => Object.assign(draft, { [name]: jsonOf(node, text) }))),
    ),
  'varve set': (node, name, text) => setByCommand(node, [`${name}=${text}`]),
  'varve set --stdin': (node, name, text) => setByCommand(node, [name, '--stdin'], text),
};

/** A setting in a file of a given format. */
function loadedFile(node: Node, file: string, text: string): Promise<Outcome> {
  return loaded(node, {}, { [file]: text }, { file });
}

/** A member of a TOML document: an inline table for an object; it has no null, for which its file gives the text. */
function tomlOf(name: string, value: unknown): string {
  return `${name} = ${tomlValue(value)}\n`;
}

function tomlValue(value: unknown): string {
  if (value === null) return '"null"';
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)} = ${tomlValue(member)}`)
    .join(', ')} }`;
}

/** A configuration whose setting and keys are only known when the test runs. */
interface AnyConfig {
  set(key: string, value: unknown): unknown;
  override(key: string, value: unknown): unknown;
  update(change: (draft: object) => void): Promise<unknown>;
}

async function loaded(
  node: Node,
  inputs: LoadOptions,
  files: Readonly<Record<string, string>> = {},
  more: object = {},
): Promise<Outcome> {
  return outcomeOf(node, folder(files), inputs, more);
}

async function changed(node: Node, change: (config: AnyConfig) => Promise<void>): Promise<Outcome> {
  return outcomeOf(node, folder(), {}, {}, change);
}

async function outcomeOf(
  node: Node,
  { path }: Folder,
  inputs: LoadOptions,
  more: object,
  change?: (config: AnyConfig) => Promise<void>,
): Promise<Outcome> {
  const definition = { name: 'app', envPrefix: 'RL', file: 'app.json', ...more, settings: { item: node } };
  const reports: string[] = [];
  try {
    const options = { argv: [], env: {}, cwd: path, onWarning: false, ...inputs } as const;
    const config = await loadConfig(defineConfig(definition as never), options);
    reports.push(...config.warnings.map(describeIssue));
    await change?.(config as unknown as AnyConfig);
    const [explanation] = config.explainAll();
    const isEmpty = explanation?.candidates.some(({ state }) => state === 'empty') === true;
    return { value: config.get('item' as never), reports, isEmpty };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { reports: [...reports, ...error.issues.map(describeIssue)], isEmpty: false };
  }
}

/** The value that `varve set` leaves in the file, which the next load reads. */
async function setByCommand(node: Node, words: readonly string[], stdin = ''): Promise<Outcome> {
  const members = Object.entries(node).map(([name, value]) => `${name}: ${codeOf(value)}`);
  const settings = `{ item: { ${members.join(', ')} } }`;
  const shell = new Shell({
    'varve.config.mjs': `export default { name: 'app', envPrefix: 'RL', file: 'app.json', settings: ${settings} };`,
  });
  const { code, stderr } = await shell.run(['set', ...words], { stdin });
  if (code !== 0) return { reports: [stderr], isEmpty: false };
  return outcomeOf(node, shell.folder, {}, {});
}

function codeOf(value: unknown): string {
  return typeof value === 'function' ? value.name : JSON.stringify(value);
}

/** What a file or a program gives where others give text: JSON where it is JSON of another type than text, else the text. */
function jsonOf({ format }: Node, text: string): unknown {
  if (format === String) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function sourceOf(name: string, raw: string): Source {
  const entry = { raw, origin: { layer: 'own', name, location: 'elsewhere' } };
  return { name: 'own', read: () => ({ entries: new Map([[name, entry]]) }) };
}
