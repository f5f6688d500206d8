import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfigSync } from '../src/index.ts';
import { type Folder, folder } from './folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = (name: string): string => readFileSync(join(root, name), 'utf8');

/** The blocks of a page in one language, in their order. */
function blocks(text: string, language: string): readonly string[] {
  const found: string[] = [];
  let open: { readonly language: string; text: string } | undefined;
  for (const line of text.split('\n')) {
    if (open && line === '```') {
      if (open.language === language) found.push(open.text);
      open = undefined;
    } else if (open) open.text += `${line}\n`;
    else if (line.startsWith('```')) open = { language: line.slice(3), text: '' };
  }
  return found;
}

/** A folder in which `varve` is installed as the package of this checkout. */
function project(files: Readonly<Record<string, string>>): Folder {
  const made = folder({ 'package.json': '{ "type": "module" }', ...files });
  mkdirSync(join(made.path, 'node_modules'));
  symlinkSync(root, join(made.path, 'node_modules/varve'));
  return made;
}

function typeCheck({ path }: Folder, file: string): string {
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--skipLibCheck',
    '--allowImportingTsExtensions',
  ];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, ...options, ...types, file], { cwd: path, encoding: 'utf8' }).stdout;
}

/** What a TypeScript program prints, with an empty environment. */
function output({ path }: Folder, file: string): string {
  const jiti = join(root, 'node_modules/jiti/lib/jiti-cli.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [jiti, file], { cwd: path, encoding: 'utf8', env: {} });
  expect(stderr).toBe('');
  return stdout.trim();
}

describe('README.md', () => {
  const readme = page('README.md');
  const [definition = '', use = ''] = blocks(readme, 'ts');

  test('shows what explain really prints', () => {
    const screen = blocks(readme, '').find((block) => block.includes('varve explain')) ?? '';
    const [command = '', ...expected] = screen.trimEnd().split('\n');
    const [, variables = '', args = ''] = /^\$ ((?:[A-Z_]+=\S+ )*)varve (.*)$/.exec(command) ?? [];
    const env = Object.fromEntries(
      variables
        .trim()
        .split(' ')
        .map((word) => word.split('=')),
    );
    const cli = join(root, 'dist/cli/main.js');
    const { stdout } = spawnSync(process.execPath, [cli, ...args.split(' ')], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    expect(stdout.trimEnd().split('\n')).toEqual(expected);
  });

  test('has a definition and a use of it that compile and run', () => {
    const made = project({
      'varve.config.ts': definition,
      'use.ts': `${use}\nconsole.log(JSON.stringify(config.values));\n`,
    });
    expect(typeCheck(made, 'use.ts')).toBe('');
    expect(JSON.parse(output(made, 'use.ts'))).toEqual({
      lr: 1e-3,
      epochs: 11,
      optimizer: { name: 'adam' },
      token: '',
    });
    expect(JSON.parse(made.read('config/trainer.json'))).toEqual({ lr: 1e-3, epochs: 11 });
  }, 60_000);

  test('shows the problems as they are told', async () => {
    const told = blocks(readme, '').find((block) => block.includes('3 problems in')) ?? '';
    const made = project({
      'varve.config.ts': definition,
      '.env': '# of a person\nTRAINER_EPOCHS=1e3\n',
      'config/trainer.json': '{\n  "optimizer": { "name": "sg" }\n}\n',
    });
    const { default: trainer } = (await createJiti(import.meta.url).import(join(made.path, 'varve.config.ts'))) as {
      default: never;
    };
    try {
      loadConfigSync(trainer, { cwd: made.path, env: { TRAINER_LR: 'fast' }, argv: [] });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as Error).message.split('\n').sort()).toEqual(told.trimEnd().split('\n').sort());
    }
  });
});

test.each(blocks(page('docs/guide.md'), 'ts').map((block, i) => [i + 1, block] as const))(
  'example %i of the guide compiles, and prints what it says',
  (_, block) => {
    const made = project({ 'example.ts': block });
    expect(typeCheck(made, 'example.ts')).toBe('');
    expect(output(made, 'example.ts')).toBe(
      [...block.matchAll(/^console\.log.*\/\/ (.*)$/gm)].map(([, said]) => said).join('\n'),
    );
  },
  60_000,
);

test('every code of an error has its row in docs/errors.md', () => {
  const codes = [...page('src/errors.ts').matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code]) => code);
  const rows = [...page('docs/errors.md').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(10);
  expect(rows.sort()).toEqual(codes.sort());
});
