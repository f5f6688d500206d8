import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder of the package. */
export const PACKAGE: string = fileURLToPath(new URL('../', import.meta.url));

/** The URL of a built module, for processes and threads that have no loader: of `varve`, or of one of its subpaths. */
export function builtModule(name: 'varve' | `varve/${string}` = 'varve'): string {
  checkBuild();
  const { exports } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const conditions = exports[name.replace('varve', '.')];
  return pathToFileURL(join(PACKAGE, (conditions.import ?? conditions.default).default)).href;
}

/** Throws if `dist` is older than the sources, so that no test runs an old one; the mutation run allows that. */
export function checkBuild(): void {
  if (process.env['VARVE_OLD_BUILD'] === '1') return;
  const newest = Math.max(
    ...readdirSync(join(PACKAGE, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  const builtAt = statSync(join(PACKAGE, 'dist/package.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (builtAt < newest) throw new Error('dist/ is older than src/: npm run build');
}

/** The library compiled file by file. */
interface Library {
  readonly url: string;
  remove(): void;
}

/** Compiles each file of `src` into one of its own, where it counts which of them run. */
export function compileSources(): Library {
  const folder = mkdtempSync(join(tmpdir(), 'varve-library-'));
  const options = {
    extends: join(PACKAGE, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      // `npm run types` checks.
      noCheck: true,
      rootDir: join(PACKAGE, 'src'),
      outDir: join(folder, 'dist'),
      typeRoots: [join(PACKAGE, 'node_modules/@types')],
    },
    include: [],
    files: [join(PACKAGE, 'src/index.ts')],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  writeFileSync(
    join(folder, 'package.json'),
    '{"name":"varve","type":"module","exports":{"./package.json":"./package.json"}}',
  );
  symlinkSync(join(PACKAGE, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  const built = join(folder, 'dist/index.js');
  if (!existsSync(built)) throw new Error(`the library was not compiled: ${stdout}`);
  return { url: pathToFileURL(built).href, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
