import { expect, test } from 'vitest';
import { folder } from '../folder.ts';
import { issues, loaded } from './loaded.ts';

const settings = {
  log: { level: { format: String, default: 'info' } },
  opts: { format: Object, default: { maxNorm: 1, list: [1] } },
};
const token = { format: String, default: '', sensitive: true };

const inFile = (text: string, more: object = {}) => ({
  settings: { ...settings, ...more },
  file: 'app.json',
  cwd: folder({ 'app.json': text }).path,
});

test.each([
  ['a group', '{\n  "log": 3\n}\n', 'log', 'app.json:2:10'],
  ['a text that is not JSON', '{\n  "log": ]\n}\n', 'app.json', 'app.json:2:10'],
  ['a list instead of an object', '\n["log":', 'app.json', 'app.json:2:7'],
  ['a list', '\n["log"]', 'app.json', 'app.json:2:1'],
])(
  'an issue of %s has its name, its location and its lines, unless they may have a secret',
  (_, text, name, location) => {
    const [issue] = issues(inFile(text));
    expect(issue).toMatchObject({ origin: { layer: 'file', name, location }, frame: expect.stringContaining('log') });
    const [secret] = issues(inFile(text, { token }));
    expect(secret).toMatchObject({ origin: { layer: 'file', name, location } });
    expect(Object.keys(secret ?? {})).not.toContain('frame');
  },
);

test('a warning of an unknown key has its location and its lines', () => {
  expect(loaded(inFile('{ "lgo": 1 }')).warnings).toMatchObject([
    { key: 'lgo', origin: { location: 'app.json:1:3' }, frame: expect.stringContaining('"lgo"') },
  ]);
});

test.each([
  ['{ "opts": { "__proto__": 1 } }', 'opts', 'app.json:1:11'],
  ['{ "opts": { "list": [{ "__proto__": 1 }] } }', 'opts', 'app.json:1:11'],
])('a member called __proto__ is refused: %s', (text, key, location) => {
  expect(issues(inFile(text))).toMatchObject([
    { key, message: expect.stringMatching(/^must not have a member called __proto__/), origin: { location } },
  ]);
});

test.each(['', ' \n\n'])('a file with only white space is a warning: %j', (text) => {
  expect(loaded(inFile(text)).warnings).toMatchObject([
    {
      message: 'app.json is empty, which counts as no settings',
      suggestion: 'If it had settings, restore it before the next save; otherwise write `{}`.',
      origin: { name: 'app.json', location: 'app.json:1:1' },
    },
  ]);
});

test.each([
  [1000, []],
  [1002, [{ message: 'app.json has 2 more problems, which are not listed', origin: { location: 'app.json:1:1' } }]],
])('of %i problems of one kind, 1000 are listed and the others counted', (count, warnings) => {
  const names = Array.from({ length: count }, (_, i) => `g${i}`);
  const groups = Object.fromEntries(names.map((name) => [name, { a: 0 }]));
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, 3])));
  const config = loaded({ ...inFile(text), settings: groups, invalid: 'report' });
  expect(config.issues).toHaveLength(1000);
  expect(config.warnings).toMatchObject(warnings);
  expect(config.warnings).toHaveLength(warnings.length);
});

test.each([
  ['{\n  "log": {\n    "level": "a",\n    "level": "b"\n  }\n}', 'log.level', '3:5', '4:5'],
  ['{ "log": {},\n  "log": { "level": "b" } }', 'log', '1:3', '2:3'],
  ['{ "opts": {\n  "a": 1,\n  "a": 2 } }', 'opts.a', '2:3', '3:3'],
])('a repeated member is a warning with both locations: %j', (text, key, first, last) => {
  const { warnings } = loaded(inFile(text));
  expect(warnings).toMatchObject([
    {
      key,
      message: `is repeated here and at app.json:${first}: the last one counts`,
      origin: { layer: 'file', name: key, location: `app.json:${last}` },
    },
  ]);
  const [line, marks] = (warnings[0]?.frame ?? '').split('\n').slice(-2);
  expect(marks?.slice(line?.indexOf('"')).trim()).toBe('^');
});

test.each(['secret', 'former'])('a repeated member inside of a sensitive %s does not show its name', (name) => {
  const secret = { format: Object, default: {}, sensitive: true, aliases: ['former'] };
  const text = `{ "${name}": { "deep": { "x": 1, "x": 2 } } }`;
  expect(loaded(inFile(text, { secret })).warnings.map(({ key, message }) => [key, message])).toContainEqual([
    name,
    expect.stringMatching(/^is repeated here and at app\.json:1:\d+: the last one counts$/),
  ]);
});

test('a comment in JSON has the remedy', () => {
  expect(issues(inFile('// why\n{}'))).toMatchObject([
    { code: 'CORRUPT', suggestion: 'Rename the file to .jsonc: JSON has no comments.' },
  ]);
});

test.each([
  ['opts.maxNorm', 'app.json:2:16'],
  ['opts.list', 'app.json:3:11'],
  ['opts.list.1', 'app.json:4:3'],
  ['opts.new.deep', 'app.json:5:20'],
])('the member %s is at its own location, however the file spells it', (key, location) => {
  const text = '{ "opts": {\n  "max_norm" : 2,\n  "list": [7,\n  8],\n  "new": { "deep": 1 }\n} }';
  const { winner } = loaded(inFile(text)).explain(key);
  expect(winner).toEqual({ layer: 'file', name: key, location });
});

test('the location of a member that the file gives as another kind of value is that of the value', () => {
  expect(loaded(inFile('{ "opts": { "list": 5 } }')).explain('opts.list').winner?.location).toBe('app.json:1:21');
});
