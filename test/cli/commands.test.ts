import { expect, test } from 'vitest';
import { DEFINITION, FILES, golden, VARVE } from './golden.ts';
import { Shell } from './shell.ts';

test('list', () =>
  golden('list', [
    'RL_BATCH_SIZE_DAYS=45 list -- --batch-size-days 60',
    'list --modified',
    'RL_OVERLAP_DAYS=2 list --from env',
    'list --from evn',
    'list --prefix trackr',
    'list --prefix tracker',
    'list --prefix log --json',
    'RL_TRUST_TRESHOLD=1 list --prefix log',
    'RL_OVERLAP_DAYS=few list --prefix log',
  ]));

test('get', () =>
  golden('get', [
    'get trust_threshold',
    'get log.level',
    'get log',
    'get tracker --json',
    'get tracker.token',
    'get trust_treshold',
    'get RL_TRUST_THRESHOLD',
    'get trust-threshold',
    'get tokn',
    'get trakcer',
    'RL_OVERLAP_DAYS=few get trust_threshold',
  ]));

test('explain', () =>
  golden('explain', [
    'RL_BATCH_SIZE_DAYS=45 explain batch_size_days -- --batch-size-days 60',
    'explain log.level',
    'RL_TRACKER__LABELS__RUN=8 explain tracker.labels',
    'RL_BATCH_SIZE_DAYS=45 explain tracker.token --json',
    'RL_TRUST_THRESHOLD=0.9 explain trust_threshold --json',
    'RL_TRUST_THRESHOLD=9 explain trust_threshold',
    'explain threshold',
  ]));

test('set, unset and reset', () =>
  golden('set', [
    'set batch_size_days 90',
    'set batch_size_days 90',
    'RL_BATCH_SIZE_DAYS=45 set batch_size_days 91',
    'set batch_size_days abc',
    'set batch_sise_days 3',
    'set log 3',
    'set overlap_days',
    'set tracker.token secret-1',
    ['set tracker.token --stdin', 'secret-2\n'],
    'set log.level debug --json',
    'set log.level=warn overlap_days=6 trust_threshold=0.9',
    'set log.level=loud overlap_days=-1 trust_threshold=0.8',
    'set log.level warn overlap_days 6',
    'set log.level=warn overlap_days',
    'set overlap_days=7 tracker.token=secret-3',
    'set tracker.labels {"run":8} --json-value',
    'set overlap_days -1e3',
    'set overlap_days null --json-value',
    'set overlap_days nul --json-value',
    'set overlap_days=3 --stdin',
    'unset log.level --dry-run',
    'unset log.level overlap_days',
    'unset log.level',
    'RL_BATCH_SIZE_DAYS=45 reset batch_size_days',
    'reset',
    'reset --all',
    'reset --all --yes',
    'list --modified',
  ]));

test('set of a setting that a running program does not reload', async () => {
  const settings = '{ port: { default: 80, reload: false }, host: "a" }';
  const shell = new Shell({
    'varve.config.mjs': `import { defineConfig } from '${VARVE}';\nexport default defineConfig({ name: 'shop', file: 'shop.json', settings: ${settings} });\n`,
    'shop.json': '{}\n',
  });
  const notes = async (...argv: string[]): Promise<string> => (await shell.run(argv)).stderr;
  expect(await notes('set', 'port=81', 'host=b')).toBe('varve: port takes effect at the next start\n');
  expect(await notes('set', 'port=81', 'host=c')).toBe('');
  expect(await notes('unset', 'port')).toBe('varve: port takes effect at the next start\n');
});

test('validate', () =>
  golden('validate', [
    'validate',
    'validate --json',
    'RL_BATCH_SIZE_DAYS=abc validate -- --trust-treshold 1 --overlap-days',
    'RL_BATCH_SIZE_DAYS=abc validate --json',
    'RL_TRUST_THRESHOLD=7 validate -- --trust-threshold 0.5',
    'RL_BATCH_SIZE_DAYS=abc RL_OVERLAP=1 validate --format github -- --trust-treshold 1,5',
    'validate --format githb',
  ]));

test('a broken file', () =>
  golden(
    'broken-file',
    [
      'list',
      'validate',
      'set overlap_days 3',
      'RL_OVERLAP_DAYS=1 get overlap_days',
      'explain overlap_days',
      'reset --all --yes',
      'list --modified',
    ],
    { ...FILES, 'config/app.json': '{\n  "batch_size_days": 40\n  "trust_threshold": 0.85\n}\n' },
  ));

test('a wrong value in each layer', () =>
  golden('wrong-values', ['RL_OVERLAP_DAYS=few list -- --log.level loud', 'set trust_threshold 0.8', 'validate'], {
    ...FILES,
    'varve.config.mjs': DEFINITION.replace('sensitive: true, ', ''),
    '.env': 'RL_BATCH_SIZE_DAYS=abc\n',
    'config/app.json': '{\n  "trust_threshold": 1.7,\n  "overlap": 3\n}\n',
  }));

test('what is typed wrongly', () =>
  golden('usage', [
    'lst',
    'frobnicate',
    'list --modifed',
    'list --mod',
    'set overlap_days 3 --dry',
    'list --overlap-days 3',
    'list -- --overlap-dais 3',
    'get',
    'get a b',
    'list --definition nowhere.mjs',
    'set overlap_days 3 --file',
    'lst --json',
    'get trust_treshold --json',
    'set --modified',
    'get overlap_days --overlap-days=3',
    'show log.level',
    'rm log.level',
    'set',
    'store',
    'run ls -l',
    'help frobnicate',
    'help',
    'completion',
    'completion bsh',
    'completion powershell',
  ]));

test('run', () =>
  golden('run', [
    'RL_OVERLAP_DAYS=few run -- true',
    'RL_OVERLAP_DAYS=few run --json -- true',
    'run --set overlap_dais=3 -- true',
    'run --lr 0.5 -- true',
    'run --lr=0.5 -- true',
    'run --snapshoot x -- true',
    'run true --lr 0.5',
    'run LR=0.5 -- true',
    'run true -- false',
    'run -- no-such-command',
    'run -- false',
    'run',
  ]));

test('help', () => golden('help', ['', '--help', 'set --help', 'get -h', 'help run', 'docs --help']));

test('settings that only their variable, flag or last segment names', () =>
  golden('suggestions', [
    'explain RL_LOG__LEVEL',
    'explain level',
    'explain levl',
    'explain log-level',
    'unset batch',
  ]));

test('another file', () =>
  golden('file', ['set overlap_days 3 --file other.json', 'get overlap_days', 'get overlap_days --file other.json']));

test('definitions that cannot be used', async () => {
  await golden('no-definition', ['list'], {});
  await golden('bad-definition', ['list'], {
    'varve.config.mjs': DEFINITION.replace("format: 'nat', default: 30", "format: 'natt', default: 30, mni: 3"),
  });
  await golden('no-default-export', ['list'], { 'varve.config.mjs': 'export const settings = {};\n' });
});
