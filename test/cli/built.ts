import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkBuild, PACKAGE } from '../library.ts';
import type { Answer } from './shell.ts';

/** The command line as users get it, for what only a process of its own can show. */
export interface Built {
  /** The package: `dist`, `src` and `package.json`. */
  readonly package: string;
  /** The program. */
  readonly main: string;
  /** What a definition imports. */
  readonly index: string;
  run(argv: readonly string[], options: SpawnSyncOptions): Answer;
  remove(): void;
}

/** The package in `dist`. */
export function buildCommandLine(): Built {
  checkBuild();
  const built = (name: string): string => join(PACKAGE, 'dist', name);
  const main = built('cli/main.js');
  return {
    package: PACKAGE,
    main,
    index: pathToFileURL(built('index.mjs')).href,
    run: (argv, options) => {
      const child = spawnSync(process.execPath, [main, ...argv], { ...options, encoding: 'utf8' });
      return { code: child.status ?? -1, stdout: child.stdout, stderr: child.stderr };
    },
    remove: () => undefined,
  };
}
