import { expect, test } from 'vitest';
import { Shell } from './shell.ts';

const index = new URL('../../src/index.ts', import.meta.url).href;

const DEFINITION = `import { defineConfig } from '${index}';
export default defineConfig({
  name: 'recursive-learning',
  file: 'config/app.json',
  envPrefix: 'RL',
  dotenv: true,
  settings: {
    batch_size_days: { doc: 'days of history in one training batch', format: 'nat', default: 30 },
    trust_threshold: { doc: 'least trust a rule needs', format: Number, min: 0, max: 1, default: 0.7 },
    overlap_days: { format: 'nat', default: 5 },
    log: { level: { format: ['debug', 'info', 'warn'], default: 'info' } },
    tracker: { token: { format: String, sensitive: true, default: '' }, labels: { format: Object, default: { team: 'rl' } } },
  },
});
`;

const FILES = {
  'varve.config.mjs': DEFINITION,
  'config/app.json':
    '{\n  "batch_size_days": 40,\n  "trust_threshold": 0.85,\n  "tracker": { "labels": { "run": 7 } }\n}\n',
  '.env': '# secrets\nRL_TRACKER__TOKEN=very-secret\n',
};

/** The transcript of each line in one shell, as a golden file. */
async function golden(
  name: string,
  lines: readonly (string | readonly [string, string])[],
  files: Record<string, string> = FILES,
): Promise<void> {
  const shell = new Shell(files);
  const transcripts: string[] = [];
  for (const line of lines)
    transcripts.push(typeof line === 'string' ? await shell.transcript(line) : await shell.transcript(...line));
  const text = transcripts.join('\n');
  // What a person typed is theirs; what varve answers holds no secret.
  expect(text.replace(/^\$.*$/gm, '')).not.toMatch(/very-secret|secret-\d/);
  await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
}

test('list', () =>
  golden('list', [
    'RL_BATCH_SIZE_DAYS=45 list -- --batch-size-days 60',
    'list --modified',
    'RL_OVERLAP_DAYS=2 list --from env',
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
    'unset log.level',
    'unset log.level',
    'RL_BATCH_SIZE_DAYS=45 reset batch_size_days',
    'reset',
    'reset --all',
    'reset --all --yes',
    'list --modified',
  ]));

test('validate', () =>
  golden('validate', [
    'validate',
    'validate --json',
    'RL_BATCH_SIZE_DAYS=abc validate -- --trust-treshold 1 --overlap-days',
    'RL_BATCH_SIZE_DAYS=abc validate --json',
    'RL_TRUST_THRESHOLD=7 validate -- --trust-threshold 0.5',
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
    'list --overlap-days 3',
    'list -- --overlap-dais 3',
    'get',
    'get a b',
    'list --definition nowhere.mjs',
    'set overlap_days 3 --file',
    'lst --json',
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
