import type { Config } from '../../index.ts';
import { describeSettings, jsonValue, type SettingDescription, settingText } from '../../tools.ts';
import { shellWord } from '../../words/shell.ts';
import { jsonMember } from '../../words/values.ts';
import { type Context, EXIT, noteNames } from '../command.ts';
import { dotenvLine } from '../docs/dotenv.ts';
import { yamlText } from '../docs/yaml-text.ts';
import { canReveal } from '../reveal.ts';
import { isObject, valueTree } from '../value-tree.ts';

export interface ExportOptions {
  /** `shell`, `dotenv` or `env-file`: variables; `json` or `yaml`: the values by their keys. */
  readonly format: string;
  /** Whether secrets are included. */
  readonly reveal: boolean;
}

/** Prints the effective values for another program. Secrets are left out unless they are asked for. */
export async function exportValues(context: Context, { format, reveal }: ExportOptions): Promise<number> {
  const config = await context.load();
  const all = describeSettings(config);
  const secrets = all.filter(({ sensitive }) => sensitive).map(({ key }) => key);
  if (reveal && secrets.length > 0 && !(await canReveal(context, `${secrets.length} secrets`))) return EXIT.no;
  const settings = all.filter(({ sensitive }) => reveal || !sensitive);
  const { text, omitted } = await exportText(context, config, { settings, format });
  context.printRaw(text);
  if (!reveal) noteNames(context, 'note: left out without --reveal', secrets);
  const warning = context.paintNote('yellow', 'warning');
  noteNames(context, `${warning}: left out, because ${format} cannot hold the value`, omitted);
  return EXIT.ok;
}

interface ExportSelection {
  readonly settings: readonly SettingDescription[];
  readonly format: string;
}

interface ExportText {
  readonly text: string;
  /** The keys of settings that the format cannot hold. */
  readonly omitted: readonly string[];
}

async function exportText(context: Context, config: Config, selection: ExportSelection): Promise<ExportText> {
  const { settings, format } = selection;
  if (format !== 'json' && format !== 'yaml') return variableLines(context, config, selection);
  const values = settings
    .map(({ key }) => [key, jsonValue(config, key)] as const)
    .filter(([, value]) => value !== undefined);
  const tree = JSON.parse(JSON.stringify(valueTree(values, config.values), jsonMember)) as Readonly<
    Record<string, unknown>
  >;
  const text = format === 'json' ? JSON.stringify(tree, null, 2) : yamlMembers(tree, '').join('\n') || '{}';
  return { text, omitted: [] };
}

async function variableLines(context: Context, config: Config, selection: ExportSelection): Promise<ExportText> {
  const { definition } = await context.define();
  const omitted: string[] = [];
  const lines = selection.settings.flatMap(({ key, variable }) => {
    const value = jsonValue(config, key);
    if (value === undefined) return [];
    const text = settingText(definition, key, value);
    const line = variable === undefined || text === undefined ? undefined : LINES[selection.format]?.(variable, text);
    if (line === undefined) omitted.push(key);
    return line ?? [];
  });
  return { text: lines.join('\n'), omitted };
}

/** The assignment of a variable in each format; `undefined` if the format cannot hold the text. */
const LINES: Readonly<Record<string, (variable: string, text: string) => string | undefined>> = {
  shell: (variable, text) => (/^[A-Za-z_]\w*$/.test(variable) ? `export ${variable}=${shellWord(text)}` : undefined),
  dotenv: dotenvLine,
  'env-file': (variable, text) => (/[\r\n\0]/.test(text) ? undefined : `${variable}=${text}`),
};

/** A mapping of YAML in block style; lists and scalars as JSON, which is YAML. */
function yamlMembers(members: Readonly<Record<string, unknown>>, indent: string): readonly string[] {
  return Object.entries(members).flatMap(([name, value]) => {
    const group = isObject(value) ? yamlMembers(value, `${indent}  `) : [];
    if (group.length > 0) return [`${indent}${yamlText(name)}:`, ...group];
    return [`${indent}${yamlText(name)}: ${typeof value === 'string' ? yamlText(value) : JSON.stringify(value)}`];
  });
}
