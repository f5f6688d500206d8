import { UsageError } from '../usage-error.ts';
import { type DraftGroup, type DraftSetting, isName, isTaken } from './draft.ts';
import { isLiteral } from './source-text.ts';

/** What a convict module tells of the settings. */
export interface ConvictDraft {
  readonly settings: DraftGroup;
  readonly guesses: readonly string[];
}

/** The settings of what a module exports: a convict schema, or a configuration made of one. `undefined`: it is neither. */
export function fromConvict(module: unknown): ConvictDraft | undefined {
  const schema = schemaIn(module);
  if (!schema) return undefined;
  const guesses: string[] = [];
  return { settings: groupOf(schema, '', guesses), guesses };
}

type Members = Readonly<Record<string, unknown>>;

function schemaIn(exported: unknown, depth = 0): Members | undefined {
  if (!isObject(exported) || depth > 2) return undefined;
  // What convict was made with; `getSchema()` would lose formats that are functions.
  if (typeof exported['getSchemaString'] === 'function')
    return isObject(exported['_def']) ? exported['_def'] : undefined;
  for (const name of ['default', 'config', 'schema', 'module.exports']) {
    const inner = Object.hasOwn(exported, name) ? schemaIn(exported[name], depth + 1) : undefined;
    if (inner) return inner;
  }
  return Object.values(exported).some((node) => isLeaf(node) || hasLeaf(node)) ? exported : undefined;
}

function isLeaf(node: unknown): node is Members {
  return isObject(node) && 'default' in node;
}

/** `seen`: other objects that a module exports may contain themselves. */
function hasLeaf(node: unknown, seen: Set<unknown> = new Set()): boolean {
  if (!isObject(node) || seen.has(node)) return false;
  seen.add(node);
  return Object.values(node).some((inner) => isLeaf(inner) || hasLeaf(inner, seen));
}

/** A definition has no more levels of groups. */
const MOST_LEVELS = 256;

function groupOf(schema: Members, parent: string, guesses: string[]): DraftGroup {
  const group: DraftGroup = {};
  if (parent.split('.').length > MOST_LEVELS)
    throw new UsageError(`the schema contains itself, or has more than ${MOST_LEVELS} levels of groups`);
  for (const [name, node] of Object.entries(schema)) {
    const key = parent === '' ? name : `${parent}.${name}`;
    if (!isName(name)) guesses.push(`${key} was left out: varve has no setting of that name`);
    else if (isObject(node) && !isLeaf(node) && Object.keys(node).length > 0) group[name] = groupOf(node, key, guesses);
    else group[name] = settingOf(isLeaf(node) ? node : { default: node }, key, guesses);
  }
  return group;
}

/** The setting as it is, where it can be written and varve takes it; else with less, and what to check. */
function settingOf(node: Members, key: string, guesses: string[]): DraftSetting {
  const written: Record<string, unknown> = {};
  for (const [member, value] of Object.entries(node)) {
    if (isLiteral(value)) written[member] = value;
    else if (member !== 'format') guesses.push(`${key}: its "${member}" can't be copied`);
  }
  const setting: DraftSetting = { ...written, default: written['default'] };
  const isCopied = node['format'] === undefined || 'format' in written;
  if (isCopied && isTaken(setting)) return setting;
  const { format } = node;
  const reason =
    typeof format === 'function' ? 'a function' : typeof format === 'string' ? `"${format}"` : 'of its own';
  guesses.push(`${key}: its format is ${reason}, which was not copied; it takes any text until you write one`);
  const { default: value } = setting;
  const open = { ...setting, format: '*' };
  return isTaken(open) ? open : { format: '*', nullable: true, default: value ?? null };
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp);
}
