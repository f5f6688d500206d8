// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DefinitionInput,
  defineConfig,
  derived,
  type LoadOptions,
  loadConfig,
  loadConfigSync,
  redactor,
  rule,
  type SettingsDefinition,
  setAll,
} from '../src/index.ts';
import { describeSettings, jsonSchema } from '../src/tools.ts';
import { explanationText } from '../src/words/explanation.ts';
import { messages } from './failure.ts';
import { folder } from './folder.ts';

interface Case extends Partial<Omit<DefinitionInput<SettingsDefinition>, 'settings'>> {
  readonly settings: SettingsDefinition;
  readonly file?: never;
  /** The text of `app.json`. */
  readonly app?: unknown;
  readonly files?: never;
  readonly other?: Record<string, string>;
}

/** Loads settings with `app.json` as their file, in a folder of its own. */
function load({ settings, app, other = {}, ...definition }: Case, options: LoadOptions = {}) {
  const made = folder({ ...(app === undefined ? {} : { 'app.json': JSON.stringify(app) }), ...other });
  const defined = defineConfig({
    name: 'app',
    file: 'app.json',
    envPrefix: 'APP',
    references: true,
    settings,
    ...definition,
  });
  const config = loadConfigSync(defined, { cwd: made.path, env: {}, argv: [], onWarning: false, ...options });
  return { config, made, value: (key: string) => config.get(key), explained: (key: string) => config.explain(key) };
}

const REDACTED = '********';

/** A part of a computed value, written somewhere. */
function part(name: string, value: string): object {
  return { name, value, origin: expect.objectContaining({ location: expect.any(String) }) };
}

describe('texts', () => {
  const env = { HOME: '/home/ada', EMPTY: '' };
  const settings = {
    n: 4,
    on: true,
    host: 'eu',
    none: { format: String, nullable: true, default: null },
    tags: { format: Array, default: ['a', 'b'] },
    labels: { format: Object, default: { team: 'core', deep: { n: 1 } } },
    it: { format: '*', default: '' },
  };
  test.each<[string, unknown]>([
    ['${host}', 'eu'],
    ['${n}', 4],
    ['${on}', true],
    ['${tags}', ['a', 'b']],
    ['${labels.team}', 'core'],
    ['${labels.deep}', { n: 1 }],
    ['${tags.1}', 'b'],
    ['${none}', null],
    ['${n}${n}', '44'],
    ['a ${host} b ${on}', 'a eu b true'],
    ['${env:HOME}/x', '/home/ada/x'],
    ['${file:token}', 's3'],
    ['${file:lines}', 'a\nb'],
    ['$${host}', '${host}'],
    ['$$${host}', '$${host}'],
    ['${none:-x}', 'x'],
    ['${env:EMPTY:-x}', 'x'],
    ['${env:NONE:-${host}}', 'eu'],
    ['${env:NONE:-}', ''],
    ['${file:none:-x}', 'x'],
    ['${ host }', 'eu'],
    ['}${host}{', '}eu{'],
    ['$host {host}', '$host {host}'],
  ])('%s is %j', (text, expected) => {
    const { value } = load({ settings, app: { it: text }, other: { token: 's3\n', lines: 'a\nb\n' } }, { env });
    expect(value('it')).toEqual(expected);
  });

  test.each<[string, string]>([
    ['${host', 'it has a reference without its "}"; $$ before { makes it literal'],
    ['${}', 'it has a reference without a name'],
    ['${hots}', 'it refers to hots, which is not a setting (did you mean host?)'],
    ['${env:NONE}', 'it refers to the variable NONE, which is not set'],
    ['${file:none}', 'it refers to the file none, which does not exist'],
    ['${file:.}', 'it refers to ., which is a folder'],
    ['${file:/dev/zero}', 'it refers to /dev/zero, which is not a regular file'],
    ['${file:large}', 'it refers to large, which is larger than 1 MiB'],
    ['${file:bytes}', 'it refers to bytes, which is not UTF-8 text'],
    ['${file:loop}', 'it refers to loop, which cannot be read (ELOOP)'],
    ['${file:loop:-x}', 'it refers to loop, which cannot be read (ELOOP)'],
    ['${labels.none}', 'it refers to labels.none, which has no value'],
    ['a ${tags}', 'it refers to tags inside a text, but that is a list'],
    ['a ${none}', 'it refers to none inside a text, but that is null'],
    ['${it}', 'it must not refer to itself: it → it'],
    ['${__proto__}', 'it refers to __proto__, which is not a setting'],
    ['${constructor}', 'it refers to constructor, which is not a setting'],
    ['${env:constructor}', 'it refers to the variable constructor, which is not set'],
  ])('%s is refused', (text, expected) => {
    const { path } = folder({ large: 'x'.repeat(1024 * 1024 + 1), 'app.json': JSON.stringify({ it: text }) });
    writeFileSync(join(path, 'bytes'), Buffer.from([0xff]));
    symlinkSync('loop', join(path, 'loop'));
    const [message = ''] = messages(() => load({ settings }, { env, cwd: path }));
    expect(message.replace(/, got .*/, '')).toBe(expected);
  });

  test('lists and members may have them, and a list keeps the type of its elements', () => {
    const { value } = load({
      settings,
      app: { tags: ['${host}', 'x'], labels: { team: '${host}-${n}' }, it: ['${n}'] },
    });
    expect([value('tags'), value('labels'), value('it')]).toEqual([['eu', 'x'], { team: 'eu-4', deep: { n: 1 } }, [4]]);
  });

  test('the result is checked by the format of the setting', () => {
    const issues = messages(() =>
      load({ settings: { host: 'eu', port: { format: 'port', default: 1 } }, app: { port: '${host}' } }),
    );
    expect(issues).toEqual(['port must be an integer, got "${host}"']);
  });

  test('a text is text without the option, in the environment, and in flags', () => {
    const given = { env: { APP_HOST: '${env:HOME}' }, argv: ['--it=${host}'] };
    expect(load({ settings, references: false, app: { it: '${host}' } }).value('it')).toBe('${host}');
    const { value } = load({ settings }, given);
    expect([value('host'), value('it')]).toEqual(['${env:HOME}', '${host}']);
    const allowed = load(
      { settings, references: ['env', 'flag'] },
      { env: { APP_HOST: '${n}!', APP_TAGS: '${host}' }, argv: ['--it=${host}'] },
    );
    expect([allowed.value('host'), allowed.value('it'), allowed.value('tags')]).toEqual(['4!', '4!', ['4!']]);
  });
});

