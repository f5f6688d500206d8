import { printable, printableJson } from '../../words/terminal-text.ts';
import { type DocumentedSetting, type DocumentedSettings, describeFormat } from './documented-variable.ts';

/** The reference of all settings: a table for each group. */
export function markdownReference(documented: DocumentedSettings): string {
  const { name, file, settings } = documented;
  const groups = settingsByGroup(settings);
  const places = ['the default', ...(file === undefined ? [] : [code(file)]), 'the variable', 'the flag'];
  const head = [
    `# Configuration of ${escaped(name)}`,
    '',
    `A value comes from ${places.join(', ')}: the last of these that has one wins. \`varve explain KEY\` shows which.`,
    'Written by `varve docs`.',
  ];
  const tables = [...groups].flatMap(([group, members]) => [
    ...(group === '' ? [] : ['', `## ${escaped(group)}`]),
    '',
    '| Setting | Takes | Default | Variable | Flag | What for |',
    '| --- | --- | --- | --- | --- | --- |',
    ...members.map(row),
  ]);
  return `${[...head, ...tables].join('\n')}\n`;
}

function groupOf({ key }: DocumentedSetting): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('.')));
}

function settingsByGroup(settings: readonly DocumentedSetting[]): ReadonlyMap<string, readonly DocumentedSetting[]> {
  const groups = new Map<string, DocumentedSetting[]>();
  for (const setting of settings) groups.set(groupOf(setting), [...(groups.get(groupOf(setting)) ?? []), setting]);
  return groups;
}

function row(setting: DocumentedSetting): string {
  const { key, variable, flag } = setting;
  const cells = [code(key), escaped(describeFormat(setting)), defaultCell(setting), variable, flag, purpose(setting)];
  const shown = cells.map((cell, i) => (i === 3 || i === 4 ? (cell === undefined ? '' : code(cell)) : cell));
  return `| ${shown.join(' | ')} |`;
}

function defaultCell({ required, sensitive, default: value, defaultText, defaultFrom }: DocumentedSetting): string {
  if (required) return '*required*';
  if (defaultFrom) return `computed from ${defaultFrom.map(code).join(', ')}`;
  if (sensitive) return '*secret*';
  if (value === undefined) return '';
  const isPlain = defaultText !== undefined && defaultText !== '' && visible(defaultText) === defaultText;
  return code(isPlain ? defaultText : printableJson(JSON.stringify(value)));
}

function purpose({ doc = '', deprecated, sensitive, choices }: DocumentedSetting): string {
  const old = deprecated ? `**Deprecated**${typeof deprecated === 'string' ? `: ${escaped(deprecated)}` : ''}` : '';
  const chosen = choices.map(escaped).join('; ');
  return [escaped(doc), chosen, old, sensitive ? 'Sensitive: always redacted.' : '']
    .filter((part) => part !== '')
    .join(' ');
}

/** Text in a cell of a table: nothing in it is markup. */
function escaped(text: string): string {
  const lines = text.split(/\r\n|[\r\n\u2028\u2029]/);
  return lines.map((line) => printable(line).replace(/[\\`*_{}[\]<>|~&#!]/g, '\\$&')).join('<br>');
}

/** The text with escapes for what a reader does not see; a tab is seen. */
function visible(text: string): string {
  return text.split('\t').map(printable).join('\t');
}

/** A code span in a cell: fenced by more backticks than are in it; a bar and a line end would end the cell even there. */
function code(written: string): string {
  const text = visible(written);
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^`|`$|^ .*[^ ].* $/.test(text) ? ' ' : '';
  return `${fence}${pad}${text.replaceAll('|', '\\|')}${pad}${fence}`;
}
