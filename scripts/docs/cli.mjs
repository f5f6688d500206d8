import { createJiti } from 'jiti';
import { DEFINITION, FILE, sampleOf } from './cli-samples.mjs';

const jiti = createJiti(import.meta.url);
const { COMMANDS } = await jiti.import('../../src/cli/commands.ts');
const { COMMON_OPTIONS } = await jiti.import('../../src/cli/specs/options.ts');

const BEGIN = '<!-- begin of what `npm run docs` writes -->';
const END = '<!-- end of what `npm run docs` writes -->';

/** The page of the command line with its commands written anew between two markers; the rest of it is by hand. */
export async function commandPage(page, root) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/cli.md has not the lines ${BEGIN} and ${END}`);
  return [page.slice(0, begin + BEGIN.length), await commands(root), page.slice(end)].join('\n\n');
}

async function commands(root) {
  const names = Object.keys(COMMANDS);
  const parts = [];
  for (const [name, spec] of Object.entries(COMMANDS)) parts.push(commandPart(name, spec, await sampleOf(name, root)));
  return [
    'The samples are what the commands print for this definition and this file, each in a folder of its own; `npm run docs` runs them. ' +
      '`init` begins in an empty folder, `log`, `rollback` and `store` have a `store` instead of the file, and `contract` has an older definition too.',
    `\`\`\`js signature\n// varve.config.mjs\n${DEFINITION}\`\`\``,
    `\`\`\`json\n${FILE}\`\`\``,
    names.map((name) => `[\`${name}\`](#varve-${name})`).join(' · '),
    ...parts,
    '### Options of every command',
    optionTable(COMMON_OPTIONS),
  ].join('\n\n');
}

function commandPart(name, { usage, describe, options, examples = [], notes, takesCommand, takesSettings }, sample) {
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
    `<!-- run by: test/generated-pages.test.ts -->\n${sample}`,
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
