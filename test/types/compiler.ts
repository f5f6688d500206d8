import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Folder, folder } from '../folder.ts';
import { checkBuild, PACKAGE } from '../library.ts';

/** The compiler's own file, run by node. */
export const TSC: string = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc');

/** How a program that uses the package is compiled, with nothing but the package's declarations. */
const PROGRAM = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  module: 'nodenext',
  target: 'es2022',
  types: ['node'],
};

/**
 * A folder with `main.ts`, to which `./api/src/index.js` gives the API as a program sees it that has installed the
 * package: declarations alone.
 */
export function programFolder(main: string): Folder {
  const program = folder({
    'main.ts': main,
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({ compilerOptions: PROGRAM, files: ['main.ts'] }),
  });
  checkBuild();
  mkdirSync(join(program.path, 'api'));
  symlinkSync(join(PACKAGE, 'dist'), join(program.path, 'api/src'), 'junction');
  symlinkSync(join(PACKAGE, 'node_modules'), join(program.path, 'node_modules'), 'junction');
  return program;
}

/** What the compiler prints for a project of `program`: TypeScript 7, or the compiler at this path. */
export function compile(
  program: Folder,
  project = 'tsconfig.json',
  options: readonly string[] = [],
  compiler = TSC,
): string {
  const args = [compiler, '-p', join(program.path, project), '--pretty', 'false', ...options];
  const { stdout, stderr, error } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (error) throw error;
  return stdout + stderr;
}
