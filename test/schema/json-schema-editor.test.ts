import { describe, expect, test } from 'vitest';
import { getLanguageService, type JSONSchema, TextDocument } from 'vscode-json-languageservice';
import { defineConfig } from '../../src/index.ts';
import { jsonSchema } from '../../src/tools.ts';

const definition = defineConfig({
  name: 'app',
  settings: {
    batch_size_days: { doc: 'Days of history', format: 'nat', min: 1, default: 30 },
    level: { doc: 'How much is logged', format: ['debug', 'info'], default: 'info' },
    optimizer: {
      lr: { doc: 'Learning rate', format: Number, max: 1, default: 5e-7 },
      rate: { format: Number, default: 0.1, deprecated: 'use lr', aliases: ['speed'] },
    },
    backbone: { format: Object, default: { depth: 50 } },
    wait: { format: 'duration', default: '5s' },
    token: { doc: 'Of the tracker', default: 'hunter2', sensitive: true },
  },
} as never);

/** What an editor does with a text in which `|` is where the cursor stands. */
function editor(marked: string) {
  const at = marked.indexOf('|');
  const text = marked.replace('|', '');
  const service = getLanguageService({});
  const schema = jsonSchema(definition) as JSONSchema;
  service.configure({ validate: true, schemas: [{ uri: 'varve://app', fileMatch: ['*'], schema }] });
  const document = TextDocument.create('file:///app.json', 'json', 1, text);
  const parsed = service.parseJSONDocument(document);
  const position = document.positionAt(at);
  return {
    completion: async () => (await service.doComplete(document, position, parsed))?.items ?? [],
    hover: async () => [(await service.doHover(document, position, parsed))?.contents].flat().join(),
    diagnostics: async () =>
      (await service.doValidation(document, parsed)).map(
        ({ range, message }) => `${document.getText(range)}: ${message}`,
      ),
  };
}

describe('completion', () => {
  test('of keys, with their docs and defaults', async () => {
    const items = await editor('{ | }').completion();
    expect(items.map(({ label }) => label)).toEqual(
      expect.arrayContaining([
        '$schema',
        'batch_size_days',
        'level',
        'optimizer',
        'backbone',
        'wait',
        'token',
        'speed',
      ]),
    );
    const item = items.find(({ label }) => label === 'batch_size_days');
    expect(JSON.stringify(item?.documentation)).toContain('Days of history');
    expect(item?.insertText).toContain('30');
    expect(JSON.stringify(items)).not.toContain('hunter2');
  });

  test('of keys in groups and open objects', async () => {
    const labels = async (text: string): Promise<readonly string[]> =>
      (await editor(text).completion()).map(({ label }) => label);
    expect(await labels('{ "optimizer": { | } }')).toEqual(expect.arrayContaining(['lr', 'rate']));
    expect(await labels('{ "backbone": { | } }')).toEqual(['depth']);
  });

  test.each([
    ['{ "level": | }', ['"info"', '"debug"']],
    ['{ "batch_size_days": | }', ['30']],
    ['{ "wait": | }', ['"5s"']],
  ])('of values: %s', async (text, expected) => {
    const items = await editor(text).completion();
    expect(items.map(({ label }) => label)).toEqual(expect.arrayContaining(expected));
  });
});

test.each([
  ['{ "batch_size|_days": 3 }', 'Days of history'],
  ['{ "optimizer": { "lr": 0|.1 } }', 'Learning rate'],
  ['{ "spe|ed": 1 }', 'Deprecated: write "optimizer'],
])('hover over %s', async (text, expected) => {
  expect(await editor(text).hover()).toContain(expected);
});

describe('diagnostics', () => {
  test.each([
    ['{ "batch_size_days": 30, "optimizer": { "lr": 1e-3 }, "backbone": { "more": 1 }, "wait": "5 minutes" }', []],
    ['{ "batch_size_days": 0 }', ['0: Value is below the minimum of 1.']],
    ['{ "batch_size_days": "many" }', ['"many": Incorrect type. Expected "integer".']],
    ['{ "level": "warn" }', ['"warn": Value is not accepted. Valid values: "debug", "info".']],
    ['{ "optimizer": { "lr": 2 } }', ['2: Value is above the maximum of 1.']],
    ['{ "batch_sise_days": 3 }', ['"batch_sise_days": Property batch_sise_days is not allowed.']],
    ['{ "optimizer": { "rate": 1 } }', ['"rate": 1: Value is deprecated']],
    ['{ "wait": "5 parsecs" }', [expect.stringContaining('"5 parsecs": String does not match the pattern')]],
  ])('%s', async (text, expected) => {
    expect(await editor(text).diagnostics()).toEqual(expected);
  });
});
