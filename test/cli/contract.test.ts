import { expect, test } from 'vitest';
import { contractChanges } from '../../src/cli/contract.ts';
import {
  type DefinitionInput,
  defineConfig,
  derived,
  each,
  eachOf,
  requires,
  type SettingsDefinition,
  type VariantsOptions,
  variants,
} from '../../src/index.ts';
import { DEFINITION, FILES, golden } from './golden.ts';
import { Shell } from './shell.ts';

type Old = Partial<DefinitionInput<SettingsDefinition>>;

/** The changes from one definition to the next, each as the command prints it. */
function changes(before: Old, after: Old): readonly string[] {
  const defined = (one: Old) => defineConfig({ name: 'app', envPrefix: 'APP', settings: {}, ...one });
  return contractChanges(defined(before), defined(after)).map(
    ({ key, change, breaking }) => `${breaking ? '!' : '~'} ${key === undefined ? '' : `${key} `}${change}`,
  );
}

const settings = (before: SettingsDefinition, after: SettingsDefinition) =>
  changes({ settings: before }, { settings: after });

test.each<[string, SettingsDefinition, SettingsDefinition, readonly string[]]>([
  ['nothing', { a: 1 }, { a: { doc: 'x', default: 1 } }, []],
  ['a setting less', { a: 1, b: 1 }, { b: 1 }, ['! a is removed']],
  ['a setting more', {}, { a: 1 }, ['~ a is new']],
  ['a required setting more', {}, { a: { format: String, default: null } }, ['! a is new and required']],
  [
    'a new name with an alias',
    { a: 1 },
    { b: { default: 1, aliases: ['a'] } },
    [
      '~ a is called b; the old key is still read',
      '~ a has the variable APP_B; APP_A is still read',
      '~ a has the flag -b; -a is still read',
    ],
  ],
  ['another variable', { a: 1 }, { a: { default: 1, env: 'A' } }, ['! a has the variable A, not APP_A']],
  [
    'another variable with an alias',
    { a: 1 },
    { a: { default: 1, env: 'A', aliases: ['APP_A'] } },
    ['~ a has the variable A; APP_A is still read'],
  ],
  ['no flag', { a: 1 }, { a: { default: 1, arg: false } }, ['! a has no flag any more; it was -a']],
  ['a flag', { a: { default: 1, arg: false } }, { a: 1 }, ['~ a can be given by the flag -a']],
  ['a narrower format', { a: 1 }, { a: { format: 'nat', default: 1 } }, ['! a is nat, not number']],
  ['a wider format', { a: { format: 'port', default: 1 } }, { a: 1 }, ['~ a is number, not port']],
  ['another format', { a: 1 }, { a: '1' }, ['! a is string, not number', '~ a has the default "1", not 1']],
  [
    'fewer options',
    { a: { format: ['x', 'y'], default: 'x' } },
    { a: { format: ['x', 'z'], default: 'x' } },
    ['! a no longer takes y', '~ a also takes z'],
  ],
  [
    'any text in place of options',
    { a: { format: ['x', 'y'], default: 'x' } },
    { a: 'x' },
    ['~ a is string, not "x" | "y"'],
  ],
  ['a lower maximum', { a: { max: 9, default: 1 } }, { a: { max: 5, default: 1 } }, ['! a has the "max" 5, not 9']],
  ['a higher maximum', { a: { max: 5, default: 1 } }, { a: { max: 9, default: 1 } }, ['~ a has the "max" 9, not 5']],
  ['a minimum', { a: 1 }, { a: { min: 0, default: 1 } }, ['! a has the "min" 0']],
  ['no minimum', { a: { min: 0, default: 1 } }, { a: 1 }, ['~ a has no "min" any more']],
  ['a pattern', { a: 'x' }, { a: { pattern: '^x', default: 'x' } }, ['! a must match /^x/']],
  ['a required setting', { a: 'x' }, { a: { format: String, default: null } }, ['! a is required']],
  ['an optional setting', { a: { format: String, default: null } }, { a: 'x' }, ['~ a can be left out']],
  ['no null', { a: { format: String, nullable: true, default: 'x' } }, { a: 'x' }, ['! a no longer takes null']],
  ['a default', { a: 1 }, { a: 2 }, ['~ a has the default 2, not 1']],
  [
    'a computed default',
    { a: { format: 'nat', default: 1 }, b: 1 },
    { a: { format: 'nat', default: derived(['b'], (b) => b) }, b: 1 },
    ['~ a has the default computed from b, not 1'],
  ],
  [
    'a secret',
    { a: 'x' },
    { a: { sensitive: true, default: 'y' } },
    ['~ a has the default ********, not x', '~ a is redacted'],
  ],
  ['a deprecation', { a: 1 }, { a: { default: 1, deprecated: true } }, ['~ a is deprecated']],
])('%s', (_, before, after, expected) => {
  expect([...settings(before, after)].toSorted()).toEqual([...expected].toSorted());
});

