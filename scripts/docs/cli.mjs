import { createJiti } from 'jiti';

const { COMMANDS, COMMON_OPTIONS } = await createJiti(import.meta.url).import('../../src/cli/commands.ts');

const BEGIN = '<!-- begin of what `npm run docs` writes -->';
const END = '<!-- end of what `npm run docs` writes -->';

/** The page of the command line with its commands written anew between two markers; the rest of it is by hand. */
export function commandPage(page) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/cli.md has not the lines ${BEGIN} and ${END}`);
  return [page.slice(0, begin + BEGIN.length), commands(), page.slice(end)].join('\n\n');
}

function commands() {
  const names = Object.keys(COMMANDS);
  return [
    names.map((name) => `[\`${name}\`](#varve-${name})`).join(' · '),
    ...Object.entries(COMMANDS).map(([name, spec]) => commandPart(name, spec)),
    '### Options of every command',
    optionTable(COMMON_OPTIONS),
  ].join('\n\n');
}

function commandPart(name, { usage, describe, options, examples = [], notes, takesCommand, takesSettings }) {
  const words = [
    `varve ${usage}`,
    ...(takesSettings ? ['--SETTING VALUE,VALUE …'] : []),
    ...(takesCommand ? ['-- COMMAND'] : []),
  ];
  const shown = Object.fromEntries(Object.entries(options).filter(([, { hidden }]) => !hidden));
  return [
    `### varve ${name}`,
    `\`${words.join(' ')}\``,
    `${describe}.${notes === undefined ? '' : ` ${notes}`}`,
    ...(Object.keys(shown).length === 0 ? [] : [optionTable(shown)]),
    ...(examples.length === 0 ? [] : [exampleTable(examples)]),
  ].join('\n\n');
}

const cell = (text) => text.replaceAll('|', '\\|');

function optionTable(options) {
  const rows = Object.entries(options).map(
    ([name, option]) => `| ${optionName(name, option)} | ${cell(option.describe ?? '')} |`,
  );
  return ['| option | |', '| --- | --- |', ...rows].join('\n');
}

function optionName(name, { type, alias, choices, default: fallback }) {
  const short = alias === undefined ? '' : `\`-${alias}\`, `;
  const value = type === 'boolean' ? '' : ` ${choices === undefined ? 'TEXT' : choices.join('|')}`;
  const unless = fallback === undefined || fallback === false ? '' : ` (\`${fallback}\` by default)`;
  return cell(`${short}\`--${name}${value}\`${unless}`);
}

const exampleTable = (examples) =>
  [
    '| for example | |',
    '| --- | --- |',
    ...examples.map(([line, what]) => `| \`${cell(line)}\` | ${cell(what)} |`),
  ].join('\n');
