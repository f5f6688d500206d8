import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** The library compiled for processes and threads that have no loader. */
export interface Library {
  readonly url: string;
  /** The folder of its package. */
  readonly folder: string;
  remove(): void;
}

/** Compiles `src` as it is now, so that no test runs an old `dist`; other entries than `index.ts` stand beside it. */
export function buildLibrary(...entries: readonly string[]): Library {
  const folder = mkdtempSync(join(tmpdir(), 'varve-library-'));
  const compilerOptions = {
    noEmit: false,
    // `npm run types` checks.
    noCheck: true,
    declaration: true,
    rootDir: join(root, 'src'),
    outDir: join(folder, 'dist'),
  };
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { ...compilerOptions, typeRoots: [join(root, 'node_modules/@types')] },
    include: [],
    files: ['index.ts', ...entries].map((entry) => join(root, 'src', entry)),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  writeFileSync(
    join(folder, 'package.json'),
    '{"name":"varve","type":"module","exports":{".":"./dist/index.js","./package.json":"./package.json"}}',
  );
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  const built = join(folder, 'dist/index.js');
  if (!existsSync(built)) throw new Error(`the library was not compiled: ${stdout}`);
  return { url: pathToFileURL(built).href, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
