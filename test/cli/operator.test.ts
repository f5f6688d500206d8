import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { VARVE } from './golden.ts';
import { Shell } from './shell.ts';

const GROUPS = ['data', 'model', 'optimizer', 'scheduler', 'tracker', 'server', 'cache', 'queue', 'eval', 'export'];

/** A project of 300 settings: ten groups with numbers, texts, lists and a secret each. */
function project(): Record<string, string> {
  const settings = GROUPS.map((group) => {
    const numbers = Array.from(
      { length: 24 },
      (_, i) => `limit_${i}: { doc: 'Limit ${i} of ${group}', format: 'nat', default: ${i} }`,
    );
    const others = [
      `endpoint: { doc: 'Where ${group} is served', format: 'url', default: 'https://${group}.internal.example.com/v1' }`,
      `mode: { doc: 'How ${group} works', format: ['fast', 'exact'], default: 'fast' }`,
      `tags: { format: Array, default: ['a', 'b'] }`,
      `enabled: { format: Boolean, default: true }`,
      `warmup_fraction_of_total_steps: { format: Number, min: 0, max: 1, default: 0.1 }`,
      `token: { doc: 'Token for ${group}', format: String, sensitive: true, default: '' }`,
    ];
    return `${group}: { ${[...numbers, ...others].join(', ')} }`;
  });
  const definition = `import { defineConfig } from '${VARVE}';
export default defineConfig({ name: 'trainer', file: 'config/trainer/production.json', envPrefix: 'TRAINER', dotenv: true, files: ['config/trainer/base.json'], settings: { ${settings.join(', ')} } });
`;
  const file = (limit: number): string =>
    `${JSON.stringify({ optimizer: { limit_3: limit, mode: 'exact', warmup_fraction_of_total_steps: 0.25 }, model: { tags: ['large', 'sparse', 'quantized-to-eight-bits', 'distilled'] } }, null, 2)}\n`;
  return {
    'varve.config.mjs': definition,
    'config/trainer/production.json': file(7),
    'release/1.4.json': file(5),
    'config/trainer/base.json': JSON.stringify({
      data: { endpoint: 'https://data.example.com/v2' },
      optimizer: { limit_3: 2 },
    }),
    '.env': 'TRAINER_TRACKER__TOKEN=secret-1\nTRAINER_SERVER__TOKEN=secret-2\nTRAINER_OPTIMIZER__LIMIT_3=9\n',
  };
}

/** What an operator asks, each by one command. */
const QUESTIONS = [
  'TRAINER_OPTIMIZER__LIMIT_3=11 list --modified',
  'TRAINER_OPTIMIZER__LIMIT_3=11 explain optimizer.limit_3',
  'explain data.endpoint',
  'list --from base.json',
  'diff',
  'diff --against release/1.4.json',
  'TRAINER_OPTIMIZER__LIMIT_3=11 explain TRAINER_OPTIMIZER__LIMIT_3',
  'list --sensitive',
  'list --prefix optimizer --grep warmup',
  'TRAINER_CACHE__WARMUP_FRACTION_OF_TOTAL_STEPS=7 TRAINER_QUEUE__LIMITT=1 validate',
  'doctor',
];

test('an operator of 300 settings gets each answer in 80 columns', async () => {
  const shell = new Shell(project());
  const answers: string[] = [];
  for (const question of QUESTIONS) {
    const answer = stripVTControlCharacters(await shell.transcript(question, '', 80));
    answers.push(answer);
    for (const line of answer.split('\n'))
      if (!/^(?:\$|2>)/.test(line)) expect(line.length, line).toBeLessThanOrEqual(80);
  }
  await expect(answers.join('\n')).toMatchFileSnapshot('golden/operator.txt');
});

test.each([60, 100, 200])('KEY is whole, and WHERE keeps its line and column, in %d columns', async (columns) => {
  const shell = new Shell(project());
  const { stdout } = await shell.run(['list'], { columns, env: { NO_COLOR: '1' } });
  const line = stdout.split('\n').find((one) => one.startsWith('optimizer.warmup'));
  expect(line).toMatch(/^optimizer\.warmup_fraction_of_total_steps .* file .*:5:39/);
  expect(stdout.split('\n')).toHaveLength(300 + 3);
  if (columns > 60) expect(stdout).toContain('SHADOWED');
  for (const one of stdout.split('\n')) expect(one.length, one).toBeLessThanOrEqual(Math.max(80, columns));
});

test('SHADOWED takes no room in a narrow terminal if nothing is shadowed', async () => {
  const value = 'a value of forty characters, to be shown';
  const shell = new Shell({
    'varve.config.mjs': `export default { name: 'shop', settings: { title: { format: String, default: '${value}' } } };`,
  });
  const { stdout } = await shell.run(['list'], { columns: 72, env: { NO_COLOR: '1' } });
  expect(stdout).toMatch(new RegExp(`^KEY +VALUE +FROM +WHERE\\ntitle +${value}`));
});

test('notes that list keys fit the terminal', async () => {
  const settings = Array.from(
    { length: 12 },
    (_, i) => `secret_number_${i}: { format: String, default: '', sensitive: true }`,
  );
  const shell = new Shell({
    'varve.config.mjs': `export default { name: 'shop', file: 'shop.json', settings: { ${settings.join(', ')} } };`,
    'shop.json': '{}',
  });
  for (const line of ['export', 'log', 'rollback 5']) {
    const { stderr } = await shell.run(line.split(' '), { columns: 60 });
    expect(stderr).toMatch(/^(?:note: left out without|varve: shop.json keeps no history$)/m);
    for (const one of stderr.split('\n')) expect(one.length, one).toBeLessThanOrEqual(60);
  }
});

test('list says so when a narrow terminal has no room for what is shadowed', async () => {
  const shell = new Shell(project());
  const hint = 'varve: --wide shows the shadowed layers\n';
  expect((await shell.run(['list', '--modified'], { columns: 80 })).stderr).toBe(hint);
  expect((await shell.run(['list', '--modified', '--wide'], { columns: 80 })).stderr).toBe('');
  expect((await shell.run(['list', '--prefix', 'cache'], { columns: 60 })).stderr).toBe('');
});
