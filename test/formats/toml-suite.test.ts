import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatOf } from '../../src/formats/format-of.ts';
import { JsonSyntaxError } from '../../src/json/parse.ts';
import { toValue } from '../../src/json/tree.ts';
import { findPackage } from '../contract/programs.ts';

/** A value of the suite: a table, a list, or the text of a value with its type. */
type Tagged = { readonly [name: string]: Tagged } | readonly Tagged[] | TaggedValue;
interface TaggedValue {
  readonly type: string;
  readonly value: string;
}

const toml = formatOf('app.toml');

function isValue(tagged: Tagged): tagged is TaggedValue {
  return typeof (tagged as TaggedValue).type === 'string' && typeof (tagged as TaggedValue).value === 'string';
}

const FLOATS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

/** What varve reads for a value of the suite: a date as the text that is written, which the suite does not have. */
function expected(tagged: Tagged): unknown {
  if (Array.isArray(tagged)) return tagged.map(expected);
  if (!isValue(tagged as Tagged))
    return Object.fromEntries(Object.entries(tagged).map(([name, value]) => [name, expected(value as Tagged)]));
  const { type, value } = tagged as TaggedValue;
  if (type === 'string') return value;
  if (type === 'bool') return value === 'true';
  if (type === 'integer' || type === 'float')
    return FLOATS[value.replace('+nan', 'nan').replace('-nan', 'nan')] ?? Number(value);
  return expect.stringMatching(/^\d\d(:|\d\d-)/);
}

/** Reads the text of a file; `undefined` if it is refused. */
function read(bytes: Buffer): unknown {
  if (!process.getBuiltinModule('node:buffer').isUtf8(bytes)) return undefined;
  try {
    const { root } = toml.parse(bytes.toString());
    return root && toValue(root);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

/** Texts that are not valid, but that the package reads. */
const READ_ALL_THE_SAME: readonly string[] = ['invalid/control/bare-cr.toml'];

/** Texts of TOML 1.1, and a text whose zeros have a sign that the suite's JSON does not have. */
const LEFT_OUT: readonly string[] = ['valid/string/escape-esc.toml', 'valid/float/zero.toml'];

const found = findPackage('golang-github-burntsushi-toml-dev');
if ('reason' in found) process.stderr.write(`\nSKIPPED: the public TOML suite: ${found.reason}\n`);
const folder =
  'path' in found ? join(found.path, 'usr/share/gocode/src/github.com/BurntSushi/toml/internal/toml-test/tests') : '';
const names = folder === '' ? [] : readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
const valid = names.filter((name) => /^valid.*\.toml$/.test(name) && !LEFT_OUT.includes(name));
const invalid = names.filter((name) => /^invalid.*\.toml$/.test(name));

describe.skipIf(folder === '')('the public suite of TOML', () => {
  test('has its files', () => {
    expect(valid.length).toBeGreaterThan(90);
    expect(invalid.length).toBeGreaterThan(180);
  });

  test.each(valid)('%s', (name) => {
    const json = JSON.parse(readFileSync(join(folder, name.replace(/toml$/, 'json')), 'utf8')) as Tagged;
    expect(read(readFileSync(join(folder, name)))).toEqual(expected(json));
  });

  test.each(invalid)('%s is refused', (name) => {
    expect(read(readFileSync(join(folder, name))) === undefined).toBe(!READ_ALL_THE_SAME.includes(name));
  });
});