describe('chains', () => {
  const settings = { a: '', b: '', c: { format: String, default: null } };

  test('a cycle is an error of each of its settings, with the chain', () => {
    expect(messages(() => load({ settings, app: { a: '${b}', b: '${c}', c: '${a}' } })).toSorted()).toEqual([
      'a must not refer to itself: a → b → c → a, got "${b}"',
      'b must not refer to itself: a → b → c → a, got "${c}"',
      'c must not refer to itself: a → b → c → a, got "${a}"',
    ]);
  });

  test('a cycle that a higher layer breaks is none', () => {
    const { value } = load({ settings, app: { a: '${b}', b: '${a}', c: 'x' } }, { env: { APP_A: '1' } });
    expect([value('a'), value('b')]).toEqual(['1', '1']);
  });

  test('a missing target is named with the chain', () => {
    expect(messages(() => load({ settings, app: { a: '${c}', c: '${env:NONE}' } })).toSorted()).toEqual([
      'a refers to c, which has no value, because it refers to the variable NONE, which is not set, got "${c}"',
      'c refers to the variable NONE, which is not set, got "${env:NONE}"',
    ]);
  });

  test('expansion is bounded in length, in values and in depth', () => {
    const names = Array.from({ length: 30 }, (_, i) => `k${i}`);
    const tree = (text: (next: string) => unknown) =>
      Object.fromEntries(names.map((name, i) => [name, i === 29 ? 'lol' : text(`\${k${i + 1}}`)]));
    const laughs = (text: (next: string) => unknown) =>
      messages(() =>
        load({
          settings: Object.fromEntries(names.map((name) => [name, { format: '*', default: '' }])),
          app: tree(text),
        }),
      );
    expect(laughs((next) => next.repeat(10)).at(-1)).toMatch(/must not expand to more than 65536 characters/);
    expect(laughs((next) => Array(10).fill(next)).at(-1)).toMatch(/must not expand to more than 10000 values/);
    const deep = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`d${i}`, `\${d${i + 1}}`]));
    const issues = messages(() => load({ settings: { ...deep, d5000: '' } }));
    expect(issues.some((issue) => issue.includes('must not follow more than 100 references'))).toBe(true);
    expect(messages(() => load({ settings: { a: '${b}'.repeat(101), b: '' } }))[0]).toMatch(/more than 100 references/);
    expect(messages(() => load({ settings: { a: '${b:-'.repeat(50_000), b: '' } }))[0]).toMatch(
      /deeper than 10 levels/,
    );
  });

  test('all texts of one value together are bounded', () => {
    const any = { format: '*', default: '' };
    const expand = (copy: string, count: number) =>
      messages(() =>
        load({
          settings: { big: '', list: any, lists: any },
          app: { big: 'x'.repeat(60_000), list: Array(count).fill(copy), lists: ['${list}', { again: '${list}' }] },
        }),
      );
    expect(expand('y${big}', 8)).toEqual([]);
    expect(expand('y${big}', 10).at(-1)).toMatch(/^lists must not expand to more than 1048576 characters/);
    for (const copy of ['y${big}', '${big}', '${env:NONE:-y${big}}'])
      expect(expand(copy, 3_000)[0]).toMatch(/^list must not expand to more than 1048576 characters/);
  });

  test('any text is read without an exception', () => {
    const part = fc.constantFrom('${', '}', ':-', '$', '$${', 'env:', 'file:', 'a', 'b', '.', ' ', '{');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        messages(() => load({ settings, app: { a: parts.join(''), c: 'x' } }));
      }),
      { numRuns: 60 },
    );
  });
});

