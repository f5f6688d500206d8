import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { snapshotFingerprint } from '../../src/tools.ts';
import { DEFINITION, FILES, golden } from './golden.ts';
import { Shell } from './shell.ts';

const BEFORE = DEFINITION.replace('log: {', 'fading: 1, log: {').replace(
  "default: 'info'",
  "default: 'info', nullable: true",
);
const AFTER = DEFINITION.replace('trust_threshold: {', "trust: { aliases: ['trust_threshold'],").replace(
  'log: {',
  'fresh: 2, log: {',
);
const LATER = AFTER.replace("trust: { aliases: ['trust_threshold']", "confidence: { aliases: ['trust']").replace(
  'fresh: 2',
  'fading: 7',
);

test('a run is repeated after the definition gained, lost and renamed a setting', () =>
  golden(
    'repeat',
    [
      'RL_BATCH_SIZE_DAYS=60 run --set trust_threshold=0.25 --snapshot a/snapshot.json -- true',
      (shell) => {
        shell.folder.write('config/app.json', '{ "batch_size_days": 7, "tracker": { "labels": { "late": true } } }');
      },
      'run --definition after.config.mjs --repeat a/snapshot.json --snapshot b.json -- true',
      'RL_OVERLAP_DAYS=9 run --definition after.config.mjs --repeat a -- false',
      'run --definition after.config.mjs --repeat a --set overlap_days=3 -- true',
      'run --repeat config/app.json -- true',
      'run --repeat nowhere -- true',
      'run --file a/snapshot.json -- true',
      'list --file a/snapshot.json',
      (shell) => {
        const [a, b] = ['a/snapshot.json', 'b.json'].map((name) => JSON.parse(shell.folder.read(name)));
        const { trust_threshold: trust, fading: _, ...values } = a.values;
        expect(b.values).toEqual({ ...values, trust, fresh: 2 });
        expect(b.repeats).toBe(a.fingerprint);
        expect(b.origins.trust).toEqual({ layer: 'snapshot', name: 'trust', location: 'a/snapshot.json' });
        expect(b.origins.fresh.layer).toBe('default');
        expect(b.definitionChanges).toEqual({
          renamed: { trust: 'trust_threshold' },
          gained: ['fresh'],
          lost: { fading: 1 },
        });
        expect(snapshotFingerprint(b)).toBe(a.fingerprint);
      },
      'run --definition after.config.mjs --repeat b.json --snapshot c.json -- true',
      'run --definition later.config.mjs --repeat b.json --snapshot d.json -- true',
      'RL_FRESH=3 run --definition after.config.mjs --repeat a --snapshot e.json -- true',
      'run --definition after.config.mjs --repeat e.json -- true',
      'diff a b.json --definition after.config.mjs',
      'diff b.json d.json --definition later.config.mjs',
      'diff a e.json --definition after.config.mjs',
      'diff --against b.json --definition after.config.mjs -- --trust 0.25 --batch-size-days 60',
      (shell) => {
        const [b, c, d] = ['b.json', 'c.json', 'd.json'].map((name) => JSON.parse(shell.folder.read(name)));
        expect([c.fingerprint, c.values, c.definitionChanges]).toEqual([b.fingerprint, b.values, b.definitionChanges]);
        expect([d.fingerprint, d.values.fading]).toEqual([b.fingerprint, 1]);
        expect(d.definitionChanges).toEqual({
          renamed: { confidence: 'trust_threshold' },
          gained: [],
          lost: { fresh: 2 },
        });
        shell.folder.write('a/snapshot.json', shell.folder.read('a/snapshot.json').replace('0.25', '0.26'));
      },
      'run --definition after.config.mjs --repeat a -- true',
    ],
    { ...FILES, 'varve.config.mjs': BEFORE, 'after.config.mjs': AFTER, 'later.config.mjs': LATER },
  ));

test('a repeated run has the fingerprint of the first, whatever the layers are now', async () => {
  const shell = new Shell(FILES);
  await shell.run(['run', '--snapshot', 'a.json', '--set', 'trust_threshold=0.25', '--', 'true']);
  const env = { RL_TRUST_THRESHOLD: '0.9', RL_OVERLAP_DAYS: '8' };
  await shell.run(['run', '--repeat', 'a.json', '--snapshot', 'b.json', '--', 'true'], { env });
  const [a, b] = ['a.json', 'b.json'].map((name) => JSON.parse(shell.folder.read(name)));
  expect([b.fingerprint, b.values]).toEqual([a.fingerprint, a.values]);
});

