import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  ConfigError,
  defineConfig,
  derived,
  each,
  eachOf,
  type Issue,
  loadConfig,
  loadConfigSync,
  variants,
} from '../src/index.ts';
import { describeSettings } from '../src/tools.ts';

/** Everything that is wrong with a definition, as an error. */
function mistake(settings: unknown, options: Readonly<Record<string, unknown>> = {}): ConfigError | undefined {
  try {
    defineConfig({ name: 'app', settings, ...options } as never);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  return undefined;
}

/** Of settings, as `key: message | suggestion`. */
function told(settings: unknown, options?: Readonly<Record<string, unknown>>): readonly string[] {
  const issues: readonly Issue[] = mistake(settings, options)?.issues ?? [];
  expect(issues.every(({ code }) => code === 'INVALID_DEFINITION')).toBe(true);
  return issues.map(({ key, message, suggestion }) =>
    [`${key === undefined ? '' : `${key}: `}${message}`, ...(suggestion ? [suggestion] : [])].join(' | '),
  );
}

const REMEDY = 'To make the setting required, give default: null.';

describe('a default that its setting refuses', () => {
  test.each([
    [{ format: Number, default: 'abc' }, 'it must be a number, got "abc"'],
    [{ format: 'nat', default: -1 }, 'it must be an integer of at least 0, got -1'],
    [
      { format: 'nat', default: 9007199254740992 },
      'it must be within ±(2^53-1), because larger integers lose digits, got 9007199254740992',
    ],
    [{ format: 'port', default: 70000 }, 'it must be a port from 0 to 65535, got 70000'],
    [{ format: Number, default: Number.NaN }, 'it must be a finite number, got NaN'],
    [{ format: Array, default: [[Number.POSITIVE_INFINITY]] }, 'it must have finite numbers only, got [[null]]'],
    [{ format: Array, default: [1, [2], [3, Number.NaN]] }, 'it must have finite numbers only, got [1,[2],[3,null]]'],
    [
      { format: Object, default: JSON.parse('{"a": {"__proto__": 1}}') },
      'it must not have a member called __proto__, got {"a":{"__proto__":1}}',
    ],
    [{ format: ['a', 'b'], default: 'c' }, 'it must be "a" or "b", got "c"'],
    [{ format: Number, default: 2, max: 1 }, 'it must be at most 1, got 2'],
    [{ format: String, default: 'a', minLength: 2 }, 'it must have at least 2 characters, got "a"'],
    [{ format: String, default: 'a', pattern: '^b' }, 'it must match /^b/u, got "a"'],
    [{ format: Array, items: 'int', default: [1, 'x'] }, 'element 2 must be an integer, got [1,"x"]'],
    [
      { format: 'duration', default: '5 parsecs' },
      'it must be a length of time in whole milliseconds or with a unit (3000, "90s", "1h30m", "PT5M"), got "5 parsecs"',
    ],
    [{ format: Object, default: [] }, 'it must be an object, got []'],
    [{ format: Boolean, default: 0 }, 'it must be true or false, got 0'],
    [{ format: z.string(), default: 1 }, 'it is not valid: Invalid input: expected string, received number, got 1'],
  ])('%o', (node, problem) => {
    expect(told({ it: node })).toEqual([`it: has a default that it refuses: ${problem} | ${REMEDY}`]);
  });

  test('is not shown where the setting is sensitive', () => {
    expect(mistake({ key: { format: 'nat', default: 'hunter2', sensitive: true } })?.message).not.toContain('hunter2');
  });

  test('that has itself in it', () => {
    const circular: unknown[] = [];
    circular.push(circular);
    expect(told({ it: { format: Array, default: circular } })[0]).toContain(
      'must not be nested deeper than 256 levels',
    );
  });
});

describe('nested too deeply', () => {
  const nested = (declare: (inner: unknown) => unknown, levels = 10_000): unknown => {
    let settings: unknown = { port: 80 };
    for (let i = 0; i < levels; i += 1) settings = { g: declare(settings) };
    return settings;
  };
  const elements = (levels: number): unknown => {
    let items: unknown = { format: 'nat' };
    for (let i = 0; i < levels; i += 1) items = { format: Array, items };
    return { it: { default: [], ...(items as object) } };
  };

  test.each([
    ['groups', nested((inner) => inner)],
    ['groups by name', nested((inner) => each(inner as never))],
    ['lists of groups', nested((inner) => eachOf(inner as never))],
    ['variants', nested((inner) => variants('type', { one: inner as never }))],
    ['elements', elements(10_000)],
  ])('%s', (_, settings) => {
    expect(told(settings)).toEqual([expect.stringMatching(/^[^ ]+: must not be nested deeper than 256 levels$/)]);
  });

  test.each([
    ['groups', nested((inner) => inner, 256)],
    ['groups by name', nested((inner) => each(inner as never), 256)],
    ['variants', nested((inner) => variants('type', { one: inner as never }), 256)],
    ['elements', elements(256)],
  ])('but not %s of 256 levels', (_, settings) => {
    const definition = defineConfig({ name: 'app', envPrefix: 'APP', settings: settings as never });
    expect(loadConfigSync(definition, { env: {}, argv: [] }).snapshot().toJSON().fingerprint).toBeTruthy();
  });

  test('settings that contain themselves, at many places', () => {
    const settings: Record<string, unknown> = { port: 80 };
    settings['a'] = settings;
    settings['b'] = each(settings as never);
    settings['c'] = variants('type', { one: settings as never });
    expect(told(settings)).toEqual(['a', 'b.*', 'c'].map((key) => `${key}: must not contain itself`));
  });
});

describe('formats', () => {
  test.each([
    ['strng', 'Did you mean String?'],
    ['string', 'Did you mean String?'],
    ['boolean', 'Did you mean Boolean?'],
    ['integre', 'Did you mean integer?'],
    ['secnod', 'Did you mean second?'],
  ])('%s is unknown', (format, suggestion) => {
    const formats = { second: { validate: () => undefined } };
    expect(told({ it: { format, default: 'x' } }, { formats })).toEqual([
      `it: has the unknown format "${format}" | ${suggestion}`,
    ]);
  });

  test.each([[1], [{}], [true], [/a/], [{ '~standard': null }], [{ '~standard': {} }]])('%o is none', (format) => {
    expect(told({ it: { format, default: 'x' } })).toEqual([
      'it: has a "format" that is neither a name, a list of options, a function nor a schema',
    ]);
  });

  test.each([
    ['a zod refinement', z.string().refine(async () => true), 'x'],
    [
      'a valibot pipe',
      v.pipeAsync(
        v.string(),
        v.checkAsync(async () => true),
      ),
      'x',
    ],
    ['the elements', z.number(), [1], z.number().refine(async () => true)],
  ])('asynchronous ones are refused: %s', (_, schema, value, items?: unknown) => {
    const node = items ? { format: Array, items, default: value } : { format: schema, default: value };
    const problem = `${items ? 'element 1' : 'it'} cannot be checked: its format is asynchronous or threw an error`;
    expect(told({ it: node })).toEqual([expect.stringContaining(`it: has a default that it refuses: ${problem}`)]);
  });

  test('one that throws for some values is not taken for an asynchronous one', () => {
    const format = z.string().transform((text) => new URL(text));
    expect(told({ it: { format, default: null }, other: { format, default: 'https://example.org/' } })).toEqual([]);
  });

  test('an asynchronous function is refused with the default', () => {
    const format = async (value: unknown): Promise<void> => {
      if (value !== 1) throw new Error('late');
    };
    expect(told({ it: { format, default: 2 } })[0]).toContain(
      'it cannot be checked: its format is asynchronous or threw an error',
    );
  });

  test('of the definition have a function each', () => {
    expect(
      told(
        { it: { format: 'first', default: 1 } },
        { formats: { first: {}, b: null, c: { validate: () => 1, coerce: 'x' } } },
      ),
    ).toEqual([
      'the format "first" has no function "validate"',
      'the format "b" has no function "validate"',
      '"coerce" of the format "c" must be a function',
      'it: has the unknown format "first"',
    ]);
  });
});

describe('members that contradict each other', () => {
  test.each([
    [{ format: Number, default: 1, min: 2, max: 1 }, ['has a "min" (2) above its "max" (1)']],
    [{ format: String, default: '', minLength: 2, maxLength: 1 }, ['has a "minLength" (2) above its "maxLength" (1)']],
    [{ format: Number, default: 1, min: '0' }, ['has a "min" that is not a number']],
    [{ format: Number, default: 1, max: Number.NaN }, ['has a "max" that is not a number']],
    [{ format: String, default: 'a', min: 1 }, ['has a "min", but its format (string) does not take numbers']],
    [
      { format: Number, default: 1, minLength: 1 },
      ['has a "minLength", but its format (number) does not take text or lists'],
    ],
    [{ format: String, default: 'a', maxLength: -1 }, ['has a "maxLength" that is not a length']],
    [{ format: Number, default: 1, pattern: '^1' }, ['has a "pattern", but its format (number) does not take text']],
    [{ format: String, default: 'a', pattern: '(' }, ['has a "pattern" that is not a regular expression']],
    [{ format: String, default: 'a', pattern: 5 }, ['has a "pattern" that is not a regular expression']],
    [{ format: String, default: 'a', items: Number }, ['has "items", but its format (string) is not Array']],
    [
      { format: Array, default: [], items: { name: { format: String, default: '' } } },
      ['has "items" that are neither a format nor a declaration with a "format"'],
    ],
    [{ default: 'a', sensitive: 'yes' }, ['has a "sensitive" that is neither true nor false']],
    [{ default: 'a', env: 1, arg: {} }, ['has an "env" that is not a name', 'has an "arg" that is not a name']],
    [{ default: 'a', arg: 1 }, ['has an "arg" that is not a name']],
    [{ format: String, default: 'a', maxLength: 1.5 }, ['has a "maxLength" that is not a length']],
    [{ format: Number, default: 1, search: 'cubic' }, ['has a "search" that is neither "linear" nor "log"']],
    [{ format: String, default: 'a', search: 'log' }, ['has a "search", but its format (string) is not a number']],
    [{ format: 'nat', default: 1, min: 1, search: 'log' }, ['has a "search", but not both a "min" and a "max"']],
    [{ format: 'nat', default: 1, max: 9, search: 'linear' }, ['has a "search", but not both a "min" and a "max"']],
    [
      { format: 'nat', default: 1, min: 0, max: 9, search: 'log' },
      ['has the search "log", but a "min" (0) that is not above 0'],
    ],
  ])('%o', (node, problems) => {
    expect(told({ it: node })).toEqual(problems.map((problem) => `it: ${problem}`));
  });

  test.each([
    [{ format: Number, default: 1, min: 0, max: 9, search: 'linear' }],
    [{ format: 'port', default: 1, min: 1, max: 9, search: 'log' }],
    [{ format: String, default: '', minLength: 0 }],
    [{ format: '*', default: 1, min: 0 }],
    [{ default: 'a', env: false, arg: false }],
    [{ default: 'a', arg: 'a-b' }],
    [each({ a: { default: 1, env: false, arg: false, deprecated: false } })],
  ])('%o has no mistake', (node) => expect(told({ it: node })).toEqual([]));

  test.each([
    ['env', 'A'],
    ['arg', 'a'],
    ['aliases', ['b']],
    ['deprecated', true],
  ])('a setting of a group by name with %s', (member, value) => {
    expect(told({ it: each({ a: { default: 1, [member]: value } as never }) })).toEqual([
      `it.*.a: has "${member}", which a setting of a group by name or of a variant cannot have`,
    ]);
  });

  test('an empty object is a setting, and not a group', () => {
    const definition = defineConfig({ name: 'app', settings: { it: {} } });
    const config = loadConfigSync(definition, { env: {}, argv: ['--it={"a": 1}'] });
    expect(config.values).toEqual({ it: { a: 1 } });
  });

  test('the members have mistakes of their own', () => {
    expect(told({ it: { format: Object, members: { format: Number, min: 'x' }, default: {} } })).toEqual([
      'it.*: has a "min" that is not a number',
    ]);
  });

  test('the elements have mistakes of their own', () => {
    expect(told({ it: { format: Array, items: { format: 'natt', min: 'x' }, default: [] } })).toEqual([
      'it[]: has the unknown format "natt" | Did you mean nat?',
      'it[]: has a "min" that is not a number',
    ]);
  });
});

test('derived defaults that are computed from themselves, each with its way back', () => {
  const from = (key: string): object => ({ format: Number, default: derived([key], (value: number) => value) });
  expect(told({ a: from('b'), b: from('c'), c: from('b'), d: from('a'), e: from('e') })).toEqual([
    'b: has a default derived from itself: b → c → b',
    'c: has a default derived from itself: c → b → c',
    'e: has a default derived from itself: e → e',
  ]);
});

test.each([
  ['maxNorm', 'T_MAX_NORM', '--max-norm'],
  ['max--norm', 'T_MAX_NORM', '--max--norm'],
  ['max__norm', 'T_MAX_NORM', '--max-norm'],
  ['HTTPPort2', 'T_HTTP_PORT2', '--http-port2'],
  ['größte-Länge', 'T_GRÖSSTE_LÄNGE', '--größte-länge'],
  ['größte--Länge', 'T_GRÖSSTE_LÄNGE', '--größte--länge'],
])('the setting %s has the variable %s and the flag %s', (name, variable, flag) => {
  const definition = defineConfig({ name: 'app', envPrefix: 'T', settings: { [name]: 1 } });
  expect(describeSettings(definition)).toMatchObject([{ variable, flag }]);
});

describe('names', () => {
  test.each([
    [
      'two flags with the same arg',
      { a: { default: 1, arg: 'x' }, b: { default: 1, arg: 'x' } },
      'b: has the flag -x, which a has too | Give one of them another "arg".',
    ],
    [
      'two flags that are derived',
      { max_norm: 1, maxNorm: 1 },
      'maxNorm: has the flag --max-norm, which max_norm has too | Give one of them another "arg".',
    ],
    [
      'an arg and a flag derived from a key',
      { lr: 1, rate: { default: 1, arg: 'lr' } },
      'rate: has the flag --lr, which lr has too | Give one of them another "arg".',
    ],
    [
      'an arg with its dashes',
      { a: { default: 1, arg: '--x' } },
      'a: has the "arg" "--x" | Write it without dashes, spaces and "=".',
    ],
    [
      'an arg with a value',
      { a: { default: 1, arg: 'x=1' } },
      'a: has the "arg" "x=1" | Write it without dashes, spaces and "=".',
    ],
    ['a dot', { 'a.b': 1 }, 'a.b: has a dot in its name; nest it in groups instead'],
    ['nothing', { g: { '': 1 } }, 'g.: has an empty name'],
  ])('with %s', (_, settings, expected) => {
    expect(told(settings)).toEqual([expected]);
  });

  test('derived variables collide, and declared ones do not', () => {
    const clash = { a_b: { default: 1, arg: false }, aB: { default: 1, arg: false } };
    expect(told(clash, { envPrefix: 'X' })).toEqual([
      'aB: has the variable X_A_B, which a_b has too | Give one of them another "env".',
    ]);
    expect(told(clash)).toEqual([]);
    const shared = { a: { default: 1, env: 'X_B' }, c: { default: 1, env: 'X_B' }, b: { default: 1 } };
    expect(told(shared, { envPrefix: 'X' })).toEqual([
      'b: has the variable X_B, which c has too | Give one of them another "env".',
    ]);
  });

  test.each(['__proto__', '_cvtProperties'])('%s is reserved, at any depth', (name) => {
    const settings: unknown = JSON.parse(
      `{ ${JSON.stringify(name)}: 1, "a": { "b": { ${JSON.stringify(name)}: { "c": 1 } } } }`,
    );
    expect(told(settings)).toEqual([`${name}: has a reserved name`, `a.b.${name}: has a reserved name`]);
    expect({}).not.toHaveProperty('c');
  });
});

describe('what was not finished', () => {
  test.each([
    [
      { it: Number },
      'it: is declared as Number, which is a format and not a default | Write { format: Number, default: … }.',
    ],
    [
      { a: { it: Array } },
      'a.it: is declared as Array, which is a format and not a default | Write { format: Array, default: … }.',
    ],
    [
      { it: { format: Number, defualt: 1 } },
      'it: has a "format", but no "default"; it has "defualt" | Did you mean default?',
    ],
    [
      { it: { doc: 'x', format: 'nat' } },
      'it: has a "format", but no "default" | Give it one; null makes the setting required.',
    ],
  ])('%o is reported with the right name', (settings, said) => expect(told(settings)).toEqual([said]));

  test.each([
    [{ log: { format: 'json', level: 'info' } }],
    [{ url: { format: 'url', base: '/' } }],
    [{ it: { doc: 'x', format: 'json' } }],
    [{ it: { default: 1, formt: 'x', format: 'nat' } }],
  ])('%o is a group, or a setting, as it stands', (settings) => expect(told(settings)).toEqual([]));

  test.each([
    ['required', true, 'Write "default: null" for a required setting.'],
    ['enum', ['a'], 'Write "format: [...]" for a list of options.'],
    ['sensitve', false, undefined],
    ['secret', false, undefined],
    ['fromat', 'nat', 'Did you mean format?'],
    ['nulable', true, 'Did you mean nullable?'],
    ['itmes', String, 'Did you mean items?'],
    ['merges', 'append', 'Did you mean merge?'],
    ['Default', 2, undefined],
    ['docs', 'x', undefined],
    ['item', String, undefined],
    ['envs', ['A'], undefined],
    ['note', 'x', undefined],
    ['group', 'x', undefined],
  ])('a member %s is kept, and is a warning where it is almost one that means something', (name, value, suggestion) => {
    const definition = defineConfig({ name: 'app', settings: { it: { default: 1, [name]: value } } });
    const { warnings } = loadConfigSync(definition, { env: {}, argv: [] });
    const issue = { code: 'INVALID_DEFINITION', key: 'it', message: `has "${name}", which has no effect`, suggestion };
    expect(warnings).toEqual(suggestion === undefined ? [] : [issue]);
  });

  test.each([
    'sensitve',
    'senstive',
    'sensitivity',
    'Sensitive',
    'secret',
    'isSecret',
    'private',
    'confidential',
    'redacted',
    'password',
  ])('%s: true, which would show a secret, is an error', (name) => {
    const remedy = 'Write "sensitive: true" to keep the value from being shown.';
    expect(told({ it: { default: 'a', [name]: true } })).toEqual([
      `it: has "${name}", which has no effect | ${remedy}`,
    ]);
    expect(told({ it: { default: [], items: { format: String, [name]: true } } })).toHaveLength(1);
    expect(told({ it: { default: 'a', [name]: true, sensitive: true } })).toEqual([]);
  });

  test('a group with a setting called default is an error, and an object that is a default is not', () => {
    const pool = { default: { format: Number, default: 5 }, batch: { default: 1 } };
    expect(told({ pool })).toEqual([
      'pool: has a setting called "default", which makes the group itself a setting | ' +
        'Rename that setting; or add "format: Object" if the object is the default of one setting.',
    ]);
    expect(told({ pool: { ...pool, format: Object }, other: { default: { a: 1 } } })).toEqual([]);
  });

  test('no definition at all', async () => {
    const said = /^there is no definition to load\. Pass what defineConfig returned\./;
    expect(() => loadConfigSync(undefined as never)).toThrow(said);
    await expect(loadConfig(undefined as never)).rejects.toThrow(said);
  });
});

test.each([[undefined], [null], [[]], ['x'], [1]])('settings that are none: %o', (settings) => {
  expect(told(settings)).toEqual(['must have "settings", an object of settings and groups']);
});

test('all mistakes are reported at once, each with its location and remedy', () => {
  const error = mistake(
    {
      batch_size_days: { format: 'nat', default: 'many' },
      trust_threshold: { format: Number, min: 1, max: 0, default: 0.5 },
      optimizer: { lr: { format: 'intger', default: 0.1 }, 'weight.decay': 0, __lr: { default: 1, arg: 'lr' } },
      level: { format: ['debug', 'info'], default: 'warn', arg: 'lr' },
      tags: { format: String, items: String, pattern: '[', default: '' },
      batchSizeDays: 1,
    },
    { envPrefix: 'RL_', unknwon: 'warn' },
  );
  expect(error?.code).toBe('INVALID_DEFINITION');
  expect(error?.message).toMatchInlineSnapshot(`
    "12 problems in the definition of app:
      "envPrefix" must be a name without "_" at its end, got "RL_"
      "unknwon" is not an option of a definition                                            Did you mean unknown?
      trust_threshold         has a "min" (1) above its "max" (0)
      optimizer.lr            has the unknown format "intger"                               Did you mean integer?
      optimizer.weight.decay  has a dot in its name; nest it in groups instead
      tags                    has a "pattern" that is not a regular expression
      tags                    has "items", but its format (string) is not Array
      batch_size_days         has a default that it refuses: it must be an integer, got "many"  To make the setting required, give default: null.
      level                   has a default that it refuses: it must be "debug" or "info", got "warn"  To make the setting required, give default: null.
      level                   has the flag --lr, which optimizer.__lr has too               Give one of them another "arg".
      batchSizeDays           has the flag --batch-size-days, which batch_size_days has too  Give one of them another "arg".
      batchSizeDays           has the variable RL__BATCH_SIZE_DAYS, which batch_size_days has too  Give one of them another "env"."
  `);
});

describe('an option of a wrong type', () => {
  const settings = { port: 80 };
  const wrong: readonly unknown[] = [null, 5, true, {}, () => 1, new URL('http://example.com/a.json'), 'file://host/a'];

  test.each(['files', 'dotenv', 'rules'])('is a mistake of the definition: %s', (option) => {
    for (const value of ['app', 5, {}])
      expect([value, mistake(settings, { [option]: value })?.code]).toEqual([value, 'INVALID_DEFINITION']);
    if (option === 'files') expect(mistake(settings, { files: [null] })?.code).toBe('INVALID_DEFINITION');
  });

  test.each(['file', 'root'])('is refused where a path is expected: %s', (option) => {
    for (const value of wrong) {
      const isAbsent = option === 'file' && String(value) === '[object Object]';
      const load = () => loadConfigSync({ name: 'app', settings, [option]: value } as never, { env: {}, argv: [] });
      if (isAbsent) expect(load).not.toThrow();
      else expect(load).toThrow(expect.objectContaining({ name: 'ConfigError', code: 'INVALID_DEFINITION' }));
    }
  });

  test('is refused in the inputs of a load', () => {
    const definition = defineConfig({ name: 'app', settings });
    for (const value of wrong)
      for (const inputs of [{ file: value }, { overlays: value }, { overlays: [value] }])
        expect(() => loadConfigSync(definition, { env: {}, argv: [], ...inputs } as never)).toThrow(
          expect.objectContaining({ code: 'INVALID_DEFINITION' }),
        );
  });
});

test('a value of a format that throws when it is read is refused', () => {
  const format = {
    '~standard': {
      version: 1 as const,
      vendor: 'own',
      validate: () => ({
        value: {
          get port(): number {
            throw new Error('no port');
          },
        },
      }),
    },
  };
  expect(told({ server: { format, default: 'x' } })).toEqual([
    `server: has a default that it refuses: it is not valid: no port, got "x" | ${REMEDY}`,
  ]);
});