test('what breaks comes first, and the definition as a whole counts', () => {
  expect(
    changes(
      { file: 'a.json', settings: { a: 1 } },
      { file: { path: 'b.json' }, unknown: 'error', strictFlags: true, settings: { a: 2 } },
    ),
  ).toEqual([
    '! the file is b.json, not a.json',
    '! unknown keys are errors',
    '! unknown variables are errors',
    '! unknown flags are errors',
    '~ a has the default 2, not 1',
  ]);
});

test.each<[string, SettingsDefinition, SettingsDefinition, readonly string[]]>([
  [
    'an alias less',
    { a: { default: 1, aliases: ['old_a', 'OLD_A'] } },
    { a: { default: 1, aliases: ['old_a'] } },
    ['! a no longer has the alias OLD_A'],
  ],
  ['an alias more', { a: 1 }, { a: { default: 1, aliases: ['x'] } }, ['~ a is also read as x']],
  [
    'an alias that becomes the variable',
    { a: { default: 1, aliases: ['OLD_A'] } },
    { a: { default: 1, env: 'OLD_A', aliases: ['APP_A'] } },
    ['~ a has the variable OLD_A; APP_A is still read'],
  ],
])('%s', (_, before, after, expected) => expect(settings(before, after)).toEqual(expected));

const member = { host: '', port: 80 };
const other = { host: '', path: '/' };
const OF_MEMBERS = ['! x.*.port is removed', '~ x.*.path is new'];

test.each([
  ['a group by name', { x: each(member) }, { x: each(other) }],
  ['a list of groups', { x: eachOf(member) }, { x: eachOf(other) }],
])('the settings of each member of %s', (_, before, after) => expect(settings(before, after)).toEqual(OF_MEMBERS));

const withFiles = (files?: VariantsOptions['files']) => ({
  opt: { by: variants('type', { adam: { lr: 1 }, sgd: { lr: 2 } }, files === undefined ? {} : { files }) },
});
const OPTIONAL = { path: 'c/{type}.json', optional: true };

test.each<[string, SettingsDefinition, SettingsDefinition, readonly string[]]>([
  ['the same', withFiles('c/{type}.json'), withFiles({ path: 'c/{type}.json' }), []],
  ['new', withFiles(), withFiles('c/{type}.json'), ['! the file for each choice of opt.by is new: c/{type}.json']],
  [
    'new and optional',
    withFiles(),
    withFiles(OPTIONAL),
    ['~ the file for each choice of opt.by is new: c/{type}.json'],
  ],
  [
    'no longer read',
    withFiles(OPTIONAL),
    withFiles(),
    ['! the file for each choice of opt.by is not read any more; it was c/{type}.json'],
  ],
  [
    'another path',
    withFiles('b/{type}.json'),
    withFiles(OPTIONAL),
    ['! the file for each choice of opt.by is c/{type}.json, not b/{type}.json'],
  ],
  [
    'required',
    withFiles(OPTIONAL),
    withFiles('c/{type}.json'),
    ['! the file for each choice of opt.by is required: c/{type}.json'],
  ],
  [
    'no longer required',
    withFiles('c/{type}.json'),
    withFiles(OPTIONAL),
    ['~ the file for each choice of opt.by can be left out: c/{type}.json'],
  ],
])('files of variants: %s', (_, before, after, expected) => expect(settings(before, after)).toEqual(expected));

