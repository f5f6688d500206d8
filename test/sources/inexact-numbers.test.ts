import { expect, test } from 'vitest';
import { each } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { issues } from './loaded.ts';

const settings = {
  id: { format: 'int', default: 0 },
  list: { format: Array, items: 'int', default: [] },
  opts: { format: Object, default: {} },
  name: { format: String, default: '' },
  stores: each({ size: 0 }),
};
const NUMBER = 'must be a number that can be held exactly: at most ±(2^53-1)';
const NUMBERS = 'must have numbers that can be held exactly: at most ±(2^53-1)';

test.each<[string, readonly string[]]>([
  ['{ "id": 9007199254740993 }', [`id ${NUMBER} app.json:1:9`]],
  ['{ "list": [1, 9007199254740993] }', [`list ${NUMBERS} app.json:1:15`]],
  ['{ "opts": { "a": 9007199254740993, "b": 9007199254740995 } }', [`opts ${NUMBERS} app.json:1:18`]],
  ['{ "stores": { "a": { "size": -9007199254740993 } } }', [`stores.a.size ${NUMBER} app.json:1:30`]],
  [
    '{ "id": 9007199254740993, "name": "x", "list": [], "opts": { "a": 9007199254740995 } }',
    [`id ${NUMBER} app.json:1:9`, `opts ${NUMBERS} app.json:1:67`],
  ],
  ['{ "id": 1, "other": 9007199254740993, "list": [2] }', []],
  ['{ "id": 9007199254740991 }', []],
])('numbers that JavaScript rounds are refused where they are: %s', (text, expected) => {
  const { path } = folder({ 'app.json': text });
  const found = issues({ settings, file: 'app.json', cwd: path });
  const told = found.map(({ key, message, origin }) => `${key} ${message.split(',')[0]} ${origin?.location}`);
  expect(told).toEqual(expected);
  for (const { frame } of found) expect(frame).toContain('900719925474099');
});
