import { describe, expect, test } from 'vitest';
import { INPUTS, type Node } from './given.ts';

interface Row {
  readonly node: Node;
  readonly right: readonly [text: string, value: unknown];
  readonly wrong: readonly string[];
  /** The value of an empty text; absent where that has no value. */
  readonly empty?: unknown;
}

const ROWS: Readonly<Record<string, Row>> = {
  Number: { node: { format: Number, default: 1 }, right: ['0.5', 0.5], wrong: ['12abc', '0x1F', 'NaN', '1,5'] },
  'a bounded Number': { node: { format: Number, default: 1, min: 0, max: 2 }, right: ['2', 2], wrong: ['2.1', '-1'] },
  int: { node: { format: 'int', default: 1 }, right: ['-7', -7], wrong: ['1.5', 'abc', '9007199254740993'] },
  nat: { node: { format: 'nat', default: 1 }, right: ['7', 7], wrong: ['-1', '1.5'] },
  port: { node: { format: 'port', default: 80 }, right: ['8080', 8080], wrong: ['70000', 'http'] },
  Boolean: { node: { format: Boolean, default: false }, right: ['true', true], wrong: ['maybe', '2'] },
  'an enumeration': { node: { format: ['adam', 'sgd'], default: 'adam' }, right: ['sgd', 'sgd'], wrong: ['sg', 'SGD'] },
  'an enumeration with an empty option': {
    node: { format: ['', 'fast'], default: 'fast' },
    right: ['fast', 'fast'],
    wrong: ['slow'],
    empty: '',
  },
  String: { node: { format: String, default: 'd' }, right: ['1.10', '1.10'], wrong: [], empty: '' },
  'a String with a pattern': {
    node: { format: String, default: 'd', pattern: '^[a-z]$', maxLength: 1 },
    right: ['x', 'x'],
    wrong: ['7', 'xy'],
  },
  url: { node: { format: 'url', default: 'http://d' }, right: ['http://a.b', 'http://a.b'], wrong: ['nope'] },
  email: { node: { format: 'email', default: 'd@d.de' }, right: ['a@b.org', 'a@b.org'], wrong: ['a@'] },
  ipaddress: { node: { format: 'ipaddress', default: '::1' }, right: ['10.0.0.1', '10.0.0.1'], wrong: ['10.0.0.256'] },
  duration: { node: { format: 'duration', default: 1 }, right: ['1h30m', 5_400_000], wrong: ['5 parsecs', '-1m'] },
  bytes: { node: { format: 'bytes', default: 1 }, right: ['512Mi', 536_870_912], wrong: ['5 parsecs', 'Mi'] },
  timestamp: { node: { format: 'timestamp', default: 1 }, right: ['7', 7], wrong: ['yesterday'] },
  'an Array': {
    node: { format: Array, default: [7], items: 'int' },
    right: ['[1,2]', [1, 2]],
    wrong: ['[1,"x"]', '[1'],
    empty: [],
  },
  'an Object': {
    node: { format: Object, default: {}, members: 'nat' },
    right: ['{"a":1}', { a: 1 }],
    wrong: ['{"a":-1}', '[1]', '{"a"', '{"a":"x"}'],
  },
  RegExp: { node: { format: RegExp, default: 'd' }, right: ['a+', /a+/], wrong: ['('], empty: /(?:)/ },
  'a nullable nat': { node: { format: 'nat', nullable: true, default: 1 }, right: ['null', null], wrong: ['nul'] },
  'a secret': {
    node: { format: String, default: 'd', sensitive: true },
    right: ['s3cret', 's3cret'],
    wrong: ['********'],
    empty: '',
  },
};

/** Inputs in which an empty text of a format without an empty value has no effect, and is listed by `explain`. */
const TAKES_NO_EMPTY = ['.env', 'variable', 'secret file', 'custom source'];

/** Secrets are no arguments of a command. */
function isMeantFor(input: string, { node }: Row): boolean {
  return node['sensitive'] !== true || input !== 'varve set';
}

describe.each(Object.entries(INPUTS))('by %s,', (input, give) => {
  const rows = Object.entries(ROWS).filter(([, row]) => isMeantFor(input, row));

  test.each(rows)('%s takes its value', async (_, { node, right: [text, value] }) => {
    expect(await give(node, 'item', text)).toEqual({ value, reports: [], isEmpty: false });
  });

  test.each(rows)('%s refuses other texts, by its name', async (_, { node, wrong }) => {
    for (const text of wrong) {
      const { value, reports } = await give(node, 'item', text);
      expect([text, value]).toEqual([text, undefined]);
      expect(reports.join('\n')).toMatch(/item/);
      if (node['sensitive']) expect(reports.join('\n')).not.toContain(`"${text}"`);
    }
  });

  test.each(rows)('%s has an empty value, or reports the empty text', async (_, { node, ...row }) => {
    const { value, reports, isEmpty } = await give(node, 'item', '');
    if (isEmpty) expect(TAKES_NO_EMPTY).toContain(input);
    else if ('empty' in row && value !== undefined)
      expect({ value, reports }).toEqual({ value: row.empty, reports: [] });
    else expect(reports.join('\n')).toMatch(/item/);
  });

  test.each(rows)('a misspelt name of %s is reported with the right one', async (_, { node, right: [text] }) => {
    const { reports } = await give(node, 'itme', text);
    expect(reports.join('\n')).toMatch(/itme.*item/is);
    if (node['sensitive']) expect(reports.join('\n')).not.toContain(text);
  });
});
