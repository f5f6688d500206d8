// Node.js keeps the code of a file as compiled before its functions run, and Node.js 20 keeps none. Here, the code is kept at the end
// of a process, with the functions that it ran: the next `varve get` compiles next to nothing.
import { closeSync, existsSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { createRequire, isBuiltin, Module } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { Script } from 'node:vm';
import { makeFolder, readKept, writeKept } from './kept-file.ts';
import { KeptPackages } from './kept-packages.ts';

/** A script of this process. `kept` has the bytes of compiled code that the cache had for it. */
interface LoadedScript {
  readonly script: Script;
  readonly key: string;
  readonly file: string;
  readonly kept: number;
}

/** `state` tells an installation from the next one: the engine checks its own version and flags, but of a text only the length. */
interface ModuleText {
  readonly code: string;
  readonly state: Stats;
}

type ModuleFunction = (...scope: readonly unknown[]) => void;

const ownRequire = createRequire(import.meta.url);
const DIST = `${dirname(ownRequire.resolve('../index.js'))}${sep}`;
/** The CommonJS packages that a load uses. */
const PACKAGES = /[\\/]node_modules[\\/](?:convict|dotenv|lodash\.clonedeep|yargs-parser)[\\/].*\.c?js$/;

/**
 * Loads the program with what it requires, by the code that earlier starts compiled, and keeps the code that is compiled now. `import`
 * and `require` find the modules loaded. The first start only makes `folder`, as most installations of a container start once.
 */
export function loadProgram(folder: string): void {
  const loader = new CompiledCode(folder);
  loader.load(ownRequire.resolve('./program.js'));
  if (existsSync(folder)) process.on('exit', () => loader.keep());
  else makeFolder(folder);
}

class CompiledCode {
  readonly #folder: string;
  readonly #packages: KeptPackages;
  readonly #scripts: LoadedScript[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    this.#packages = new KeptPackages(join(folder, `packages-${process.version}`));
  }

  load(path: string): unknown {
    const { cache } = ownRequire;
    const loaded = cache[path];
    if (loaded) return loaded.exports;
    const text = readModule(path);
    // Only code that Node.js loads itself can `import()`.
    if (text.code.includes('import(')) return ownRequire(path);
    const module = new Module(path);
    module.filename = path;
    cache[path] = module;
    try {
      const scope = [module.exports, this.#requireFrom(path), module, path, dirname(path)];
      this.#compiled(path, text).apply(module.exports, scope);
    } catch (error) {
      delete cache[path];
      throw error;
    }
    module.loaded = true;
    return module.exports;
  }

  #requireFrom(path: string): NodeJS.Require {
    const require = createRequire(path);
    const load = (id: string): unknown => {
      if (isBuiltin(id)) return require(id);
      const found = id.startsWith('.') ? require.resolve(id) : this.#packages.resolve(id, path, require.resolve);
      return found.startsWith(DIST) || PACKAGES.test(found) ? this.load(found) : require(id);
    };
    return Object.assign(load, require);
  }

  #compiled(path: string, { code, state }: ModuleText): ModuleFunction {
    const key = `${process.arch} ${state.ctimeMs} ${state.size} ${path}`;
    // Two versions of Node.js, used in turns, each keep their own.
    const file = join(this.#folder, `${basename(path)}-${state.ino}-${process.version}`);
    const cachedData = readKept(file, key);
    const script = new Script(Module.wrap(code), { filename: path, ...(cachedData && { cachedData }) });
    const kept = script.cachedDataRejected === false ? (cachedData?.length ?? 0) : 0;
    this.#scripts.push({ script, key, file, kept });
    return script.runInThisContext() as ModuleFunction;
  }

  /** Keeps the code if a script was compiled that the cache did not have, as a first use of another command does. */
  keep(): void {
    this.#packages.keep();
    if (this.#scripts.every(({ kept }) => kept > 0)) return;
    for (const { script, key, file, kept } of this.#scripts) {
      const data = script.createCachedData();
      if (data.length > kept) writeKept(file, key, data);
    }
  }
}

function readModule(path: string): ModuleText {
  const fd = openSync(path, 'r');
  try {
    return { state: fstatSync(fd), code: readFileSync(fd, 'utf8') };
  } finally {
    closeSync(fd);
  }
}
