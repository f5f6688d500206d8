import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defineConfig, directory, loadConfig } from '../src/index.ts';
import { VARVE } from './cli/golden.ts';
import { Shell } from './cli/shell.ts';
import { folder } from './folder.ts';
import { type Project, project } from './pages/project.ts';

const definition = (settings: string, options = ''): string => `import { defineConfig } from 'varve';

export default defineConfig({
  name: 'trainer',
  file: 'config/trainer.json',
  envPrefix: 'TRAINER',${options}
  settings: {
    ${settings}
  },
});
`;

const GOOD = definition(
  "lr: { doc: 'Learning rate', format: Number, default: 0.1 },\n    epochs: { doc: 'Passes', format: 'nat', default: 10 },",
);
const APP = `import { loadConfig } from 'varve';
import definition from './varve.config.mjs';

const config = await loadConfig(definition);
console.log(config.values);
`;

type Files = Readonly<Record<string, string>>;

/** The mistakes that people make first, each with what they would type next. */
const MISTAKES: readonly (readonly [title: string, files: Files, ...commands: readonly string[]])[] = [
  [
    'a wrong type in the file',
    { 'config/trainer.json': '{\n  "epochs": "many"\n}\n' },
    'node app.mjs',
    'varve validate',
  ],
  [
    'a comma that is missing',
    { 'config/trainer.json': '{\n  "lr": 0.2\n  "epochs": 20\n}\n' },
    'node app.mjs',
    'varve list',
  ],
  [
    'a base file that is missing',
    { 'varve.config.mjs': definition('lr: 0.1', "\n  files: ['config/base.json'],") },
    'node app.mjs',
    'varve doctor',
  ],
  ['a file that is missing: nothing was set yet', {}, 'varve list', 'varve doctor'],
  ['no definition', { 'varve.config.mjs': '' }, 'varve list', 'varve list --definition varve.conf.mjs'],
  ['a misspelt variable', {}, 'TRAINER_EPOCH=3 varve list'],
  ['a wrong variable', {}, 'TRAINER_EPOCHS=3.5 TRAINER_LR=fast node app.mjs'],
  ['a misspelt flag', {}, 'varve list -- --epoch 3', 'varve list --epochs 3'],
  [
    'a misspelt key',
    { 'config/trainer.json': '{ "epoch": 20 }\n' },
    'varve list',
    'varve get epoch',
    'varve sett epochs 3',
  ],
  ['a misspelt key in a program', { 'app.mjs': `${APP}config.get('epoch');\n` }, 'node app.mjs'],
  ['two definitions', { 'config/varve.config.mjs': GOOD }, 'varve doctor'],
  [
    'a required setting that is missing',
    {
      'varve.config.mjs': definition(
        "token: { doc: 'Of the tracker', format: String, sensitive: true, default: null }",
      ),
    },
    'node app.mjs',
    'varve run -- node app.mjs',
  ],
  [
    'a default with a typo',
    { 'varve.config.mjs': definition('lr: { format: Number, defualt: 0.1 },\n    epochs: Number,') },
    'varve list',
  ],
  ['no default', { 'varve.config.mjs': definition("epochs: { doc: 'Passes', format: 'nat' },") }, 'varve list'],
  [
    'a format with a typo',
    { 'varve.config.mjs': definition("epochs: { format: 'natt', default: 1 },") },
    'varve list',
    'node app.mjs',
  ],
  [
    'a member with a typo',
    { 'varve.config.mjs': definition("token: { format: String, default: '', sensitve: true },") },
    'varve list',
  ],
  ['an option with a typo', { 'varve.config.mjs': definition('lr: 0.1', '\n  dotnev: true,') }, 'varve list'],
  ['no settings', { 'varve.config.mjs': 'export default { lr: 0.1 };\n' }, 'varve list', 'node app.mjs'],
  [
    'no default export',
    { 'varve.config.mjs': `${GOOD.replace('export default', 'export const definition =')}` },
    'varve list',
  ],
  [
    'no definition passed',
    { 'app.mjs': "import { loadConfig } from 'varve';\n\nawait loadConfig();\n" },
    'node app.mjs',
  ],
  ['a wrong import', { 'app.mjs': "import varve from 'varve';\n" }, 'node app.mjs'],
  ['a wrong subpath', { 'app.mjs': "import { loadConfig } from 'varve/load';\n" }, 'node app.mjs'],
];

/** What a terminal shows, without what differs between machines: places in our code, and the version of Node.js. */
function shown(at: Project, command: string): string {
  const { stdout, stderr, status } = at.run('bash', ['--norc', '-c', command]);
  const text = `${stdout}${stderr}`
    .replaceAll(at.path, '/app')
    .replaceAll(/(?:file:\/\/)?\/\S*\/dist\//g, '…/varve/dist/')
    .replaceAll(/(\/later\/\w+)-\w+\.js/g, '$1.js')
    .replaceAll(/^node:internal.*:\d+$/gm, 'node:internal…')
    .replaceAll(/(\/dist\/.*\.js):\d+/g, '$1')
    .replaceAll(/(?:^ {4}at .*\n?)+/gm, '    at …\n')
    .replaceAll(/\n*^Node\.js v.*\n?/gm, '\n');
  return `$ ${command}\n${text}exit ${status}\n`;
}

test('the first mistakes get an answer that is good enough to post', async () => {
  const transcripts = MISTAKES.map(([title, files, ...commands]) => {
    const at = project();
    try {
      for (const [name, text] of Object.entries({ 'varve.config.mjs': GOOD, 'app.mjs': APP, ...files })) {
        if (text !== '') at.write(name, text);
      }
      return `# ${title}\n${commands.map((command) => shown(at, command)).join('')}`;
    } finally {
      at.remove();
    }
  });
  const text = transcripts.join('\n');
  expect(text).not.toMatch(/this should not have happened|TypeError/);
  await expect(text).toMatchFileSnapshot('golden/first-errors.txt');
}, 120_000);

test('a file that may not be written is named, with what is missing', async () => {
  const shell = new Shell({
    'varve.config.mjs': GOOD.replace("'varve'", `'${VARVE}'`),
    'config/trainer.json': '{ "epochs": 20 }\n',
  });
  chmodSync(shell.folder.path, 0o755);
  for (const path of ['config/trainer.json', 'config']) chmodSync(join(shell.folder.path, path), 0o555);
  // The rights of a file are no obstacle to root.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  const transcript = await shell.transcript('set epochs 30').finally(() => {
    if (isRoot) process.seteuid?.(0);
    chmodSync(join(shell.folder.path, 'config'), 0o755);
  });
  expect(transcript).toBe(`$ varve set epochs 30
2> varve: could not be saved: permission denied (config/trainer.json). Give this user the permission for the file and for its folder.
exit 4
`);
});

test.skipIf(process.platform === 'win32')('a working directory that was removed', async () => {
  const { path, write } = folder();
  const definition = defineConfig({ name: 'app', file: 'app.json', settings: { n: 1 } });
  const before = process.cwd();
  mkdirSync(join(path, 'gone'));
  process.chdir(join(path, 'gone'));
  rmdirSync(join(path, 'gone'));
  try {
    const gone = {
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^the working directory .* not exist any more/),
    };
    await expect(loadConfig(definition, { argv: [], env: {} })).rejects.toMatchObject(gone);
    write('app.json', '{ "n": 2 }');
    expect((await loadConfig(definition, { argv: [], env: {}, cwd: path })).values).toEqual({ n: 2 });
    expect(directory(join(path, 'd')).name).toBe(join(path, 'd'));
  } finally {
    process.chdir(before);
  }
});