describe('secrets', () => {
  const settings = {
    host: 'eu',
    db: { password: { format: String, default: null, sensitive: true }, url: { format: 'url', default: null } },
    shown: { format: String, default: '', sensitive: false },
    copy: '',
  };
  const app = {
    db: { password: '${file:pw}', url: 'postgres://u:${db.password}@${host}/x' },
    copy: '${db.url}',
    shown: '${file:version}',
  };
  const made = () => load({ settings, app, other: { pw: 'hunter22\n', version: '1.2' } });

  test('a value with a secret in it is redacted wherever it is shown', () => {
    const { config, value, explained } = made();
    expect(value('copy')).toBe('postgres://u:hunter22@eu/x');
    const shown = [
      JSON.stringify(config),
      JSON.stringify(config.snapshot()),
      explanationText(explained('db.url')),
      explanationText(explained('copy')),
      JSON.stringify(config.explainAll()),
    ].join('\n');
    expect(shown).not.toContain('hunter22');
    expect(redactor(config)('x postgres://u:hunter22@eu/x hunter22')).toBe('x ******** ********');
    expect(config.snapshot().identity).not.toContain('copy');
  });

  test('explain shows the text with the references, but not that of a sensitive setting', () => {
    const settings = {
      dir: '${env:ROOT:-/data}/${set}',
      set: 'cifar10',
      key: { format: String, default: 'hunter22-${set}', sensitive: true },
    };
    const { explained } = load({ settings }, { env: { ROOT: '/mnt' } });
    expect(explanationText(explained('dir'))).toContain('\n      from "${env:ROOT:-/data}/${set}"\n');
    const shown = explanationText(explained('key'));
    expect(shown).toContain('\n      from ********\n');
    expect(shown).not.toContain('hunter22');
  });

  test.each<[string, unknown, object]>([
    ['plain', '${host}', { raw: '${host}', computedFrom: [part('host', 'h')] }],
    ['plain', '${env:A}', { raw: '${env:A}', computedFrom: [part('env:A', 'of A')] }],
    ['plain', '${env:NO:-b}', { raw: '${env:NO:-b}', computedFrom: [{ name: 'env:NO' }] }],
    ['plain', 'a$${b}', { raw: 'a$${b}' }],
    [
      'plain',
      '${via}',
      { raw: '${via}', computedFrom: [{ ...part('via', 'h/x'), computedFrom: [part('host', 'h')] }] },
    ],
    ['labels', { a: '${host}' }, { computedFrom: [part('host', 'h')] }],
    ['secret', '${host}', { raw: '${host}', computedFrom: [part('host', 'h')] }],
    ['secret', '${host}/x', { raw: REDACTED, computedFrom: [part('host', 'h')] }],
    ['secret', '${my-env:x}', { raw: '${my-env:x}', computedFrom: [part('my-env:x', 'm')] }],
    ['secret', 'a$${b}', { raw: REDACTED }],
    ['secret', '${env:A}', { raw: '${env:A}', computedFrom: [part('env:A', REDACTED)] }],
    ['secret', '${file:a.txt}', { raw: '${file:a.txt}', computedFrom: [part('file:a.txt', REDACTED)] }],
    ['secret', '${env:A}${host}', { raw: REDACTED, computedFrom: [part('env:A', REDACTED), part('host', 'h')] }],
    [
      'secret',
      '${token}',
      {
        raw: '${token}',
        computedFrom: [{ ...part('token', REDACTED), computedFrom: [part('env:A', REDACTED)] }],
      },
    ],
  ])('explain shows of %s: %j no more than is not secret', (key, text, expected) => {
    const settings = {
      plain: '',
      labels: { format: Object, default: {} },
      secret: { format: String, default: '', sensitive: true },
      token: { format: String, default: '${env:A}', sensitive: true },
      host: 'h',
      'my-env:x': 'm',
      via: '${host}/x',
    };
    const { explained } = load(
      { settings, app: { [key]: text }, other: { 'a.txt': 'of a file' } },
      { env: { A: 'of A' } },
    );
    const { raw, computedFrom } = explained(key).candidates[0] ?? {};
    expect({ ...(raw !== undefined && { raw }), ...(computedFrom && { computedFrom }) }).toStrictEqual(expected);
  });

  test('a missing variable is not a warning in a default that a higher layer overrides', () => {
    const settings = { dir: '${env:NO_ROOT}/data' };
    const { config, explained } = load({ settings, app: { dir: '/data' } });
    expect([config.warnings, config.issues, config.get('dir')]).toEqual([[], [], '/data']);
    expect(explained('dir').candidates.at(-1)).toMatchObject({ layer: 'default', state: 'invalid' });
    expect(() => load({ settings })).toThrow('NO_ROOT');
  });

  test('a file may be shown only where the setting says so', () => {
    const { config } = made();
    expect(JSON.parse(JSON.stringify(config))).toMatchObject({ shown: '1.2', copy: '********' });
  });

  test('the variable of a sensitive setting is a secret too', () => {
    const { config } = load(
      { settings, app: { copy: '${env:APP_DB__PASSWORD}' } },
      { env: { APP_DB__PASSWORD: 'hunter22', APP_DB__URL: 'http://x/' } },
    );
    expect(JSON.stringify([config, config.explainAll()])).not.toContain('hunter22');
  });

  test.each(['APP_OLD_T', 'LEGACY_T', 'APP_T_FILE', 'APP_OLD_T_FILE', 'APP_MAP__PW'])(
    'the variable %s of a sensitive setting is a secret too',
    (name) => {
      const { explained } = load(
        {
          settings: {
            t: { format: String, default: '', sensitive: true, aliases: ['old_t', 'LEGACY_T'] },
            map: { format: Object, default: {}, sensitive: true },
            u: '',
          },
          app: { u: `u=\${env:${name}}` },
          other: { token: 'hunter22' },
        },
        { env: { [name]: 'token' } },
      );
      expect(explained('u')).toMatchObject({ redacted: true, value: '********' });
    },
  );

  test('the variable of a setting that is not sensitive is not a secret, although it looks like the file of one', () => {
    const settings = { t: { format: String, default: '', sensitive: true }, t_file: '', u: '' };
    const { explained } = load({ settings, app: { u: '${env:APP_T_FILE}' } }, { env: { APP_T_FILE: 'token' } });
    expect(explained('u').value).toBe('token');
  });

  test('a redactor replaces those that come through a default', () => {
    const settings = {
      file: { format: String, default: '${file:tok}', sensitive: true },
      variable: { format: String, default: '${env:MY_TOKEN}', sensitive: true },
      pw: { format: String, default: '', sensitive: true },
      basic: { format: String, default: derived(['pw'], (pw: string) => btoa(pw)) },
      literal: { format: String, default: 'none', sensitive: true },
    };
    const { config } = load(
      { settings, other: { tok: 'S3CRETTOKEN\n' } },
      { env: { MY_TOKEN: 'hunter22', APP_PW: 'correct horse' } },
    );
    expect(redactor(config)(`S3CRETTOKEN hunter22 ${btoa('correct horse')} none`)).toBe(
      '******** ******** ******** none',
    );
  });

  test('events, problems and failures of functions do not show them', () => {
    const { config } = made();
    const events: unknown[] = [];
    config.subscribe((event) => events.push(event));
    config.override('host', 'us');
    expect(JSON.stringify(events)).toContain('"copy"');
    expect(JSON.stringify(events)).not.toContain('hunter22');
    const failing = derived(['db.password'], (password: string) => {
      throw new Error(`no ${password}`);
    });
    const broken = { ...settings, n: { format: 'nat', default: failing } };
    const issues = messages(() => load({ settings: broken, app, other: { pw: 'hunter22', version: '1' } }));
    expect(issues).toEqual(['n has a derived default whose function failed']);
  });
});

