import { expect, test } from 'vitest';
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
        shell.folder.write('a/snapshot.json', shell.folder.read('a/snapshot.json').replace('0.25', '0.26'));
      },
      'run --definition after.config.mjs --repeat a -- true',
    ],
    { ...FILES, 'varve.config.mjs': BEFORE, 'after.config.mjs': AFTER },
  ));

test('a repeated run has the fingerprint of the first, whatever the layers are now', async () => {
  const shell = new Shell(FILES);
  await shell.run(['run', '--snapshot', 'a.json', '--set', 'trust_threshold=0.25', '--', 'true']);
  const env = { RL_TRUST_THRESHOLD: '0.9', RL_OVERLAP_DAYS: '8' };
  await shell.run(['run', '--repeat', 'a.json', '--snapshot', 'b.json', '--', 'true'], { env });
  const [a, b] = ['a.json', 'b.json'].map((name) => JSON.parse(shell.folder.read(name)));
  expect([b.fingerprint, b.values]).toEqual([a.fingerprint, a.values]);
});

test.each([
  ['gained a setting', DEFINITION.replace('log: {', 'grad_clip: 1, log: {'), 'grad_clip is new'],
  ['lost a setting', DEFINITION.replace("overlap_days: { format: 'nat', default: 5 },", ''), 'overlap_days is gone'],
])('a repeated run says how its fingerprint differs where the definition %s', async (_, after, reason) => {
  const shell = new Shell({ ...FILES, 'after.config.mjs': after });
  await shell.run(['run', '--snapshot', 'a.json', '--', 'true']);
  const again = ['run', '--definition', 'after.config.mjs', '--repeat', 'a.json', '--snapshot', 'b.json', '--', 'true'];
  const { code, stderr } = await shell.run(again);
  const [a, b] = ['a.json', 'b.json'].map((name) => JSON.parse(shell.folder.read(name)).fingerprint.slice(0, 12));
  expect([code, a === b]).toEqual([0, false]);
  expect(stderr).toContain(`varve: repeats a.json: the fingerprint was ${a}, is ${b}: ${reason}\n`);
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
