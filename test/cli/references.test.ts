// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VARVE } from './golden.ts';
import { Shell } from './shell.ts';

const FILES = {
  'varve.config.mjs': `import { defineConfig, derived } from '${VARVE}';
export default defineConfig({
  name: 'app',
  file: 'app.json',
  envPrefix: 'APP',
  dotenv: true,
  references: true,
  settings: {
    days: { format: 'nat', default: 30 },
    warmup: { format: 'nat', default: derived(['days'], (days) => days * 2) },
    copy: '',
    label: '',
    db: { password: { format: String, default: null, sensitive: true }, url: { format: 'url', default: 'http://u:\${db.password}@eu/' } },
  },
});
`,
  'app.json': '{ "copy": "at ${db.url}", "days": 5 }\n',
  '.env': 'APP_DB__PASSWORD=hunter22\nAPP_DAYS=7\n',
};

test('no command shows a secret that is a part of another value', async () => {
  const shell = new Shell(FILES);
  const lines = [
    'list',
    'explain copy',
    'get copy',
    'export --format shell',
    'export --format json',
    'diff',
    'doctor',
    'docs',
  ];
  const answers = await Promise.all(lines.map((line) => shell.run(line.split(' '))));
  expect(answers.map(({ stdout, stderr }) => stdout + stderr).join('\n')).not.toContain('hunter22');
  expect(answers[3]?.stdout).toContain('export APP_WARMUP=14\n');
  expect(answers[3]?.stdout).not.toContain('APP_COPY');
});

test('a comparison of files does not report parts that other layers have', async () => {
  const { code, stdout, stderr } = await new Shell(FILES).run(['diff']);
  expect([code, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^~ days /);
});

test('.env.example says what a default is computed from', async () => {
  const { stdout } = await new Shell(FILES).run(['docs', '--format', 'env']);
  expect(stdout).toContain('# warmup\n#   nat, computed from days\n#APP_WARMUP=\n');
});

test('set writes a reference, and refuses one that cannot be computed', async () => {
  const shell = new Shell(FILES);
  expect((await shell.run(['set', 'label=${days} days'])).code).toBe(0);
  expect((await shell.run(['get', 'label'])).stdout).toBe('7 days\n');
  const { code, stderr } = await shell.run(['set', 'label=${label}']);
  expect([code, stderr]).toEqual([3, expect.stringContaining('must not refer to itself: label → label')]);
  expect(JSON.parse(shell.folder.read('app.json'))).toMatchObject({ copy: 'at ${db.url}', label: '${days} days' });
});

test('explain shows the text with its references, as the page has it', async () => {
  const definition = `import { defineConfig } from '${VARVE}';
export default defineConfig({
  name: 'trainer',
  references: true,
  settings: { dataset: 'cifar10', data_dir: '\${env:DATA_ROOT:-/data}/\${dataset}' },
});
`;
  const { stdout } = await new Shell({ 'varve.config.mjs': definition }).run(['explain', 'data_dir']);
  const page = readFileSync(new URL('../../docs/guide/references.md', import.meta.url), 'utf8');
  expect(page).toContain(`$ varve explain data_dir\n${stdout}`);
  expect(stdout).toContain('from "${env:DATA_ROOT:-/data}/${dataset}"');
});