describe('a setting that starts or stops being a secret', () => {
  const SECRET = 'S3CRETTOKEN';
  const app = (url: string, more = {}): string => JSON.stringify({ url, ...more });
  const loaded = (url: string, settings: SettingsDefinition = {}) => {
    const parts = load({ settings: { url: 'http', n: 1, ...settings }, app: { url }, other: { tok: SECRET } });
    const events: unknown[] = [];
    parts.config.subscribe((event) => events.push(event));
    return { ...parts, events };
  };
  const kept = { url: { format: String, default: 'http', reload: false } };

  test('events hide the value that it had or gets', async () => {
    const { config, made, events } = loaded('${file:tok}');
    config.set('url', 'plain');
    config.set('url', '${file:tok}');
    await config.save();
    made.write('app.json', app('plain2'));
    const { changes } = await config.reload();
    expect(changes).toMatchObject([{ key: 'url', before: '********', after: '********', redacted: true }]);
    expect(events).toHaveLength(3);
    expect(JSON.stringify(events)).not.toContain(SECRET);
    made.write('app.json', app('plain3'));
    expect((await config.reload()).changes).toMatchObject([{ before: 'plain2', after: 'plain3', redacted: false }]);
  });

  test('a rejected reload hides it', async () => {
    const { config, made } = loaded('plain2');
    made.write('app.json', app('${file:tok}', { n: 'x' }));
    const refused = await config.reload().catch((error: unknown) => error);
    expect(refused).toMatchObject({ candidate: [{ key: 'url', redacted: true }] });
    expect(JSON.stringify((refused as { candidate: unknown }).candidate)).not.toContain(SECRET);
  });

  test.each([
    ['${file:tok}', 'plain'],
    ['plain', '${file:tok}'],
  ])('one that waits for the next start is hidden from %s to %s', async (before, after) => {
    const { config, made, events, value } = loaded(before, { ...kept, copy: '<${url}>' });
    made.write('app.json', app(after));
    const { waiting } = await config.reload();
    expect(value('copy')).toBe(before === 'plain' ? '<plain>' : `<${SECRET}>`);
    config.set('n', 2);
    expect(config.explain('url')).toMatchObject({ redacted: true });
    expect(waiting).toMatchObject([{ key: 'url', redacted: true }]);
    const shown = [config, config.snapshot(), config.explainAll(), waiting, config.issues, config.warnings, events];
    expect(JSON.stringify(shown)).not.toContain(SECRET);
    config.set('url', 'plain');
    expect(config.explain('url')).toMatchObject({ redacted: false, value: 'plain' });
  });
});

