import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Config,
  ConfigError,
  type Definition,
  defineConfig,
  describeIssues,
  loadConfig,
  loadConfigOrExit,
} from '../../src/index.ts';
import { describeSettings } from '../../src/tools.ts';
import { type Folder, folder } from '../folder.ts';
import { blocksOf } from './blocks.ts';
import { ROOT } from './project.ts';

const PAGE = readFileSync(join(ROOT, 'docs/reference/settings.md'), 'utf8');

/** A line of an example: what is given to the settings above it, and what comes of it. */
interface Line {
  readonly settings: string;
  readonly input: string;
  readonly output: string;
}

/** The lines of an example; settings count for the comments below them. */
function linesOf(example: string): readonly Line[] {
  return [...example.matchAll(/((?:^(?!\/\/).*\n)+)((?:^\/\/ .*\n)+)/gm)].flatMap(([, settings = '', comments = '']) =>
    [...comments.matchAll(/^\/\/ (.*?)→ (.*)$/gm)].map(([, input = '', output = '']) => ({ settings, input, output })),
  );
}

/** The inputs of a line: variables, flags, texts of `app.json`, and an expression over the configuration. */
function inputsOf(input: string) {
  const [, given = '', expression] = /^(.*?)((?:config\.|describeSettings\().*)?$/.exec(input.trim()) ?? [];
  const files = [...given.matchAll(/\{.*?\}(?= |$)/g)].map(([text]) => text);
  const words = given
    .replaceAll(/\{.*?\}(?= |$)/g, '')
    .split(' ')
    .filter((word) => word !== '');
  const variables = words.filter((word) => /^[A-Z_]+=/.test(word));
  const env = Object.fromEntries(variables.map((word) => word.split(/=(.*)/s).slice(0, 2)));
  return { files, env, argv: words.filter((word) => !variables.includes(word)), expression };
}

const definitionOf = (settings: string): Definition =>
  defineConfig({
    name: 'app',
    file: 'app.json',
    envPrefix: 'APP',
    settings: new Function(`return { ${settings} }`)(),
  }) as Definition;

/** What comes of a line, in the words of the page. */
async function outcome({ settings, input, output }: Line, at: Folder): Promise<string> {
  const { files, env, argv, expression } = inputsOf(input);
  const [first, ...later] = files;
  if (first !== undefined) at.write('app.json', first);
  const definition = definitionOf(settings);
  const inputs = { cwd: at.path, env, argv, onWarning: false as const };
  if (argv.some((word) => word.startsWith('--help'))) return helpOf(definition, inputs, output);
  try {
    const config = await loadConfig(definition, inputs);
    for (const text of later) {
      at.write('app.json', text);
      await config.reload();
    }
    if (expression !== undefined) return JSON.stringify(evaluated(expression, config));
    const [, key] = /^(\w+) = /.exec(output) ?? [];
    return key === undefined
      ? firstLine(describeIssues(config.warnings))
      : `${key} = ${JSON.stringify(config.get(key))}`;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return firstLine(error.message);
  }
}

/** A message without the lines of the file below it. */
const firstLine = (text: string): string => text.split('\n')[0] ?? '';

const evaluated = (expression: string, config: Config): unknown =>
  new Function('config', 'describeSettings', `return ${expression}`)(config, describeSettings);

/** The part of the help that the page names, or all of it where it has no such part. */
async function helpOf(definition: Definition, inputs: object, part: string): Promise<string> {
  let help = '';
  const stream = {
    columns: 80,
    write(text: string, done: () => void): void {
      help += text;
      done();
    },
  };
  const exit = (): never => {
    throw new Error('exit');
  };
  const start = loadConfigOrExit(definition, { ...inputs, terminal: { stdout: stream, stderr: stream, exit } });
  await expect(start).rejects.toThrow('exit');
  return help.includes(part) ? part : help;
}

const PARTS = PAGE.split(/^## /m).slice(1);

describe.each(PARTS.map((part) => [part.split('\n')[0] ?? '', part] as const))('the member %s', (_, part) => {
  const lines = blocksOf(part).flatMap(({ text }) => linesOf(text));

  test('has an example', () => expect(lines).not.toEqual([]));

  test.each(lines)('$input → $output', async (line) => {
    expect(await outcome(line, folder({ 'secret.txt': 'correct horse\n' }))).toBe(line.output);
  });
});
