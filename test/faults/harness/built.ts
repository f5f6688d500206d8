import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Child processes run without a loader, so they get the store compiled: its URL, and what removes it again. */
export interface Built {
  readonly url: string;
  readonly folder: string;
  remove(): void;
}

/** The build with all mutants, which are switched on and off while it stays as it is. */
let withMutants: Built | undefined;

/** Compiles the store as it is in `src` now, so that no test runs an old `dist`. */
export function buildStore(): Built {
  if (process.env['VARVE_MUTANTS'] === undefined) return compileStore();
  withMutants ??= { ...compileStore(), remove: () => undefined };
  return withMutants;
}

function compileStore(): Built {
  const folder = mkdtempSync(join(tmpdir(), 'varve-built-'));
  // Some children run as another user.
  chmodSync(folder, 0o755);
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rootDir: join(root, 'src'),
      outDir: folder,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [],
    files: [join(root, 'src/stores/json-file.ts')],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  const built = join(folder, 'stores/json-file.js');
  if (!existsSync(built)) throw new Error(`the store was not compiled: ${stdout}`);
  return { url: pathToFileURL(built).href, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