const stages = { values: ['dev', 'prod'], env: 'APP_STAGE', default: 'dev' };

const VAULT: Old['layers'] = ['default', { name: 'vault', read: () => ({ entries: new Map() }) }];

test.each<[string, Old, Old, readonly string[]]>([
  ['strict variables', {}, { strictEnv: true }, ['! unknown variables are errors']],
  ['variables that are no longer strict', { strictEnv: true }, {}, ['~ unknown variables are not errors any more']],
  [
    'flags that are no longer strict',
    { strictFlags: true },
    {},
    ['~ only unknown flags close to a setting are errors'],
  ],
  ['flags that were ignored', { strictFlags: false }, {}, ['! unknown flags close to a setting are errors']],
  ['unknown keys that were settings', { unknown: 'allow' }, {}, ['! unknown keys are no longer settings']],
  ['unknown keys that are settings', {}, { unknown: 'allow' }, ['~ unknown keys are settings']],
  [
    'unknown keys of one layer',
    { layers: VAULT, unknown: { vault: 'allow' } },
    { layers: VAULT, unknown: { file: 'error', vault: 'error' } },
    [
      '! unknown keys are errors',
      '! unknown names of vault are no longer settings',
      '! unknown names of vault are errors',
    ],
  ],
  [
    'patterns',
    { unknown: { allow: ['a.**', 'b.*'] } },
    { unknown: { allow: ['b.*', 'c'] } },
    ['! no longer takes unknown keys a.**', '~ also takes unknown keys c'],
  ],
  [
    'the variable of the file',
    { file: { path: 'a', env: 'X' } },
    { file: { path: 'a', env: 'Y' } },
    ['! the file has the variable Y, not X'],
  ],
  ['a profile', {}, { profile: stages }, ['~ the profile "profile" is new']],
  [
    'a profile that has to be chosen',
    { profile: stages },
    { profile: { values: ['dev', 'prod'], env: 'APP_STAGE' } },
    ['! the profile "profile" has to be chosen; it was dev'],
  ],
  ['no profile', { profile: stages }, {}, ['! the profile "profile" is removed']],
  [
    'another profile',
    { profiles: { stage: stages } },
    { profiles: { stage: { values: ['dev', 'live'], env: 'STAGE', flag: false, default: 'live' } } },
    [
      '! the profile "stage" no longer takes prod',
      '! the profile "stage" has the variable STAGE, not APP_STAGE',
      '! the profile "stage" has no flag any more; it was --stage',
      '~ the profile "stage" also takes live',
      '~ the profile "stage" is live, not dev, unless it is chosen',
    ],
  ],
  [
    'a version',
    {},
    { version: 2, migrations: { 2: () => undefined } },
    ['~ files have the version 2, not 1; older ones are migrated'],
  ],
  [
    'a version without a migration',
    { version: 2, migrations: { 2: () => undefined } },
    { version: 3, migrations: { 3: () => undefined } },
    ['! files older than version 2 are refused', '~ files have the version 3, not 2; older ones are migrated'],
  ],
  [
    'a resolver',
    { resolvers: { old: { resolve: () => ({}) } } },
    { resolvers: { vault: { resolve: () => ({}) } } },
    ['! texts old:… are no longer resolved', '! texts vault:… are resolved'],
  ],
  [
    'the flag of overlays',
    { overlayFlag: 'overlay' },
    { overlayFlag: 'with' },
    ['! an overlay has the flag --with, not --overlay'],
  ],
])('%s', (_, before, after, expected) => expect(changes(before, after)).toEqual(expected));

test('a new rule can refuse what was accepted', () => {
  const same = { tls: false, cert: { format: String, nullable: true, default: null } };
  expect(changes({ settings: same }, { settings: same, rules: [requires('cert', { when: 'tls' })] })).toContainEqual(
    expect.stringMatching(/^! cert has a new rule: /),
  );
});

