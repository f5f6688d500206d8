import { readFileSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import { thrown } from '../failure.ts';
import { folder } from '../folder.ts';
import { MARK, Victim } from './harness/bad-file.ts';
import { temporaryFolder } from './harness/folder.ts';
import { watchdog } from './harness/watchdog.ts';

/** Files that are JSON objects, with a member that no setting takes: its location and its message. */
const REFUSED: Readonly<Record<string, readonly [text: string, key: string, place: string, says: RegExp]>> = {
  '1e999 for a number': ['{\n  "lr": 1e999\n}', 'lr', '2:9', /held exactly/],
  '-1e999 in a list of a list': ['{"layers": [\n [1,\n -1e999]]}', 'layers', '3:2', /held exactly/],
  '1e999 in an object': ['{"tags":\n{"a": {"b": 1e999}}}', 'tags', '2:13', /held exactly/],
  '2^53+1 for an integer': ['{ "epochs": 9007199254740993 }', 'epochs', '1:13', /held exactly/],
  '2^53+1 for a number': ['{ "lr": 9007199254740993 }', 'lr', '1:9', /held exactly/],
  '2^53+1 in a list': ['{ "layers": [1,\n  9007199254740993] }', 'layers', '2:3', /held exactly/],
  '2^53+1 in an object in a list': ['{ "layers": [{ "a": -9007199254740993 }] }', 'layers', '1:21', /held exactly/],
  '400 digits': [`{ "tags": { "n": 1${'0'.repeat(400)} } }`, 'tags', '1:18', /held exactly/],
  '__proto__ at the root': ['{ "__proto__": { "lr": 1 } }', '__proto__', '1:16', /no setting may have/],
  '__proto__, escaped': ['{ "\\u005f_proto__": 1 }', '__proto__', '1:21', /no setting may have/],
  '__proto__ in a group': ['{ "optimizer": { "__proto__": 1 } }', 'optimizer.__proto__', '1:31', /no setting may have/],
  '__proto__ for a number': ['{ "lr": { "__proto__": 1 } }', 'lr', '1:9', /called __proto__/],
  '__proto__ deep in an object': ['{ "tags": { "a": [{ "__proto__": 1 }] } }', 'tags', '1:11', /called __proto__/],
  'a value deeper than a setting may be': [
    `{ "tags": ${'{"a":'.repeat(300)}1${'}'.repeat(300)} }`,
    'tags',
    '1:11',
    /256 levels/,
  ],
  'a number where a group must be': ['{ "optimizer": 5 }', 'optimizer', '1:16', /group of settings/],
};

describe.each([
  ['no setting is sensitive', false],
  ['a setting is sensitive', true],
])('a file with a value that can’t be taken, where %s', (_, withSecret) => {
  test.each(Object.entries(REFUSED))('%s', async (name, [text, key, place, says]) => {
    const dog = watchdog(30_000);
    const victim = new Victim(temporaryFolder(), withSecret);
    const { path } = victim;
    const marked = `${text.slice(0, -1)}, "token": "${MARK}" }`;
    const look = (): string => readFileSync(path, 'utf8');
    writeFileSync(path, marked);
    dog.next(name);
    const error = thrown(() => victim.load());
    expect(error.code).toBe('INVALID_VALUE');
    expect(error.issues).toMatchObject([{ key, origin: { location: `app.json:${place}` } }]);
    expect(error.message).toMatch(says);
    if (withSecret) victim.expectNoText(error);
    await expect(victim.config.reload()).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect(look()).toBe(marked);
    expect(Object.prototype).not.toHaveProperty('lr');

    // A key beside it can be added and removed, and the file has its first bytes again.
    const { config } = victim;
    const other = (key === 'epochs' ? 'lr' : 'epochs') as never;
    config.set(other, 1 as never);
    dog.next(`save beside ${name}`);
    await config.save({ conflict: 'mine' });
    expect(look()).toContain(text.slice(1, -1).trim());
    expect(look()).not.toBe(marked);
    await config.reset(other);
    expect(look()).toBe(marked);

    dog.next(`reset of ${name}`);
    const { keptAside } = await config.reset();
    if (keptAside !== undefined) expect(readFileSync(keptAside, 'utf8')).toBe(marked);
    expect(victim.load().get('lr' as never)).toBe(0.1);
  });
});

test('an update does not count on from the default where the file has what it can’t take', async () => {
  const victim = new Victim(temporaryFolder(), false);
  const text = '{ "epochs": "many", "lr": 0.5 }';
  writeFileSync(victim.path, text);
  const counting = victim.config.update((draft) => {
    draft['epochs'] = Number(draft['epochs']) + 1;
  });
  await expect(counting).rejects.toMatchObject({
    code: 'INVALID_VALUE',
    issues: [{ key: 'epochs', origin: { location: 'app.json:1:13' } }],
  });
  expect(readFileSync(victim.path, 'utf8')).toBe(text);
  // An invalid value of another setting does not refuse an update, and a new value replaces it.
  await victim.config.update((draft) => void Object.assign(draft, { lr: 0.25 }));
  expect(readFileSync(victim.path, 'utf8')).toBe(text.replace('0.5', '0.25'));
  victim.config.set('epochs' as never, 4 as never);
  await victim.config.save({ conflict: 'mine' });
  expect(victim.load().get('epochs' as never)).toBe(4);
});

const tokens = { format: Object, sensitive: true, default: {} };
const twice = defineConfig({
  name: 'app',
  file: 'app.json',
  settings: { lr: 0.1, tags: { ...tokens, sensitive: false } },
});
const secret = defineConfig({ name: 'app', file: 'app.json', settings: { lr: 0.1, tags: tokens } });

describe('a repeated member', () => {
  test.each([
    ['at the root', '{\n "lr": 1,\n "lr": 0.5\n}', [['lr', '2:2', '3:2']]],
    [
      'three times',
      '{\n "lr": 1,\n "lr": 2,\n "lr": 0.5\n}',
      [
        ['lr', '2:2', '4:2'],
        ['lr', '3:2', '4:2'],
      ],
    ],
    ['spelled differently', '{ "lr": 1, "\\u006cr": 0.5 }', [['lr', '1:3', '1:12']]],
    ['in an object', '{ "lr": 0.5, "tags": { "a": {}, "b": 2,\n"a": 1 } }', [['tags.a', '1:24', '2:1']]],
    ['in a list', '{ "lr": 0.5, "tags": { "a": [{ "b": 1, "b": 2 }] } }', [['tags.a.0.b', '1:32', '1:40']]],
    ['where no setting is', '{ "lr": 0.5, "x": { "y": 1, "y": 2 } }', [['x.y', '1:21', '1:29']]],
  ])('%s: the last counts, and the warning has both locations', async (_, text, expected) => {
    const { path, read } = folder({ 'app.json': text });
    const config = loadConfigSync(twice, { cwd: path, env: {}, argv: [] });
    expect(config.get('lr')).toBe(0.5);
    const found = config.warnings.filter(({ message }) => message.startsWith('is repeated'));
    expect(
      found.map(({ key, origin, message }) => [key, /app\.json:([\d:]+):/.exec(message)?.[1], origin?.location]),
    ).toEqual(expected.map(([key, first, last]) => [key, first, `app.json:${last}`]));
    expect(read('app.json')).toBe(text);
    config.set('lr', 0.75);
    await config.save();
    config.set('lr', 0.5);
    await config.save();
    expect(read('app.json')).toBe(text);
  });

  test('inside a sensitive setting: no message has its names', () => {
    const { path } = folder({
      'app.json': `{ "tags": { "${MARK}": 1, "${MARK}": 2, "x": [{ "${MARK}": 1, "${MARK}": 2 }] } }`,
    });
    const config = loadConfigSync(secret, { cwd: path, env: {}, argv: [] });
    expect(config.warnings.map(({ key, origin }) => [key, origin?.name, origin?.location])).toEqual([
      ['tags', 'tags', 'app.json:1:27'],
      ['tags', 'tags', 'app.json:1:63'],
    ]);
    expect(inspect(config.warnings, { depth: 9 })).not.toContain(MARK);
  });
});

const open = defineConfig({ name: 'app', file: 'app.json', unknown: 'allow', settings: { lr: 0.1 } });
const closed = defineConfig({ name: 'app', file: 'app.json', unknown: 'error', settings: { lr: 0.1 } });

/** So many that what costs their square would take minutes, and what takes them as arguments has no stack left. */
const MANY = 150_000;

describe('a file with very many mistakes', () => {
  test.each([
    ['unknown names', closed, (i: number) => `"k${i}":1`, 1_001],
    ['reserved names', twice, () => '"__proto__":1', 1],
    ['numbers that can’t be held', open, (i: number) => `"k${i}":1e999`, MANY],
  ])(
    '%s',
    (name, definition, member, issues) => {
      const dog = watchdog(60_000);
      const { path, read } = folder({
        'app.json': `{${Array.from({ length: MANY }, (_, i) => member(i)).join(',\n')}}`,
      });
      const text = read('app.json');
      dog.next(name);
      const error = thrown(() => loadConfigSync(definition as typeof open, { cwd: path, env: {}, argv: [] }));
      expect(error.issues).toHaveLength(issues);
      expect(error.message.length).toBeLessThan(100_000);
      expect(read('app.json')).toBe(text);
    },
    120_000,
  );

  test('names that stand twice, and strange ones', () => {
    const members = Array.from({ length: MANY }, (_, i) => `"lr":0.5,"k${i}":1`);
    const { path } = folder({ 'app.json': `{${members.join(',')}}` });
    const dog = watchdog(60_000);
    dog.next('names that stand twice');
    const config = loadConfigSync(twice, { cwd: path, env: {}, argv: [] });
    expect(config.get('lr')).toBe(0.5);
    expect(config.warnings).toHaveLength(2_002);
    const messages = config.warnings.map(({ message }) => message);
    expect(messages).toContain(`app.json has ${MANY - 1 - 1_000} more problems, which are not listed`);
    expect(messages).toContain(`${MANY - 1_000} more names do not match a setting`);
  }, 120_000);
});
