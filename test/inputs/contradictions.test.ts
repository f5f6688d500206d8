import { describe, expect, test } from 'vitest';
import { defineConfig, loadConfig, loadConfigSync, requires, type Source } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { issues, loaded, told, values } from '../sources/loaded.ts';

const settings = {
  labels: { format: Object, default: { team: 't', maxNorm: 1 } },
  nested: { format: Object, default: { a: {} } },
  tags: ['a'],
  sizes: { format: Array, items: 'nat', default: [1] },
  debug: false,
  keys: { format: Object, default: { notes_file: 'a.txt' }, sensitive: true },
};

/** Every order of the variables. */
function orders(env: Readonly<Record<string, string>>): readonly Readonly<Record<string, string>>[] {
  const entries = Object.entries(env);
  const permutations = (rest: typeof entries): (typeof entries)[] =>
    rest.length < 2
      ? [rest]
      : rest.flatMap((one) => permutations(rest.filter((it) => it !== one)).map((p) => [one, ...p]));
  return permutations(entries).map((order) => Object.fromEntries(order));
}

describe('the order of variables of members has no effect', () => {
  test.each([
    ['elements of a list', { RL_TAGS__1: 'b', RL_TAGS__0: 'x', RL_TAGS__2: 'c' }, { tags: ['x', 'b', 'c'] }],
    [
      'a member and one inside it',
      { RL_NESTED__A: '{"b":1}', RL_NESTED__A__C: '2' },
      { nested: { a: { b: 1, c: '2' } } },
    ],
    ['the whole and a member', { RL_LABELS: '{"team":"x"}', RL_LABELS__TEAM: 'y' }, { labels: { team: 'y' } }],
  ])('%s', (_, env, expected) => {
    for (const order of orders(env)) expect(values({ settings, env: order })).toMatchObject(expected);
  });

  test('a member inside a text is refused in every order', () => {
    for (const env of orders({ RL_LABELS__A: 'x', RL_LABELS__A__B: '1' })) {
      expect(told(issues({ settings, env }))[0]).toContain('must not have a member "a.b", because a is "x"');
    }
  });
});

test('two spellings of one member in one layer are refused, by both names', () => {
  for (const env of orders({ RL_LABELS__MAX_NORM: '2', RL_LABELS__MAXNORM: '3' })) {
    expect(told(issues({ settings, env }))).toEqual([
      'labels: member maxnorm must not be given by both RL_LABELS__MAX_NORM and RL_LABELS__MAXNORM',
    ]);
  }
  expect(values({ settings, env: { RL_LABELS__MAX_NORM: '2', RL_LABELS__MAXNORM: '' } })).toMatchObject({
    labels: { maxNorm: 2 },
  });
});

test('a .env file and the environment may spell one member differently, since they are two layers', () => {
  const { path: cwd } = folder({ '.env': 'RL_LABELS__MAX_NORM=2\n' });
  const config = loaded({ settings, cwd, dotenv: true, env: { RL_LABELS__MAXNORM: '3' } });
  expect(config.values).toMatchObject({ labels: { maxNorm: 3 } });
});

describe('a variable that names the file of a member', () => {
  const { keys, labels } = settings;

  test('has the text of the file as its value, and the file as its location', () => {
    const { path: cwd } = folder({ pw: 's3cret\n' });
    const config = loaded({ settings: { keys }, cwd, env: { RL_KEYS__PW_FILE: 'pw' } });
    expect(config.values).toEqual({ keys: { notes_file: 'a.txt', pw: 's3cret' } });
    expect(config.explain('keys.pw').winner).toMatchObject({ name: 'RL_KEYS__PW_FILE', location: 'pw' });
    expect(JSON.stringify(config.explainAll())).not.toContain('s3cret');
  });

  test('is refused without the file, with the member given too, and without quoting what may be the secret', () => {
    const { path: cwd } = folder({ pw: 's3cret\n' });
    const missing = issues({ settings: { keys }, cwd, env: { RL_KEYS__PW_FILE: 'hunter2' } });
    expect(told(missing)).toEqual(['keys: member pw must name a file that exists']);
    expect(JSON.stringify(missing)).not.toContain('hunter2');
    const twice = issues({ settings: { keys }, cwd, env: { RL_KEYS__PW_FILE: 'pw', RL_KEYS__PW: 'x' } });
    expect(told(twice)).toEqual(['keys: member pw must not be given by both RL_KEYS__PW and RL_KEYS__PW_FILE']);
  });

  test('is an ordinary member where the default has one of its name, or the setting reads no files', () => {
    expect(values({ settings: { keys, labels }, env: { RL_KEYS__NOTES_FILE: 'b', RL_LABELS__LOG_FILE: 'c' } })).toEqual(
      {
        keys: { notes_file: 'b' },
        labels: { team: 't', maxNorm: 1, log_file: 'c' },
      },
    );
  });
});

