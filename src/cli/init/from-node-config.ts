import type { Draft, DraftCode, DraftGroup, DraftSetting } from './draft.ts';
import { isName } from './draft.ts';
import { DATA, isMembers, type Members, type NodeConfigFile, readNodeConfigFolder } from './node-config-folder.ts';
import { isSecretName, looksSecret } from './secrecy.ts';

/** The part of a draft that a folder of node-config decides. */
export type NodeConfigDraft = Pick<Draft, 'settings' | 'guesses' | 'file' | 'code'>;

/** The settings of a node-config folder: `default.*` gives the defaults, the highest local file is the one that is written. */
export async function fromNodeConfig(
  folder: string,
  shown: string,
  load: (path: string) => Promise<{ readonly default?: unknown }>,
): Promise<NodeConfigDraft> {
  const { defaults, others, variables, unread, dotted } = await readNodeConfigFolder(folder, shown, load);
  const guesses = dotted.map((name) => `${name} was left out: varve has no setting of that name`);
  const settings = groupOf({ defaults, others: others.map(({ values }) => values) }, '', guesses);
  addVariables(settings, variables, '', guesses);
  for (const name of unread) guesses.push(`${name} is not read: convert it to JSON, YAML or TOML`);
  const below = others.filter(({ name }) => !/^local\.\w+$/.test(name));
  const locals = others.filter(({ name }) => /^local\.\w+$/.test(name));
  const file = `${shown}/${locals.at(-1)?.name ?? 'local.json'}`;
  if (below.length > 0) {
    const names = below.map(({ name }) => name).join(', ');
    guesses.push(`${names} -> read in the order of node-config, by NODE_ENV, host and NODE_APP_INSTANCE`);
  }
  guesses.push(`${file} -> the file that is read last, and that varve set writes`);
  const code = below.length > 0 || locals.length > 1 ? fileOrder(shown, file, others) : undefined;
  return { settings, guesses, file, ...(code && { code }) };
}

/** The order of node-config as code, because it depends on variables and the host of each start. */
function fileOrder(shown: string, file: string, others: readonly NodeConfigFile[]): DraftCode {
  const ends = DATA.filter((end) => end === 'json' || others.some(({ name }) => name.endsWith(`.${end}`)));
  const [only = 'json', ...more] = ends;
  const urls =
    more.length === 0
      ? `new URL(\`./${shown}/\${name}.${only}\`, import.meta.url)`
      : `[${ends.map((end) => `'${end}'`).join(', ')}].map((end) => new URL(\`./${shown}/\${name}.\${end}\`, import.meta.url))`;
  return {
    imports: ["import { existsSync } from 'node:fs';", "import { hostname } from 'node:os';"],
    statements: `// The files of node-config that exist, lowest first. The defaults are in the settings.
const { NODE_CONFIG_ENV, NODE_ENV, NODE_APP_INSTANCE, HOST, HOSTNAME } = process.env;
const deployments = (NODE_CONFIG_ENV || NODE_ENV || 'development').split(',');
const host = HOST || HOSTNAME || hostname();
const hosts = [...new Set([host.replace(/\\..*/, ''), host])];
const found = [
  'default',
  ...deployments,
  ...deployments.flatMap((name) => hosts.flatMap((host) => [host, \`\${host}-\${name}\`])),
  ...deployments.flatMap((name) => ['local', \`local-\${name}\`]),
]
  .flatMap((name) => (NODE_APP_INSTANCE ? [name, \`\${name}-\${NODE_APP_INSTANCE}\`] : [name]))
  .filter((name, i, names) => name !== 'default' && names.lastIndexOf(name) === i)
  .${more.length === 0 ? 'map' : 'flatMap'}((name) => ${urls})
  .filter((file) => existsSync(file));
const local =
  found.findLast((file) => /\\/local[-.][^/]*$/.test(file.pathname)) ?? new URL('./${file}', import.meta.url);`,
    file: 'local',
    files: 'found.filter((file) => file !== local)',
  };
}

/** The values of one group, in `default.*` and in every other file that has the group. */
interface GroupValues {
  readonly defaults: Members | undefined;
  readonly others: readonly Members[];
}

function groupOf({ defaults, others }: GroupValues, parent: string, guesses: string[]): DraftGroup {
  const group: DraftGroup = {};
  for (const name of namesIn([defaults ?? {}, ...others])) {
    const key = parent === '' ? name : `${parent}.${name}`;
    const first = memberOf(defaults, name);
    const rest = others.map((members) => memberOf(members, name)).filter((value) => value !== undefined);
    if (!isName(name)) guesses.push(`${key} was left out: varve has no setting of that name`);
    else if (isGroup(first === undefined ? rest : [first, ...rest])) {
      const inner = { defaults: isMembers(first) ? first : undefined, others: rest.filter(isMembers) };
      group[name] = groupOf(inner, key, guesses);
    } else group[name] = settingOf(key, first, rest, guesses);
  }
  return group;
}