test('a description of a configuration says which settings are sensitive now', () => {
  const settings = { host: 'eu', pw: { format: String, default: 'x', sensitive: true }, url: '' };
  const { config } = load({ settings, app: { url: '${pw}@${host}' } });
  expect(describeSettings(config).map(({ sensitive }) => sensitive)).toEqual([false, true, true]);
});

describe('derived defaults', () => {
  const settings = {
    days: { format: 'nat', default: 30 },
    warmup: { format: 'nat', default: derived(['days'], (days) => days * 2) },
    total: { format: 'nat', default: derived(['warmup', 'days'], (warmup: number, days: number) => warmup + days) },
  };

  test('follow their keys in every layer, in one event', () => {
    const { config, value } = load({ settings }, { env: { APP_DAYS: '7' } });
    const events: unknown[] = [];
    config.subscribe((event) => events.push(event));
    expect([value('warmup'), value('total')]).toEqual([14, 21]);
    config.override('days', 10);
    expect([value('warmup'), value('total')]).toEqual([20, 30]);
    expect(events).toMatchObject([
      { changes: [{ key: 'days' }, { key: 'warmup', before: 14, after: 20 }, { key: 'total' }] },
    ]);
  });

  test('explain without a layer computes without it', () => {
    const { config } = load({ settings }, { env: { APP_DAYS: '7' } });
    expect(config.explain('total', { without: 'env' }).value).toBe(90);
  });

  test('explain shows from what, and where each part was written', () => {
    const { explained } = load({ settings }, { env: { APP_DAYS: '7' } });
    expect(explanationText(explained('total')).split('\n')).toEqual([
      'total = 21   (nat)',
      '  > default  21  schema  wins',
      '      warmup = 14   schema',
      '        days = 7   env APP_DAYS',
      '      days = 7   env APP_DAYS',
    ]);
  });

  test('have no value while a key has none, and are described by their keys', () => {
    const optional = { ...settings, days: { format: 'nat', default: undefined } };
    expect(load({ settings: optional }).value('total')).toBeUndefined();
    const described = describeSettings(defineConfig({ name: 'app', settings }));
    expect(described.map(({ defaultFrom }) => defaultFrom)).toEqual([undefined, ['days'], ['warmup', 'days']]);
  });

  test.each<[string, SettingsDefinition, string]>([
    [
      'an unknown key',
      { a: { format: 'nat', default: derived(['bb'], (b) => b) }, b: 1 },
      'a has a default derived from bb, which is not a setting',
    ],
    [
      'a group',
      { a: { format: 'nat', default: derived(['g'], (b) => b) }, g: { x: 1 } },
      'a has a default derived from g, which is a group of settings',
    ],
    ['no format', { a: { default: derived(['b'], (b) => b) }, b: 1 }, 'a has a derived default, but no "format"'],
    [
      'itself',
      { a: { format: 'nat', default: derived(['a'], (a) => a) } },
      'a has a default derived from itself: a → a',
    ],
  ])('of %s are mistakes of the definition', (_, mistaken, message) => {
    expect(messages(() => defineConfig({ name: 'app', settings: mistaken }))).toContain(message);
  });

  test('are checked by their format', () => {
    const odd = { n: 3, half: { format: 'nat', default: derived(['n'], (n) => n / 2) } };
    expect(messages(() => load({ settings: odd }))).toEqual(['half must be an integer of at least 0']);
  });

  test('of asynchronous functions are refused, and a rejection does not end the process', async () => {
    const failing = async (): Promise<number> => {
      throw new Error('late');
    };
    const asynchronous = { n: 3, half: { format: '*', default: derived(['n'], failing) } };
    expect(messages(() => load({ settings: asynchronous }))).toEqual([
      'half has a derived default whose function returned a promise',
    ]);
    // Vitest fails the run if the rejection is not handled by then.
    await new Promise((resolve) => setImmediate(resolve));
  });
});

