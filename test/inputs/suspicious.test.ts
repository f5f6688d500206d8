import { expect, test } from 'vitest';
import { defineConfig, describeIssue, type LoadOptions, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';

const settings = {
  http: { port: { format: 'port', default: 80 }, host: '' },
  db: { port: { format: 'port', default: 5432 } },
  token: { format: String, default: 'none', sensitive: true },
} as const;

function warnings(files: Readonly<Record<string, string>>, options: LoadOptions, more: object = {}): readonly string[] {
  const { path } = folder(files);
  const definition = defineConfig({ name: 'shop', envPrefix: 'SHOP', dotenv: true, settings, ...more });
  const config = loadConfigSync(definition, { env: {}, argv: [], onWarning: false, cwd: path, ...options });
  return config.warnings.map(describeIssue);
}

test.each<[flag: string, suggestion: string | undefined]>([
  ['--host', 'Did you mean --http.host?'],
  ['--port', 'Did you mean --http.port or --db.port?'],
  ['--pool', undefined],
  ['-p', undefined],
  ['--http', 'It is a group of settings'],
])('the last name of a setting as a flag is a warning: %s', (flag, suggestion) => {
  if (suggestion?.startsWith('It')) expect(() => warnings({}, { argv: [flag, '81'] })).toThrow(suggestion);
  else if (suggestion === undefined) expect(warnings({}, { argv: [flag, '81'] })).toEqual([]);
  else expect(warnings({}, { argv: [flag, '81'] })).toEqual([`${flag} is not a setting (flag ${flag}). ${suggestion}`]);
});

test('a program whose flags are its own gets no such warning', () => {
  expect(warnings({}, { argv: ['--port', '81'] }, { strictFlags: false })).toEqual([]);
  expect(() => warnings({}, { argv: ['--port', '81'] }, { strictFlags: true })).toThrow('--port is not a setting');
});

test('an empty variable for the file of a secret is a warning where the setting need not have a value', () => {
  expect(warnings({}, { env: { SHOP_TOKEN_FILE: '' } })).toEqual([
    'token: is not read from a file, because SHOP_TOKEN_FILE is empty (env SHOP_TOKEN_FILE). Write the path of the file into SHOP_TOKEN_FILE, or remove the variable.',
  ]);
  expect(warnings({}, { env: { SHOP_TOKEN_FILE: '', SHOP_TOKEN: 'a' } })).toEqual([]);
});

test.each<[stage: string, files: readonly string[], other: string | undefined]>([
  ['prod', ['.env.production'], 'production'],
  ['Production', ['.env.production'], 'production'],
  ['prodution', ['.env.production'], 'production'],
  ['production', ['.env.prod'], 'prod'],
  ['dev', ['.env.development'], 'development'],
  ['production', ['.env.development', '.env.test'], undefined],
  ['production', ['.env.production', '.env.prod'], undefined],
  ['prod', ['.env.prod.local', '.env.production'], undefined],
  ['live', ['.env.production'], undefined],
  ['', ['.env.production'], undefined],
])('a stage without a file, beside the file of a like stage, is a warning: %s, %j', (stage, files, other) => {
  const given = Object.fromEntries(files.map((name) => [name, 'SHOP_TOKEN=a\n']));
  const warning = `.env.${stage} does not exist, and .env.${other} does. Did you mean ${other} instead of ${stage}?`;
  expect(warnings(given, { env: { NODE_ENV: stage } })).toEqual(other === undefined ? [] : [warning]);
});