describe('a word behind a flag that is probably its value', () => {
  test.each([
    [['--tags', 'a', 'b'], 'takes one word behind --tags: the next one is not its value'],
    [['--sizes', '1', '2'], 'takes one word behind --sizes: the next one is not its value'],
    [['--debug', 'n'], 'stands alone in --debug: the word "n" behind it is not its value'],
  ])('%j is a warning', (argv, message) => {
    expect(loaded({ settings, argv }).warnings.map((one) => one.message)).toEqual([message]);
  });

  test.each([
    [['--tags=a', 'b']],
    [['--sizes', '1', 'in.csv']],
    [['--tags', 'a', '--debug']],
    [['--tags', 'a', '--', 'b']],
  ])('%j is none', (argv) => {
    expect(loaded({ settings, argv }).warnings).toEqual([]);
  });

  test('the suggestion of a switch is a flag that varve accepts', () => {
    for (const word of ['y', 'n', 'yes', 'OFF', '1']) {
      const [warning] = loaded({ settings, argv: ['--debug', word] }).warnings;
      const [, flag = ''] = /Write (\S+),/.exec(warning?.suggestion ?? '') ?? [];
      expect(values({ settings, argv: [flag] })).toMatchObject({ debug: /^(?:y|yes|1)$/i.test(word) });
    }
  });
});

describe('a definition that cannot mean what it has', () => {
  const mode = { format: ['a', 'b'], default: 'a' };
  const cert = { format: String, nullable: true, default: null };
  const wrong = (more: object): readonly string[] => told(issues({ settings: { mode, cert, ...settings }, ...more }));

  test.each([
    [{ unknown: { flie: 'error' } }, '"unknown" has no layer "flie". Did you mean file?'],
    [{ unknown: { alow: ['x.**'] } }, '"unknown" has no layer "alow". Did you mean allow?'],
    [
      { unknown: { allow: ['plugins**'] } },
      '"unknown" must have keys such as "plugins.**" for "allow", got "plugins**"',
    ],
    [
      { rules: [requires('cert', { when: 'mode', is: 'c' })] },
      'requires(cert, mode) can never apply: mode cannot be "c"',
    ],
    [
      { rules: [requires('cert', { when: 'debug', is: ['yes', true] })] },
      'requires(cert, debug) can never apply: debug cannot be "yes"',
    ],
    [
      { rules: [requires('cert', 'mode' as never)] },
      `requires(cert) has no "when" | Write requires('cert', { when: 'other.key' }).`,
    ],
    [{ layers: ['default', { name: 'own' }] }, '"layers" has an element 2 without a "name" and a function "read"'],
  ])('%j', (more, message) => {
    expect(wrong(more)).toEqual([message]);
  });

  test('a policy may have the name of a file, or of a source of the program', () => {
    const own: Source = { name: 'own', read: () => ({ entries: new Map() }) };
    const layers = ['default', own, 'file'];
    expect(wrong({ layers, unknown: { own: 'error', 'conf/base.json': 'allow', '.env.local': 'error' } })).toEqual([]);
  });

  test.each<[readonly unknown[], readonly string[]]>([
    [['a', 'b'], []],
    [[['a'], ['b']], ['cert is required when tags is ["a"] or ["b"] | Set RL_CERT or --cert or "cert" in the file.']],
  ])('a list may be one value of `is`, or several: %j', (is, expected) => {
    expect(wrong({ rules: [requires('cert', { when: 'tags', is: is as never })] })).toEqual(expected);
  });
});

describe('a source of the program that answers no entries', () => {
  test.each([
    ['nothing', undefined],
    ['a promise of nothing', Promise.resolve(undefined)],
    ['an empty object', {}],
    ['a plain object of entries', { entries: { tags: { value: ['x'] } } }],
    ['null', null],
  ])('%s is refused by its name', async (_, answer) => {
    await expect(loadWith(() => answer)).rejects.toThrow('the source "own" answered no entries');
  });

  test.each([
    ['a value', ['x']],
    ['a number as text', { raw: 5 }],
    ['null', null],
    ['a misspelt member', { vlaue: ['x'] }],
  ])('an entry that is %s is refused by its key', async (_, entry) => {
    const answer = { entries: new Map([['tags', entry]]) };
    await expect(loadWith(() => answer)).rejects.toThrow('the source "own" answered "tags" with what is not');
  });

  test('an entry without an origin has the name of the source', () => {
    const own = { name: 'own', read: () => ({ entries: new Map([['tags', { value: ['x'] }]]) }) };
    const config = loadConfigSync(defineConfig({ name: 'app', settings, layers: ['default', own as never] }), {
      env: {},
      argv: [],
    });
    expect(config.explain('tags').winner).toEqual({ layer: 'own', name: 'tags', location: 'own' });
  });
});

async function loadWith(read: () => unknown): Promise<object> {
  const own = { name: 'own', read } as unknown as Source;
  const definition = defineConfig({ name: 'app', settings, layers: ['default', own] });
  return (await loadConfig(definition, { env: {}, argv: [] })).values;
}
