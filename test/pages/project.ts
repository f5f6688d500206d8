import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A folder in which `varve` is installed as the package of this checkout. */
export interface Project {
  readonly path: string;
  read(name: string): string;
  write(name: string, text: string): void;
  /** What a command prints there, with an environment that has nothing of ours. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Output;
  /** What the compiler says of these files: nothing, if they are right. */
  typeCheck(files: readonly string[]): string;
  remove(): void;
}

export interface Output {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const COMPILER = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
const TYPES = ['--allowImportingTsExtensions', '--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];

/** The packages that pages use beside `varve`, as they are installed here. */
export function project(packages: readonly string[] = []): Project {
  const path = mkdtempSync(join(tmpdir(), 'varve-page-'));
  const modules = join(path, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(ROOT, join(modules, 'varve'));
  // As npm installs it, but for the right to execute dist/cli/main.js, which only npm gives.
  const main = join(ROOT, 'dist/cli/main.js');
  writeFileSync(join(modules, '.bin/varve'), `#!/usr/bin/env node\nimport('${main}');\n`, { mode: 0o755 });
  // npx itself takes half a second to find what is installed here.
  writeFileSync(join(modules, '.bin/npx'), '#!/bin/sh\n[ "$1" = --no-install ] && shift\nexec "$@"\n', { mode: 0o755 });
  for (const name of packages) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  };
  write('package.json', '{ "type": "module" }\n');
  const run: Project['run'] = (command, args, env = {}) => {
    const PATH = [join(modules, '.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
    const own = { PATH, HOME: path, CI: '1', npm_config_update_notifier: 'false', ...env };
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: path,
      env: own,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status, stdout, stderr };
  };
  return {
    path,
    read: (name) => readFileSync(join(path, name), 'utf8'),
    write,
    run,
    typeCheck: (files) =>
      run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...COMPILER, ...TYPES, ...files]).stdout,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
