// Node.js keeps the code of a file as compiled before its functions run, and Node.js 20 keeps none. Here, the code is kept at the end
// of a process, with the functions that it ran: the next `varve get` compiles next to nothing.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { createRequire, Module } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { Script } from 'node:vm';

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

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // Another start made it, or this user can only read the folder above.
  }
}

class CompiledCode {
  readonly #folder: string;
  readonly #scripts: LoadedScript[] = [];

  constructor(folder: string) {
    this.#folder = folder;
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
      const found = require.resolve(id);
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

/**
 * The code that was kept for this key. The engine does not check the bytes, and damaged ones crash it or let it run for ever. So they
 * are kept twice, and compared: the checksums of Node.js come with its streams, which take longer to load.
 */
function readKept(file: string, key: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const start = bytes.indexOf('\n') + 1;
    const middle = (start + bytes.length) / 2;
    const data = bytes.subarray(start, middle);
    return bytes.toString('utf8', 0, start - 1) === key && data.equals(bytes.subarray(middle)) ? data : undefined;
  } catch {
    // There is none yet, or this user cannot read it.
    return undefined;
  }
}

function writeKept(file: string, key: string, data: Buffer): void {
  const temporary = `${file}.${process.pid}`;
  try {
    const fd = openSync(temporary, 'w', 0o600);
    writeFileSync(fd, Buffer.concat([Buffer.from(`${key}\n`), data, data]));
    fsyncSync(fd);
    closeSync(fd);
    renameSync(temporary, file);
  } catch {
    // A full disk, or a folder that became read-only: the next start compiles again.
    rmSync(temporary, { force: true });
  }
}