/** A run, and its repetition with another definition: their snapshots, and the last line of the repetition. */
async function repeated(after: string, env: Record<string, string> = {}, before = DEFINITION) {
  const shell = new Shell({ ...FILES, 'varve.config.mjs': before, 'after.config.mjs': after });
  await shell.run(['run', '--snapshot', 'a.json', '--set', 'batch_size_days=60', '--', 'true'], { env: KEYED });
  const again = ['run', '--definition', 'after.config.mjs', '--repeat', 'a.json', '--snapshot', 'b.json', '--', 'true'];
  const { code, stderr } = await shell.run(again, { env: { ...KEYED, ...env } });
  const [a, b] = ['a.json', 'b.json'].map((name) =>
    existsSync(join(shell.folder.path, name)) ? JSON.parse(shell.folder.read(name)) : {},
  );
  const last = stderr
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^.*?: repeats a.json: /, '');
  return { code, a, b, last, stderr };
}

const KEYED = { VARVE_FINGERPRINT_KEY: 'k3y' };
const MERGED = DEFINITION.replace("overlap_days: { format: 'nat', default: 5 },", '').replace(
  'batch_size_days: {',
  "days: { aliases: ['overlap_days', 'batch_size_days'],",
);
const PUBLIC = DEFINITION.replace('sensitive: true, ', '');
const GAINED = DEFINITION.replace('log: {', 'grad_clip: 1, log: {');
const DERIVED = DEFINITION.replace('{ defineConfig }', '{ defineConfig, derived }').replace(
  'log: {',
  "warmup: { format: 'nat', default: derived(['batch_size_days'], (days) => days * 2) }, log: {",
);

function withList(usual: string): string {
  return DEFINITION.replace(
    'log: {',
    `list: { format: Array, items: String, merge: 'append', default: ${usual} }, log: {`,
  );
}

test.each<[change: string, after: string, env?: Record<string, string>, before?: string]>([
  ['is the same', DEFINITION],
  ['gained a setting', GAINED],
  ['gained a setting, and a layer gives its default', GAINED, { RL_GRAD_CLIP: '1' }],
  ['gained a setting whose default depends on another', DERIVED],
  ['lost a setting', DEFINITION.replace("overlap_days: { format: 'nat', default: 5 },", '')],
  ['renamed a setting', DEFINITION.replace('overlap_days: {', "overlap: { aliases: ['overlap_days'],")],
  ['made one setting of two', MERGED],
  ['renamed a secret', DEFINITION.replace('token: {', "key: { aliases: ['tracker.token'],")],
  ['lost a secret', DEFINITION.replace("token: { format: String, sensitive: true, default: '' },", '')],
  ['no longer counts a setting', DEFINITION.replace('default: 5', 'default: 5, identity: false')],
  ['counts a setting', DEFINITION, {}, DEFINITION.replace('default: 5', 'default: 5, identity: false')],
  ['has another default of a list that layers append to', withList("['a', 'b']"), {}, withList("['a']")],
  ['has another default of an object', DEFINITION.replace("{ team: 'rl' }", "{ team: 'rl', site: 'eu' }")],
  [
    'made a group of a setting',
    DEFINITION.replace("overlap_days: { format: 'nat', default: 5 }", 'overlap_days: { most: 5 }'),
  ],
])('a repeated run has the fingerprint of the first where the definition %s', async (_, after, env, before) => {
  const { code, a, b, last } = await repeated(after, env, before);
  expect([code, b.fingerprint, last]).toEqual([0, a.fingerprint, `the same fingerprint ${a.fingerprint.slice(0, 12)}`]);
  expect([snapshotFingerprint(b), b.repeats]).toEqual([b.fingerprint, a.fingerprint]);
});

test('a gained default is derived from the values of the repeated run', async () => {
  const { b } = await repeated(DERIVED);
  expect([b.values.batch_size_days, b.values.warmup]).toEqual([60, 120]);
});

