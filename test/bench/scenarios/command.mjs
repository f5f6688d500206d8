// The command line as a shell runs it: one value, and the candidates for a word.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engines } from '../lib/engines.mjs';
import { freshFolder, inRounds, median, temp, timed } from '../lib/measure.mjs';
import { makeModel, makeSources } from '../lib/model.mjs';
import { objectSource } from '../lib/source.mjs';

const MAIN = join(temp, 'node_modules/varve/dist/cli/main.js');
const FORMATS = { string: 'String', number: 'Number', boolean: 'Boolean', array: 'Array' };

function project(extension, model) {
  const sources = makeSources(model, freshFolder(`command/${extension}`));
  const leaf = ({ type, path, env, default: value }) => {
    const format = type === 'enum' ? "['debug', 'info', 'warn', 'error']" : (FORMATS[type] ?? `'${type}'`);
    return `{ doc: '${path}', format: ${format}, default: ${JSON.stringify(value)}, env: '${env}' }`;
  };
  const definition = `{ name: 'bench', file: 'config.json', dotenv: true, settings: ${objectSource(model, leaf)} }`;
  writeFileSync(join(sources.dir, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(sources.dir, `varve.config.${extension}`),
    `import { defineConfig } from 'varve';\nexport default defineConfig(${definition});\n`,
  );
  return sources.dir;
}

export default async function command({ whole }) {
  const model = makeModel(60);
  const key = model.leaves[1].path;
  const folders = ['mjs', 'ts'].map((extension) => [extension, project(extension, model)]);
  const home = freshFolder('command/home');
  mkdirSync(home, { recursive: true });
  const runs = [];
  for (const { path, version } of engines()) {
    // Only the caches of this scenario.
    const env = { PATH: process.env['PATH'], HOME: home, TMPDIR: home };
    const run = (name, args, cwd) =>
      runs.push({ name, node: version.slice(1), command: path, args, options: { cwd, env }, samples: [] });
    run('bare Node.js', ['-e', '0'], temp);
    for (const [extension, cwd] of folders) run(`varve get, .${extension}`, [MAIN, 'get', key], cwd);
    for (const [extension, cwd] of folders)
      run(`varve completion, .${extension}`, [MAIN, 'completion', 'bash', '--line', 'varve get sec'], cwd);
  }
  const env = { ...process.env, npm_config_update_notifier: 'false' };
  runs.push({
    name: 'npm config get',
    node: process.version.slice(1),
    command: 'npm',
    args: ['config', 'get', 'registry'],
    options: { cwd: home, env },
    samples: [],
  });
  for (const { name, command: program, args, options } of runs) {
    // The first run fills the caches, and completion needs a definition that a command has run.
    const { stdout, stderr } = timed(program, args, options);
    if (name !== 'bare Node.js' && stdout.trim() === '') throw new Error(`${name} answered nothing`);
    if (name.startsWith('varve') && stderr !== '') throw new Error(`${name} warns: ${stderr.split('\n')[0]}`);
  }
  inRounds(runs, 1);
  for (const run of runs) run.samples.length = 0;
  inRounds(runs, whole ? 30 : 5);
  const wall = ({ samples }) => median(samples.map((one) => one.wall));
  const bareOf = ({ node }) => runs.find((run) => run.name === 'bare Node.js' && run.node === node);
  const rows = runs.map((run) => ({
    command: run.name,
    'Node.js': run.node,
    'wall ms': wall(run),
    'over bare Node.js': wall(run) - wall(bareOf(run)),
    'CPU ms': median(run.samples.map((one) => one.cpu)),
  }));
  const over = (name) =>
    Object.fromEntries(
      rows
        .filter((row) => row.command === name)
        .map((row) => [Number.parseInt(row['Node.js'], 10), row['over bare Node.js']]),
    );
  return {
    mjs: over('varve get, .mjs'),
    ts: over('varve get, .ts'),
    completionMjs: over('varve completion, .mjs'),
    completionTs: over('varve completion, .ts'),
    tables: [{ title: 'The command line, whole process, 60 settings', rows }],
  };
}
