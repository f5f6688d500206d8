import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Answer } from './shell.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

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

/** The package in `dist`. Throws if it is older than the sources, so that no test runs an old one. */
export function buildCommandLine(): Built {
  const built = (name: string): string => join(root, 'dist', name);
  const newest = Math.max(
    ...readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  const builtAt = statSync(built('package.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (builtAt < newest) throw new Error('dist/ is older than src/: npm run build');
  const main = built('cli/main.js');
  return {
    package: root,
    main,
    index: pathToFileURL(built('index.mjs')).href,
    run: (argv, options) => {
      const child = spawnSync(process.execPath, [main, ...argv], { ...options, encoding: 'utf8' });
      return { code: child.status ?? -1, stdout: child.stdout, stderr: child.stderr };
    },
    remove: () => undefined,
  };
}
