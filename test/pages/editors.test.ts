import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { getLanguageService, type JSONSchema, TextDocument } from 'vscode-json-languageservice';
import { type Definition, defineConfig } from '../../src/index.ts';
import { jsonSchema } from '../../src/tools.ts';
import { blocksOf } from './blocks.ts';
import { ROOT } from './project.ts';

const PAGE = readFileSync(join(ROOT, 'docs/guide/editors.md'), 'utf8');
const SOURCE = blocksOf(PAGE).find(({ file }) => file === 'varve.config.mjs')?.text ?? '';

const definition: Definition = new Function(
  'defineConfig',
  SOURCE.replace(/^import .*$/m, '').replace('export default', 'return'),
)(defineConfig);
const schema = jsonSchema(definition) as JSONSchema;

const codesOf = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);

const [, TABLE = ''] = PAGE.split('<!-- table: editor -->');
const ROWS = [...TABLE.matchAll(/^\| (`.*`) \| (offers|shows|underlines) (.*) \|$/gm)].map(
  ([, text, verb, answer]) => [codesOf(text)[0] ?? '', verb ?? '', codesOf(answer)] as const,
);

/** What the language service of VS Code answers for a text with a cursor. */
async function answered(marked: string, verb: string): Promise<readonly string[]> {
  const at = Math.max(0, marked.indexOf('▮'));
  const service = getLanguageService({});
  service.configure({ validate: true, schemas: [{ uri: 'varve://shop', fileMatch: ['*'], schema }] });
  const document = TextDocument.create('file:///shop.json', 'json', 1, marked.replace('▮', ''));
  const parsed = service.parseJSONDocument(document);
  const position = document.positionAt(at);
  if (verb === 'offers')
    return ((await service.doComplete(document, position, parsed))?.items ?? []).map(({ label }) => label);
  if (verb === 'shows') {
    const contents = (await service.doHover(document, position, parsed))?.contents;
    return [contents].flat().map((part) => (typeof part === 'object' ? part.value : String(part)));
  }
  return (await service.doValidation(document, parsed)).map(({ range }) => document.getText(range));
}

test.each(ROWS)('%s: VS Code %s %j', async (text, verb, expected) => {
  expect((await answered(text, verb)).toSorted()).toEqual(expected.toSorted());
});

test('the table has rows of each kind', () => {
  expect(new Set(ROWS.map(([, verb]) => verb))).toEqual(new Set(['offers', 'shows', 'underlines']));
});

test('the schema is a valid schema of draft 7', () => {
  expect(new Ajv({ strict: false }).validateSchema(schema as object)).toBe(true);
});