test.each([
  ['hunter2-${x}', '********'],
  ['${x:-hunter2}', '********'],
  ['${x}', '${x}'],
])('the text %s of a secret is explained as %s', (token, raw) => {
  const settings = { x: 'a', token: { format: String, sensitive: true, default: '' } };
  const { config } = load({ settings, app: { token } });
  expect(config.explain('token').candidates[0]).toMatchObject({ raw, value: '********' });
  expect(JSON.stringify(config.explainAll())).not.toContain('hunter2');
});

describe('changes', () => {
  const settings = { root: '/a', dir: '${root}/x', port: { format: 'port', default: '${n}' }, n: 80 };
  const list = { format: Array, default: [] };
  const object = { format: Object, default: {} };

  test('a save writes the reference, and update leaves it', async () => {
    const { config, made, value } = load({ settings, app: { root: '/b' } });
    config.set('dir', '${root}/y');
    expect(value('dir')).toBe('/b/y');
    await config.save();
    await config.update((draft) => {
      expect(draft).toMatchObject({ dir: '/b/y', port: 80 });
      Object.assign(draft, { root: '/c' });
    });
    expect(value('dir')).toBe('/c/y');
    expect(JSON.parse(made.read('app.json'))).toEqual({ root: '/c', dir: '${root}/y' });
    await config.reload();
    expect(config.explain('dir')).toMatchObject({
      value: '/c/y',
      candidates: [{ raw: '${root}/y', state: 'wins' }, {}],
    });
  });

  test.each<[string, SettingsDefinition[string], unknown, (it: never) => void, unknown]>([
    ['a list', list, ['${file:tok}', 'b'], (it: unknown[]) => it.push('c'), ['${file:tok}', 'b', 'c']],
    ['a list whose elements move', list, ['a', '${file:tok}'], (it: unknown[]) => it.shift(), ['${file:tok}']],
    ['an escape', list, ['$${env:HOME}', 'b'], (it: unknown[]) => it.push('c'), ['$${env:HOME}', 'b', 'c']],
    ['a new reference', list, ['$${n}', 'b'], (it: unknown[]) => it.push('${n}'), ['$${n}', 'b', '${n}']],
    [
      'a list that appends',
      { ...list, default: ['z'], merge: 'append' },
      ['${file:tok}'],
      (it: unknown[]) => it.push('c'),
      ['${file:tok}', 'c'],
    ],
    [
      'a list in an object that merges',
      object,
      { in: ['${file:tok}'], b: 1 },
      (it: { in: unknown[] }) => it.in.push('c'),
      { in: ['${file:tok}', 'c'], b: 1 },
    ],
    [
      'an object that does not merge',
      { ...object, merge: 'replace' },
      { in: ['${file:tok}'], b: 1 },
      (it: { b: number }) => {
        it.b = 2;
      },
      { in: ['${file:tok}'], b: 2 },
    ],
    [
      'an object in a list',
      list,
      [
        { t: '${n}', n: 1 },
        { t: '${file:tok}', n: 1 },
      ],
      (it: { n: number }[]) => {
        it.shift();
        Object.assign(it[0] ?? {}, { n: 2 });
      },
      [{ t: '${file:tok}', n: 2 }],
    ],
    [
      'an object that is one reference',
      object,
      '${other}',
      (it: { b: number }) => {
        it.b = 2;
      },
      { in: '$${x}', b: 2 },
    ],
  ])('update keeps the references of %s', async (_, it, app, change, expected) => {
    const { config, made, value } = load({
      settings: { it, n: 80, other: { format: Object, default: { in: '$${x}', b: 1 } } },
      app: { it: app },
      other: { tok: 'hunter22' },
    });
    await config.update((draft) => change((draft as { it: never }).it));
    expect(JSON.parse(made.read('app.json'))).toEqual({ it: expected });
    const updated = value('it');
    await config.reload();
    expect(value('it')).toEqual(updated);
    if (JSON.stringify(app).includes('tok'))
      expect(JSON.stringify([config, config.explainAll()])).not.toContain('hunter22');
  });

  test('update keeps the references of a default that it copies', async () => {
    const it = { format: Array, default: ['${file:tok}', '$${n}'] };
    const { config, made } = load({ settings: { it, n: 80 }, app: {}, other: { tok: 'hunter22' } });
    await config.update((draft) => {
      (draft as { it: unknown[] }).it.push('c');
    });
    expect(JSON.parse(made.read('app.json'))).toEqual({ it: ['${file:tok}', '$${n}', 'c'] });
  });

  test('update checks a value that keeps its references', async () => {
    const it = { format: Array, items: { format: 'nat' }, default: [] };
    const { config, made } = load({ settings: { it, n: 80 }, app: { it: ['${n}'] } });
    const update = config.update((draft) => {
      (draft as { it: unknown[] }).it.push('x');
    });
    await expect(update).rejects.toThrow('element 2 must be an integer');
    expect(JSON.parse(made.read('app.json'))).toEqual({ it: ['${n}'] });
  });

  test('a change that breaks a computed value is refused', () => {
    const { config, value } = load({ settings });
    expect(messages(() => config.set('n', 70_000))).toEqual(['port must be a port from 0 to 65535, got "${n}"']);
    expect(messages(() => config.set('dir', '${dir}/z'))[0]).toMatch(/^dir must not refer to itself: dir → dir/);
    expect([value('n'), value('dir'), config.pending]).toEqual([80, '/a/x', []]);
  });

  test('a reload takes all or nothing', async () => {
    const { config, made, value } = load({ settings, app: { root: '/b', n: 1 } });
    made.write('app.json', '{ "root": "/c", "dir": "${rot}" }');
    await expect(config.reload()).rejects.toThrow('did you mean root?');
    expect([value('root'), value('dir')]).toEqual(['/b', '/b/x']);
    made.write('app.json', '{ "root": "/c", "n": 2 }');
    const { changes } = await config.reload();
    expect(changes.map(({ key }) => key)).toEqual(['root', 'dir', 'port', 'n']);
  });

  test('a reload knows the variables', async () => {
    const { config, made } = load({ settings: { it: '' }, app: { it: '${env:HOME}' } }, { env: { HOME: '/home/ada' } });
    made.write('app.json', '{ "it": "${env:HOME}/x" }');
    await config.reload();
    expect(config.get('it')).toBe('/home/ada/x');
  });

  test('a setting that waits for the next start holds what is computed from it', async () => {
    const held = { ...settings, root: { format: String, default: '/a', reload: false } };
    const { config, made, value } = load({ settings: held, app: { root: '/b' } });
    made.write('app.json', '{ "root": "/c" }');
    await config.reload();
    expect([value('root'), value('dir')]).toEqual(['/b', '/b/x']);
  });

  test('a file that a reference names is watched', async () => {
    const made = folder({ 'app.json': '{ "dir": "${file:where}" }', where: '/one' });
    const defined = defineConfig({ name: 'app', file: 'app.json', references: true, settings: { dir: '' } });
    const config = await loadConfig(defined, { cwd: made.path, env: {}, argv: [] });
    const watcher = config.watch();
    await watcher.ready;
    const changed = new Promise((resolve) => config.subscribe(resolve));
    made.write('where', '/two');
    await changed;
    expect(config.values.dir).toBe('/two');
    await watcher.close();
  });
});

