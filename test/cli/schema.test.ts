import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { schemaText } from '../../src/cli/schema-text.ts';
import { defineConfig } from '../../src/index.ts';
import { FILES, golden } from './golden.ts';
import { Shell } from './shell.ts';

test('schema', () =>
  golden('schema', [
    'schema',
    'schema -o config/app.schema.json',
    'schema -o config/app.schema.json',
    'schema --check config/app.schema.json',
    'schema --check',
    (shell) => shell.folder.write('config/app.json', '{ "$schema": "./app.schema.json", "overlap_days": 3 }\n'),
    'schema --check',
    'doctor',
    ({ folder }) => {
      const laidOut = JSON.stringify(JSON.parse(folder.read('config/app.schema.json')), null, '\t');
      folder.write('config/app.schema.json', laidOut);
    },
    'schema --check',
    (shell) => shell.folder.write('config/app.schema.json', '{}\n'),
    'schema --check',
    'schema --check --json',
    'doctor',
    (shell) => shell.folder.write('config/app.json', '{ "$schema": "./other.schema.json" }\n'),
    'schema --check',
    'doctor',
  ]));

test('a validator takes and refuses by the schema what varve takes and refuses', async () => {
  const shell = new Shell(FILES);
  const { stdout } = await shell.run(['schema']);
  const accepts = new Ajv({ allErrors: true, strict: false }).compile(JSON.parse(stdout));
  for (const [text, exit] of [
    ['{ "overlap_days": 3, "log": { "level": "warn" } }', 0],
    ['{ "overlap_days": -3 }', 3],
    ['{ "trust_threshold": 2 }', 3],
    ['{ "log": { "level": "loud" } }', 3],
    ['{ "log": "loud" }', 3],
  ] as const) {
    shell.folder.write('config/app.json', text);
    expect([text, accepts(JSON.parse(text))]).toEqual([text, exit === 0]);
    expect([text, (await shell.run(['validate'])).code]).toEqual([text, exit]);
  }
});

test('a schema has escapes for characters that a terminal acts on or does not show', () => {
  const doc = 'a\u202e\u2028\u009b31mb';
  const text = schemaText(defineConfig({ name: 'app', settings: { port: { doc, default: 80 } } }));
  expect(text).toContain('a\\u202e\\u2028\\u009b31mb');
  expect(JSON.parse(text).properties.port.description).toBe(doc);
});