test('contract', () =>
  golden(
    'contract',
    [
      'contract --against old.mjs',
      'contract --against old.mjs --json',
      'contract --against varve.config.mjs',
      'contract',
      'contract --against none.mjs',
    ],
    {
      ...FILES,
      'old.mjs': DEFINITION.replace("'debug', 'info', 'warn'", "'debug', 'info', 'warn', 'silly'")
        .replace('default: 30', 'default: 14')
        .replace('overlap_days', 'overlap'),
    },
  ));

test('equal changes of sibling settings are one line', async () => {
  const service = (timeout: number) => `{ timeout: ${timeout}, url: { format: 'url', default: 'a://b' } }`;
  const definition = (timeout: number, more: string) =>
    DEFINITION.replace(
      /settings: [\s\S]*/,
      `settings: { ${more}, services: { ${['a', 'b', 'c'].map((name) => `${name}: ${service(timeout)}`).join(', ')} } } });`,
    );
  const shell = new Shell({
    'varve.config.mjs': definition(5, 'x: { y: 1 }, z: { y: 1 }'),
    'old.config.mjs': definition(3, 'x: { y: 2 }, z: { y: 2 }'),
  });
  const { stdout } = await shell.run(['contract', '--against', 'old.config.mjs']);
  expect(stdout).toBe(`~ x.y has the default 1, not 2
~ z.y has the default 1, not 2
~ services.*.timeout (3 settings) has the default 5, not 3
`);
  const { stdout: json } = await shell.run(['contract', '--against', 'old.config.mjs', '--json']);
  expect(JSON.parse(json).changes).toHaveLength(5);
});

const chosen = (adam: SettingsDefinition, sgd: SettingsDefinition, more = {}) => ({
  models: each({ opt: variants('type', { adam, sgd, ...more }) }),
});
test.each<[string, SettingsDefinition, SettingsDefinition, readonly string[]]>([
  [
    'a default with one choice',
    chosen({ lr: 1 }, { lr: 2 }),
    chosen({ lr: 1 }, { lr: 3 }),
    ['~ models.*.opt.lr has the default 3, not 2 with models.*.opt.type sgd'],
  ],
  [
    'a default with each choice',
    chosen({ lr: 1 }, { lr: 1 }),
    chosen({ lr: 3 }, { lr: 3 }),
    ['~ models.*.opt.lr has the default 3, not 1'],
  ],
  [
    'one more choice, with a setting that the others have and one that it requires',
    chosen({ lr: 1 }, { lr: 2 }),
    chosen({ lr: 1 }, { lr: 2 }, { lion: { lr: 3, path: { format: String, default: null } } }),
    ['~ models.*.opt.type also takes lion', '~ models.*.opt.path is new'],
  ],
  [
    'a setting that one choice loses and the other gets',
    chosen({ lr: 1, beta: 1 }, { lr: 2 }),
    chosen({ lr: 1 }, { lr: 2, beta: 1 }),
    [
      '! models.*.opt.beta is removed with models.*.opt.type adam',
      '~ models.*.opt.beta is new with models.*.opt.type sgd',
    ],
  ],
  [
    'a choice less',
    chosen({ lr: 1 }, { lr: 2 }, { lion: { lr: 3 } }),
    chosen({ lr: 1 }, { lr: 2 }),
    ['! models.*.opt.type no longer takes lion'],
  ],
  [
    'a setting of every state that belongs to a choice',
    { opt: { lr: 1 } },
    { opt: variants('type', { adam: { lr: 1 }, sgd: {} }) },
    ['! opt.lr exists only with opt.type adam', '~ opt.type is new'],
  ],
  [
    'a list in place of a group by name',
    { models: each({ lr: 1 }) },
    { models: eachOf({ lr: 1 }) },
    ['! models is a list of groups, not a group by name'],
  ],
  [
    'another name inside a member',
    { models: each({ lr: 1 }) },
    { models: each({ rate: 1 }) },
    ['! models.*.lr is removed', '~ models.*.rate is new'],
  ],
])('groups by name and variants: %s', (_, before, after, expected) =>
  expect(settings(before, after)).toEqual(expected),
);