/** Objects whose members can't all be settings are one setting. */
function isGroup(values: readonly unknown[]): values is readonly Members[] {
  if (!values.every(isMembers)) return false;
  const names = namesIn(values);
  return names.length > 0 && names.every(isName);
}

function namesIn(all: readonly Members[]): readonly string[] {
  return [...new Set(all.flatMap((members) => Object.keys(members)))];
}

function memberOf(members: Members | undefined, name: string): unknown {
  return members && Object.hasOwn(members, name) ? members[name] : undefined;
}

/** The setting of a key with these values: in `default.*` (`undefined`: absent there), and in other files. */
function settingOf(key: string, first: unknown, rest: readonly unknown[], guesses: string[]): DraftSetting {
  const values = [first, ...rest].filter((value) => value !== undefined);
  if (isSecret(key, values)) {
    guesses.push(`${key} (sensitive, ${first === undefined ? 'absent' : 'required'}: its default was not copied)`);
    return { format: String, default: null, sensitive: true, ...(first === undefined && { nullable: true }) };
  }
  const formats = [...new Set(values.filter((value) => value !== null).map(formatOf))];
  const [only] = formats;
  const format = formats.length === 1 && only !== undefined ? only : '*';
  if (formats.length > 1) guesses.push(`${key} (any value: its values in the files are of several types)`);
  if (first === undefined) guesses.push(`${key} (null: no default file has it)`);
  else if (formats.length === 0) guesses.push(`${key} (its default is null: it takes any text, or null)`);
  if (first === undefined || values.includes(null)) return { format, default: first ?? null, nullable: true };
  return formats.length === 1 && !isObjectFormat(format) ? { default: first } : { format, default: first };
}

function isSecret(key: string, values: readonly unknown[]): boolean {
  const isSecretText = (value: unknown): boolean => typeof value === 'string' && looksSecret(value);
  const canBeText = values.some((value) => typeof value === 'string' || value === null);
  return values.some(isSecretText) || (canBeText && isSecretName(key.slice(key.lastIndexOf('.') + 1)));
}

function isObjectFormat(format: unknown): boolean {
  return format === Array || format === Object;
}

function formatOf(value: unknown): unknown {
  if (Array.isArray(value)) return Array;
  return { string: String, number: Number, boolean: Boolean }[typeof value as string] ?? Object;
}

/** Gives settings the variables that `custom-environment-variables.*` names. */
function addVariables(group: DraftGroup, names: Members, parent: string, guesses: string[]): void {
  for (const [name, named] of Object.entries(names)) {
    const key = parent === '' ? name : `${parent}.${name}`;
    const node = Object.hasOwn(group, name) ? group[name] : undefined;
    const isSetting = node !== undefined && 'default' in node;
    const variable = variableOf(named);
    if (!isName(name)) guesses.push(`${key} was left out: varve has no setting of that name`);
    else if (variable !== undefined) {
      if (node === undefined) group[name] = settingOfVariable(key, variable, guesses);
      else if (isSetting) group[name] = { ...node, env: variable.name } as DraftSetting;
      else guesses.push(`${variable.name} was left out: ${key} is a group`);
    } else if (isMembers(named) && !isSetting) {
      const inner = (node as DraftGroup | undefined) ?? {};
      addVariables(inner, named, key, guesses);
      if (Object.keys(inner).length > 0) group[name] = inner;
    }
  }
}

/** A variable, and the parser of node-config that reads its text. */
interface Variable {
  readonly name: string;
  readonly parser: string | undefined;
}

function variableOf(named: unknown): Variable | undefined {
  if (typeof named === 'string') return { name: named, parser: undefined };
  const { __name: name, __format: parser } = isMembers(named) ? named : {};
  return typeof name === 'string' ? { name, parser: typeof parser === 'string' ? parser : undefined } : undefined;
}

/** The formats of settings that only a variable gives, by the parser of node-config. */
const BY_PARSER: Readonly<Record<string, readonly [format: unknown, shown: string]>> = {
  number: [Number, 'number'],
  boolean: [Boolean, 'boolean'],
  json: [Object, 'object'],
};

function settingOfVariable(key: string, { name, parser }: Variable, guesses: string[]): DraftSetting {
  const [format, shown] = BY_PARSER[parser ?? ''] ?? [String, 'string'];
  const isSensitive = format === String && (isSecretName(name) || isSecretName(key.slice(key.lastIndexOf('.') + 1)));
  guesses.push(`${name} -> ${key} (${shown}${isSensitive ? ', sensitive' : ''}; it has no default)`);
  return { format, default: null, nullable: true, ...(isSensitive && { sensitive: true }), env: name };
}