test('a description of a default names what it refers to, and nothing if it is not well formed', () => {
  const settings = { root: '/a', dir: ['${root}/x', '${env:HOME:-${root}}'], bad: '${root' };
  const described = describeSettings(defineConfig({ name: 'app', references: true, settings }));
  expect(described.map((one) => [one.key, one.defaultFrom])).toEqual([
    ['root', undefined],
    ['dir', ['root', 'env:HOME']],
    ['bad', []],
  ]);
});

test('the JSON Schema takes a reference in place of any value', () => {
  const schema = jsonSchema(defineConfig({ name: 'app', references: true, settings: { n: 80, s: 'x' } }));
  expect(schema['properties']).toMatchObject({
    n: { default: 80, anyOf: [{ type: 'number' }, { type: 'string', pattern: '\\$\\{' }] },
    s: { type: 'string' },
  });
});

describe('a reload that is rejected', () => {
  const settings = { url: { format: String, default: '', sensitive: false }, n: 1, o: 1 };
  const loaded = () => load({ settings, app: { url: '${file:tok}' }, other: { tok: 'old' } });

  test('takes no file of a reference into use, not even with the next change', async () => {
    const { config, made, value } = loaded();
    made.write('tok', 'new');
    made.write('app.json', JSON.stringify({ url: '${file:tok}', n: 'x' }));
    await expect(config.reload()).rejects.toThrow('n: must be');
    config.set('o', 2);
    expect([value('url'), value('o')]).toEqual(['old', 2]);
    made.write('app.json', JSON.stringify({ url: '${file:tok}' }));
    await config.reload();
    expect(value('url')).toBe('new');
  });

  test('because such a file is missing does not refuse the next change', async () => {
    const { config, made, value } = loaded();
    rmSync(join(made.path, 'tok'));
    await expect(config.reload()).rejects.toThrow('tok');
    config.set('o', 2);
    await config.save();
    expect([value('url'), value('o')]).toEqual(['old', 2]);
  });
});

