import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import { describeSettings } from '../../src/tools.ts';
import { folder } from '../folder.ts';
import { type Answer, DOORS, given, type Node } from '../schema/doors.ts';
import { ROOT } from './project.ts';

type Row = readonly string[];

/** The rows of the table that `<!-- table: NAME -->` stands above, as the texts of their cells. */
function rowsOf(page: string, name: string): readonly (readonly [title: string, row: Row])[] {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  const lines = (text.split(`<!-- table: ${name} -->\n\n`)[1] ?? '').split('\n\n')[0]?.split('\n') ?? [];
  const rows = lines.slice(2).filter((line) => line !== '');
  expect(rows.length, `${page} has the table ${name}`).toBeGreaterThan(3);
  return rows.map(
    (line) =>
      [
        line,
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ] as const,
  );
}

/** The codes of a cell. */
const codes = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]*)`/g)].map(([, code]) => code as string);
const code = (cell: string | undefined): string | undefined => codes(cell)[0];

/** What a page writes of a setting: `format: Number, min: 0`. */
const members = (text: string): Node => new Function(`return { ${text} }`)() as Node;

describe('docs/precedence.md', () => {
  test.each(rowsOf('precedence.md', 'winners'))('%s', (_, cells) => {
    const [base, file, dotenv, dotenvLocal, variable, flag, override, value, location] = cells.map(code);
    const inFile = (text: string | undefined): string => (text === undefined ? '{}' : `{ "lr":${text} }`);
    const inEnv = (text: string | undefined): string => (text === undefined ? '' : `APP_LR=${text}\n`);
    const at = folder({
      'config/base.json': inFile(base),
      'config/app.json': inFile(file),
      '.env': inEnv(dotenv),
      '.env.local': inEnv(dotenvLocal),
    });
    const definition = defineConfig({
      name: 'app',
      files: ['config/base.json'],
      file: 'config/app.json',
      envPrefix: 'APP',
      dotenv: true,
      settings: { lr: { format: Number, default: 1 } },
    });
    const env = variable === undefined ? {} : { APP_LR: variable };
    const argv = flag === undefined ? [] : [`--lr=${flag}`];
    const config = loadConfigSync(definition, { cwd: at.path, env, argv });
    if (override !== undefined) config.override('lr', Number(override));
    expect([String(config.values.lr), config.explain('lr').winner?.location]).toEqual([value, location]);
  });

  test.each(rowsOf('precedence.md', 'names'))('%s', (_, [key, says, variable, flag]) => {
    const leaf = { default: '', ...members(code(says) ?? '') };
    const settings = (code(key) ?? '').split('.').reduceRight<object>((inner, name) => ({ [name]: inner }), leaf);
    const [described] = describeSettings(defineConfig({ name: 'app', envPrefix: 'APP', settings: settings as never }));
    expect([described?.variable, described?.flag]).toEqual([code(variable), code(flag)]);
  });

  test.each(rowsOf('precedence.md', 'merges'))('%s', (_, [file, variable, flag, value]) => {
    const definition = defineConfig({
      name: 'app',
      file: 'app.json',
      envPrefix: 'APP',
      settings: { labels: { format: Object, default: { team: 'rl', tags: ['a'] } } },
    });
    const at = folder({ 'app.json': code(file) === undefined ? '{}' : `{ "labels": ${code(file)} }` });
    const env = Object.fromEntries(codes(variable).map((text) => text.split(/=(.*)/s).slice(0, 2)));
    const config = loadConfigSync(definition, { cwd: at.path, env, argv: codes(flag) });
    expect(config.values.labels).toEqual(JSON.parse(code(value) ?? ''));
  });
});

/** What a text is refused for, or its value. */
const outcome = (answer: Answer): unknown => ('refused' in answer ? 'refused' : answer.value);

describe('docs/text-to-value.md', () => {
  /** No text of the tables means this, so that it stands for "no value". */
  const node = (text: string | undefined): Node => ({ default: undefined, ...members(text ?? '') });

  describe.each(DOORS)('by %s', (door) => {
    test.each(rowsOf('text-to-value.md', 'formats'))('%s', (_, [setting, taken = '', refused]) => {
      const pairs = taken.split(' · ').map((pair) => codes(pair));
      const answers = pairs.map(([text = '']) => given(door, node(code(setting)), text));
      expect(answers).toEqual(pairs.map(([, value = '']) => ({ value: JSON.parse(value) })));
      const accepted = codes(refused).filter((text) => outcome(given(door, node(code(setting)), text)) !== 'refused');
      expect(accepted).toEqual([]);
    });
  });

  test.each(rowsOf('text-to-value.md', 'empty'))('%s', (_, [setting, variable, flag]) => {
    const meant = (cell: string | undefined): unknown =>
      cell === 'no value' ? undefined : cell === 'refused' ? 'refused' : JSON.parse(code(cell) ?? '');
    expect(outcome(given('env', node(code(setting)), ''))).toEqual(meant(variable));
    expect(outcome(given('flag', node(code(setting)), ''))).toEqual(meant(flag));
  });
});
