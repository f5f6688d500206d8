import { expect, test } from 'vitest';
import { schemaOf } from '../../src/definition.ts';
import { formatOf } from '../../src/formats/format-of.ts';
import { defineConfig } from '../../src/index.ts';
import { renamedDocument } from '../../src/sources/rename.ts';

const schema = schemaOf(
  defineConfig({
    name: 'app',
    settings: {
      batch_size: { format: 'nat', default: 1, aliases: ['batchSize', 'train.batch'] },
      log: { level: { format: String, default: 'info', aliases: ['log_level', 'log.verbosity'] } },
      opts: { format: Object, default: {}, aliases: ['options'] },
      a: { b: { c: { default: 1, aliases: ['abc'] } } },
    },
  }) as never,
);

test.each([
  ['app.toml', 'batchSize = 1\n'],
  ['app.json5', '{ batchSize: 1 }'],
])('%s is only read', (name, text) => {
  expect(() => renamedDocument(text, schema, formatOf(name))).toThrow('only read');
  const present = text.replace('batchSize', 'batch_size');
  expect(renamedDocument(present, schema, formatOf(name))).toEqual({ text: present, renames: [] });
});

test.each<[string, string, string, readonly string[]]>([
  ['nothing to rename', '{ "batch_size": 1, "other": 2 }', '{ "batch_size": 1, "other": 2 }', []],
  ['an empty document', '', '', []],
  ['a text where the group would be', '{ "log_level": "a", "log": 5 }', '{ "log_level": "a", "log": 5 }', []],
  ['a number where a group around the group would be', '{ "abc": 1, "a": 5 }', '{ "abc": 1, "a": 5 }', []],
  [
    'two names, in the order of the text',
    '{ "options": {}, "batchSize": 1 }',
    '{ "opts": {}, "batch_size": 1 }',
    ['batchSize -> batch_size', 'options -> opts'],
  ],
  [
    'in the root',
    '{\n\t"batchSize" : 1.0,\n\t"x": 1\n}\n',
    '{\n\t"batch_size" : 1.0,\n\t"x": 1\n}\n',
    ['batchSize -> batch_size'],
  ],
  ['in a group', '{"log":{"verbosity":"a"}}', '{"log":{"level":"a"}}', ['log.verbosity -> log.level']],
  [
    'into a group',
    '{\n  "log_level": "a",\n  "x": 1\n}\n',
    '{\n  "x": 1,\n  "log": {\n    "level": "a"\n  }\n}\n',
    ['log_level -> log.level'],
  ],
  [
    'out of a group that it leaves empty',
    '{\n  "train": {\n    "batch": 2\n  }\n}\n',
    '{\n  "batch_size": 2\n}\n',
    ['train.batch -> batch_size'],
  ],
  [
    'beside the present key',
    '{ "batchSize": 7, "batch_size": 8 }',
    '{ "batch_size": 8 }',
    ['batchSize dropped for batch_size'],
  ],
  [
    'two former ones: the first of the aliases counts',
    '{\n  "train": {\n    "batch": 2\n  },\n  "batchSize": 7\n}',
    '{\n  "batch_size": 7\n}',
    ['batchSize -> batch_size', 'train.batch dropped for batch_size'],
  ],
  ['twice', '{ "batchSize": 1, "batchSize": 2 }', '{ "batch_size": 1, "batch_size": 2 }', ['batchSize -> batch_size']],
  [
    'with comments',
    '{\n  // why\n  "options": { "a": 1 }, // because\n}',
    '{\n  // why\n  "opts": { "a": 1 }, // because\n}',
    ['options -> opts'],
  ],
])('%s', (_, text, expected, renames) => {
  const renamed = renamedDocument(text, schema, formatOf('app.jsonc'));
  expect(renamed.text).toBe(expected);
  expect(
    renamed.renames.map(({ from, to, dropped }) => (dropped ? `${from} dropped for ${to}` : `${from} -> ${to}`)),
  ).toEqual(renames);
  expect(renamedDocument(renamed.text, schema, formatOf('app.jsonc'))).toEqual({ text: renamed.text, renames: [] });
});

test('a member that an alias of YAML shows in two groups is renamed once', () => {
  const of = (name: string) => ({ level: { format: String, default: '', aliases: [`${name}.old`] } });
  const settings = { log: of('log'), trace: of('trace') };
  const shared = schemaOf(defineConfig({ name: 'app', settings }) as never);
  const { text } = renamedDocument('log: &log\n  old: a\ntrace: *log\n', shared, formatOf('app.yaml'));
  expect(text).toBe('log: &log\n  "level": a\ntrace: *log\n');
});
