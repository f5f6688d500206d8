import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DefinitionError } from '../command-errors.ts';
import { UsageError } from '../usage-error.ts';
import { type Draft, type DraftGroup, type DraftSetting, isName } from './draft.ts';
import { isSecretName, looksSecret } from './secrecy.ts';

/** What a folder of node-config tells. */
export type NodeConfigDraft = Pick<Draft, 'settings' | 'guesses' | 'files' | 'file'>;

/** The settings of a node-config folder: `default.json` gives the defaults, `local.json` is the file that is written. */
export async function fromNodeConfig(
  folder: string,
  shown: string,
  load: (path: string) => Promise<{ readonly default?: unknown }>,
): Promise<NodeConfigDraft> {
  const guesses: string[] = [];
  const settings = groupOf(await defaults(folder, shown, load), '', guesses);
  const variables = readJson(folder, shown, 'custom-environment-variables.json');
  if (variables !== undefined) withVariables(settings, variables, '', guesses);
  const deployments = readdirSync(folder).filter((name) => /^[\w-]+\.json$/.test(name) && !OWN.has(name));
  const files = deployments.length === 0 ? undefined : deploymentFiles(shown);
  if (files) guesses.push(`${deployments.join(', ')} -> read below the file, by NODE_ENV`);
  guesses.push(`${shown}/local.json -> the file that is read last, and that varve set writes`);
  return { settings, guesses, file: `${shown}/local.json`, ...(files && { files }) };
}

const OWN: ReadonlySet<string> = new Set([
  'default.json',
  'local.json',
  'custom-environment-variables.json',
  'package.json',
  'tsconfig.json',
]);

function deploymentFiles(shown: string): Draft['files'] {
  const file = `new URL(\`./${shown}/\${process.env.NODE_ENV ?? 'development'}.json\`, import.meta.url)`;
  return {
    imports: ["import { existsSync } from 'node:fs';"],
    expression: `[${file}].filter((file) => existsSync(file))`,
  };
}

type Members = Readonly<Record<string, unknown>>;

async function defaults(folder: string, shown: string, load: Parameters<typeof fromNodeConfig>[2]): Promise<Members> {
  const json = readJson(folder, shown, 'default.json');
  if (json) return json;
  const module = ['js', 'cjs', 'mjs', 'ts']
    .map((end) => join(folder, `default.${end}`))
    .find((path) => existsSync(path));
  const exported = module === undefined ? undefined : (await load(module)).default;
  if (isObject(exported)) return exported;
  const others = readdirSync(folder).filter((name) => name.startsWith('default.'));
  throw new UsageError(
    `${shown} has no default.json`,
    others.length === 0
      ? 'Name a .env file, a convict module, or a folder of node-config.'
      : `Convert ${others.join(', ')} to JSON first.`,
  );
}

function readJson(folder: string, shown: string, name: string): Members | undefined {
  const path = join(folder, name);
  if (!existsSync(path)) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isObject(value)) return value;
    throw new DefinitionError(`${shown}/${name} must hold a JSON object`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new DefinitionError(`${shown}/${basename(path)} is not valid JSON: ${error.message}`);
  }
}

function groupOf(members: Members, parent: string, guesses: string[]): DraftGroup {
  const group: DraftGroup = {};
  for (const [name, value] of Object.entries(members)) {
    const key = parent === '' ? name : `${parent}.${name}`;
    if (!isName(name)) guesses.push(`${key} was left out: varve has no setting of that name`);
    else if (isGroup(value)) group[name] = groupOf(value, key, guesses);
    else group[name] = settingOf(name, key, value, guesses);
  }
  return group;
}

/** An object whose members can't all be settings is one setting. */
function isGroup(value: unknown): value is Members {
  return isObject(value) && Object.keys(value).length > 0 && Object.keys(value).every(isName);
}

function settingOf(name: string, key: string, value: unknown, guesses: string[]): DraftSetting {
  const isSecret = isSecretName(name) ? typeof value === 'string' || value === null : looksSecretValue(value);
  if (isSecret) {
    guesses.push(`${key} (sensitive, required: its default was not copied)`);
    return { format: String, default: null, sensitive: true };
  }
  if (value === null) {
    guesses.push(`${key} (its default is null: it takes any text, or null)`);
    return { format: '*', default: null, nullable: true };
  }
  if (Array.isArray(value)) return { format: Array, default: value };
  return isObject(value) ? { format: Object, default: value } : { default: value };
}

/** Gives settings the variables that `custom-environment-variables.json` names. */
function withVariables(group: DraftGroup, names: Members, parent: string, guesses: string[]): void {
  for (const [name, named] of Object.entries(names)) {
    const key = parent === '' ? name : `${parent}.${name}`;
    const variable = typeof named === 'string' ? named : isObject(named) ? named['__name'] : undefined;
    const node = Object.hasOwn(group, name) ? group[name] : undefined;
    if (typeof variable === 'string') {
      if (node !== undefined && 'default' in node) group[name] = { ...(node as DraftSetting), env: variable };
      else if (node === undefined && isName(name)) {
        group[name] = { format: String, default: null, nullable: true, env: variable };
        guesses.push(`${variable} -> ${key} (string; it has no default)`);
      } else guesses.push(`${variable} was left out: ${key} is a group`);
    } else if (isObject(named) && node !== undefined && !('default' in node)) {
      withVariables(node as DraftGroup, named, key, guesses);
    } else if (isObject(named) && node === undefined && isName(name)) {
      const inner: DraftGroup = {};
      withVariables(inner, named, key, guesses);
      if (Object.keys(inner).length > 0) group[name] = inner;
    }
  }
}

function looksSecretValue(value: unknown): boolean {
  return typeof value === 'string' && looksSecret(value);
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
