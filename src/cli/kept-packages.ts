import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readKept, writeKept } from './kept-file.ts';

/** The file that `require` loads for a package, as long as its package.json has this state. */
interface KeptPackage {
  readonly state: string;
  readonly found: string;
}

const KEY = 'packages';

/**
 * Where earlier starts found packages, by the path of their package.json. Node.js takes 3 ms to find those of a load, half of them
 * for the regular expression that checks a path in the `exports` of a package.json.
 */
export class KeptPackages {
  readonly #file: string;
  readonly #packages: Record<string, KeptPackage>;
  #isChanged = false;

  constructor(file: string) {
    this.#file = file;
    const kept = readKept(file, KEY);
    this.#packages = kept ? JSON.parse(kept.toString()) : {};
  }

  /** The file that `require` loads for a package in a file at `from`. Without what was kept, `find` finds it. */
  resolve(name: string, from: string, find: (name: string) => string): string {
    const { path, state } = nearestManifest(name, dirname(from)) ?? {};
    const kept = path === undefined ? undefined : this.#packages[path];
    if (kept && kept.state === state && existsSync(kept.found)) return kept.found;
    const found = find(name);
    if (path === undefined || state === undefined) return found;
    this.#packages[path] = { state, found };
    this.#isChanged = true;
    return found;
  }

  keep(): void {
    if (this.#isChanged) writeKept(this.#file, KEY, Buffer.from(JSON.stringify(this.#packages)));
  }
}

interface Manifest {
  readonly path: string;
  readonly state: string;
}

/** The package.json that Node.js reads for a package. What it finds depends on nothing else. */
function nearestManifest(name: string, folder: string): Manifest | undefined {
  const path = join(folder, 'node_modules', name, 'package.json');
  if (existsSync(path) && basename(folder) !== 'node_modules') {
    const { ino, ctimeMs, size } = statSync(path);
    return { path, state: `${ino} ${ctimeMs} ${size}` };
  }
  return folder === dirname(folder) ? undefined : nearestManifest(name, dirname(folder));
}