describe('rules see the state that comes into use, and the one of the next start', () => {
  const settings = {
    dir: { format: String, default: '/a', reload: false },
    log: { format: String, default: '${dir}/log' },
    o: 1,
  };
  const isInside = rule(['dir', 'log'], (dir, log) => log.startsWith(dir) || `mismatch ${dir} ${log}`);

  test('a part that waits for the next start is the same in both values', async () => {
    const { config, made, value } = load({ settings, rules: [isInside], app: {} });
    made.write('app.json', '{"dir":"/b"}');
    await config.reload();
    expect([value('dir'), value('log')]).toEqual(['/a', '/a/log']);
  });

  test('a set of a part that waited is judged with its new value', async () => {
    const rules = [rule(['log'], (log) => !log.startsWith('/c') || 'log must not be below /c')];
    const { config, made, value } = load({ settings, rules, app: {} });
    made.write('app.json', '{"dir":"/b"}');
    await config.reload();
    expect(messages(() => config.set('dir', '/c'))).toEqual(['log must not be below /c']);
    expect([value('dir'), value('log')]).toEqual(['/a', '/a/log']);
    expect(config.issues).toEqual([]);
  });

  test('a computed value that breaks a rule already does not refuse another change', () => {
    const rules = [rule(['log'], () => 'log is never right')];
    const { config, value } = load({ settings, rules, app: {} }, { invalid: 'report' });
    config.set('o', 3);
    expect(value('o')).toBe(3);
  });
});

test.each([
  ['a list', { list: '${file:tok}' }, (draft: { list: string[] }) => draft.list.push('c')],
  [
    'a list in an object',
    { obj: { inner: '${list}' }, list: ['${file:word}'] },
    (draft: { obj: { inner: string[] } }) => draft.obj.inner.push('c'),
  ],
])('update does not write a part of %s that is one reference', async (_, app, change) => {
  const settings = { list: { format: Array, default: [] }, obj: { format: Object, default: {} } };
  const { config, made } = load({ settings, app, other: { tok: '["S3CRET"]', word: 'S3CRET' } });
  const text = made.read('app.json');
  await expect(config.update(change as never)).rejects.toThrow('must be replaced by `set`');
  expect(made.read('app.json')).toBe(text);
});

test('a reference in JSON text computes at once, as it does after a save', async () => {
  const at = folder({});
  const definition = defineConfig({
    name: 'app',
    file: 'app.json',
    references: true,
    settings: { base: 'x', labels: { format: Object, default: {} }, list: { format: Array, default: [] } },
  });
  const load = () => loadConfigSync(definition, { argv: [], env: {}, cwd: at.path });
  const config = load();
  setAll(config, { labels: '{"a":"\\u0024{base}"}', list: '["\\u0024{base}"]' } as never);
  const expected = { base: 'x', labels: { a: 'x' }, list: ['x'] };
  expect(config.values).toEqual(expected);
  await config.save();
  expect([config.values, load().values]).toEqual([expected, expected]);
});
