import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { vi } from 'vitest';
import type { Answer } from './shell.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

// A process of its own takes as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** The command line compiled, for what only a process of its own can show. */
export interface Built {
  /** The compiled package: `dist`, `src` and `package.json`. */
  readonly package: string;
  /** The program. */
  readonly main: string;
  /** What a definition imports. */
  readonly index: string;
  run(argv: readonly string[], options: SpawnSyncOptions): Answer;
  remove(): void;
}

/** Compiles the sources as they are now, so that no test runs an old `dist`. */
export function buildCommandLine(): Built {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  // Below node_modules, so that the dependencies are found.
  const folder = mkdtempSync(join(cache, 'varve-'));
  const compilerOptions = { outDir: join(folder, 'dist'), rootDir: join(root, 'src'), noEmitOnError: false };
  const include = [join(root, 'src')];
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.build.json'), compilerOptions, include }),
  );
  for (const name of ['src', 'package.json']) symlinkSync(join(root, name), join(folder, name));
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  const main = join(folder, 'dist/cli/main.js');
  if (!existsSync(main)) throw new Error(`the command line was not compiled: ${stdout}`);
  chmodSync(main, 0o755);
  return {
    package: folder,
    main,
    index: pathToFileURL(join(folder, 'dist/index.js')).href,
    run: (argv, options) => {
      const child = spawnSync(process.execPath, [main, ...argv], { ...options, encoding: 'utf8' });
      return { code: child.status ?? -1, stdout: child.stdout, stderr: child.stderr };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