test.each<[what: string, after: string, env: Record<string, string>, reason: string]>([
  [
    'a gained setting has another value than its default',
    GAINED,
    { RL_GRAD_CLIP: '2' },
    'grad_clip is new and 2 (env RL_GRAD_CLIP), its default is 1',
  ],
  ['a secret has another value', DEFINITION, { RL_TRACKER__TOKEN: 'secret-2' }, 'tracker.token is another secret'],
  [
    'a secret cannot be compared',
    DEFINITION,
    { VARVE_FINGERPRINT_KEY: '' },
    'tracker.token is a secret, compared only with VARVE_FINGERPRINT_KEY',
  ],
  [
    'a setting is a secret now',
    DEFINITION.replace("{ format: 'nat', default: 5 }", "{ format: 'nat', default: 5, sensitive: true }"),
    {},
    'overlap_days is a secret now',
  ],
  ['a setting was a secret', PUBLIC, {}, 'tracker.token was a secret'],
])('a repeated run has another fingerprint where %s, and says so', async (_, after, env, reason) => {
  const { code, a, b, last } = await repeated(after, env);
  const [was, is] = [a, b].map(({ fingerprint }) => fingerprint.slice(0, 12));
  expect([code, was === is, snapshotFingerprint(b) === b.fingerprint]).toEqual([0, false, true]);
  expect(last).toBe(`the fingerprint was ${was}, is ${is}: ${reason}`);
});

test('a setting that was a secret has its value of today, and says so', async () => {
  const env = { VARVE_FINGERPRINT_KEY: '', RL_TRACKER__TOKEN: 'secret-2' };
  const { a, b, stderr } = await repeated(PUBLIC, env);
  expect([a.values.tracker.token, b.values.tracker.token]).toEqual(['********', 'secret-2']);
  expect(stderr).toContain('note: tracker.token is not in the snapshot; its value comes from env RL_TRACKER__TOKEN\n');
});

test('a run is not repeated with a value that the definition reads as another one', async () => {
  const texts = DEFINITION.replace("{ team: 'rl' }", "{ team: '7' }");
  const numbers = DEFINITION.replace("default: { team: 'rl' }", "members: 'nat', default: { team: 7 }");
  const { code, last } = await repeated(numbers, {}, texts);
  expect([code, last]).toEqual([
    4,
    'varve: the definition reads a value of the snapshot as another one: ' +
      'tracker.labels was {"team":"7","run":7}, is {"team":7,"run":7}',
  ]);
});

test('a run goes on with the layers of today, unless it would be another run', () =>
  golden(
    'resume',
    [
      'RL_BATCH_SIZE_DAYS=60 run --set trust_threshold=0.25 --snapshot a/snapshot.json -- true',
      'run --resume a -- true',
      'RL_BATCH_SIZE_DAYS=60 RL_TRUST_THRESHOLD=0.25 run --resume a -- true',
      'RL_BATCH_SIZE_DAYS=60 RL_LOG__LEVEL=warn run --resume a/snapshot.json --set trust_threshold=0.25 -- true',
      'RL_BATCH_SIZE_DAYS=70 run --resume a --set trust_threshold=0.25 --allow-change batch_size_days --snapshot b.json -- true',
      'RL_BATCH_SIZE_DAYS=60 run --definition after.config.mjs --resume a --set trust=0.25 -- true',
      'run --resume a --repeat a -- true',
      'run --allow-change trust_threshold -- true',
      'run --resume config/app.json -- true',
    ],
    {
      ...FILES,
      'varve.config.mjs': DEFINITION.replace("default: 'info'", "default: 'info', identity: false"),
      'after.config.mjs': AFTER,
    },
  ));

test('a run of another variant is repeated, whichever is chosen today', async () => {
  const definition = DEFINITION.replace('defineConfig }', 'defineConfig, variants }').replace(
    'log: {',
    "optimizer: variants('type', { adam: { lr: 0.1, beta: 0.9 }, sgd: { lr: 0.2, momentum: 0.9 } }), log: {",
  );
  const shell = new Shell({ ...FILES, 'varve.config.mjs': definition });
  const set = ['--set', 'optimizer.type=sgd', '--set', 'optimizer.momentum=0.5'];
  await shell.run(['run', ...set, '--snapshot', 'a.json', '--', 'true']);
  const { code, stderr } = await shell.run(['run', '--repeat', 'a.json', '--snapshot', 'b.json', '--', 'true']);
  const [a, b] = ['a.json', 'b.json'].map((name) => JSON.parse(shell.folder.read(name)));
  expect([code, b.values.optimizer]).toEqual([0, { type: 'sgd', lr: 0.2, momentum: 0.5 }]);
  expect(b.fingerprint).toBe(a.fingerprint);
  expect(stderr).not.toContain('warning');
});
