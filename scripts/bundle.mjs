import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { chunkOptions, connected, withPlainExports } from './chunks.mjs';
import { isLazyPackage, lazyPackages, lazyPackagesOfLibrary } from './lazy-packages.mjs';

/** The file of the library in dist/, and the module of src/ that it is made of, without their extensions. */
export const LIBRARY = 'index';
const SOURCE = 'library';
/** The modules of src/ with the public names of the library, which are in its file together. */
export const ENTRIES = ['index', 'tools'];

/** The library: its start in one file, the rest in chunks that load when they are used. */
export async function bundleLibrary() {
  let names;
  const entry = {
    name: 'library',
    resolveId: (id) => (id === ENTRY ? id : undefined),
    load: (id) => (id === ENTRY ? entryCode() : undefined),
    buildEnd() {
      const [listed, ...others] = ENTRIES.map((one) => this.getModuleInfo(resolve(`src/${one}.ts`)).exports);
      names = { listed, all: [listed, ...others].flat() };
    },
  };
  const options = { input: { [LIBRARY]: ENTRY }, plugins: [entry, lazyPackagesOfLibrary], ...chunkOptions.input };
  return connected(await generated(options, chunkOptions.output), names);
}

const ENTRY = '\0library';

/** The public names, and the functions that the file calls for its chunks. */
function entryCode() {
  const [onDemand, library] = ['on-demand', SOURCE].map((name) => JSON.stringify(resolve(`src/${name}.ts`)));
  return `export { addPart, library, loadAll } from ${onDemand};\nexport * from ${library};`;
}

/**
 * The faces and programs: each module in a file of its own, as none must load what another one needs, such as an optional package.
 * Except those that every command of `varve` needs, which are in one file: a shell asks for a value many times.
 */
export async function bundleFaces(names) {
  const input = Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]));
  const plugins = [libraryApart, lazyPackages, requiredPackages];
  const groups = [{ debugName: 'files', name: fileOfModule }];
  const output = { chunkFileNames: '[name].js', codeSplitting: { includeDependenciesRecursively: false, groups } };
  const files = await generated(
    { input, plugins, preserveEntrySignatures: 'allow-extension', checks: { ineffectiveDynamicImport: false } },
    output,
  );
  return files.map((file) => ({ ...file, code: withPlainExports(file.code) }));
}

const sourcesOf = (names) => names.map((name) => resolve(`src/${name}.ts`));

/** What `varve get` runs. */
const COMMAND_START = sourcesOf(['cli/program', 'cli/process-terminal', 'cli/find-definition', 'cli/commands/get']);
/** What the program imports before it lets Node.js keep compiled code, which is for the files that load after it. */
const PROGRAM_START = sourcesOf(['cli/exit', 'cli/cache-folder', 'cli/kept-file', 'cli/make-folders', 'node-version']);
/** What loads the program with the code that was kept. */
const COMPILED_START = sourcesOf(['cli/compiled-code', 'cli/kept-packages']);
/** The commands that no usual line of `varve get` needs, which are in one file with what describes them. */
const OTHER_COMMANDS = pathInDist(resolve('src/cli/commands.ts'));
/** The file of what `varve get` imports and other faces import too. */
const SHARED = 'shared';

let startFiles;

function pathInDist(id) {
  return relative('src', id).replaceAll('\\', '/').replace(/\.ts$/, '');
}

/** The file of a module, without its extension: in the same place below dist/ as in src/, since modules read files of the package from there. */
function fileOfModule(id, context) {
  startFiles ??= filesOfStart(context);
  if (!startFiles.has(id) && id.startsWith(resolve('src/cli/specs'))) return OTHER_COMMANDS;
  return startFiles.get(id) ?? (isAbsolute(id) ? pathInDist(id) : id.replace(/^\0(\w+):?/, '_virtual/$1-'));
}

function filesOfStart(context) {
  const files = new Map([PROGRAM_START, COMPILED_START].flatMap((ids) => ids.map((id) => [id, pathInDist(ids[0])])));
  const add = (id) => {
    if (files.has(id) || !id.startsWith(resolve('src'))) return;
    files.set(id, id.startsWith(resolve('src/cli')) ? pathInDist(COMMAND_START[0]) : SHARED);
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) add(imported);
  };
  for (const id of COMMAND_START) add(id);
  return files;
}

async function generated(inputOptions, outputOptions) {
  const external = (id) => !isOwn(id) && !isLazyPackage(id);
  const built = await rolldown({ platform: 'node', external, ...inputOptions });
  const { output } = await built.generate({
    dir: 'dist',
    format: 'cjs',
    // Loaders differ in what they make of the mark `__esModule`. Without it, each of them takes the exports as they are.
    esModule: false,
    sourcemap: true,
    comments: false,
    ...outputOptions,
  });
  await built.close();
  return output.filter(({ type }) => type === 'chunk');
}

/** A page's script for browsers, with all that it imports, minified. */
export async function bundlePage(input) {
  const built = await rolldown({ input, platform: 'browser', tsconfig: 'tsconfig.page.json' });
  const { output } = await built.generate({ format: 'esm', minify: true, comments: false });
  await built.close();
  return output[0].code;
}

const isOwn = (id) => id.startsWith('.') || id.startsWith('\0') || isAbsolute(id);

/** Faces call the library that the program calls, instead of a copy in each of them. */
const libraryApart = {
  name: 'library-apart',
  resolveId(id, importer = '') {
    const path = id.startsWith('.') ? resolve(dirname(importer), id) : undefined;
    const isLibrary = ENTRIES.some((entry) => path === resolve(`src/${entry}.ts`));
    return isLibrary ? { id: resolve(`dist/${LIBRARY}.js`), external: 'relative' } : undefined;
  },
};

/** Clients of stores are CommonJS packages: `require` loads them everywhere, whereas `import()` fails in a plain Jest. */
const requiredPackages = {
  name: 'required-packages',
  transform(code, id) {
    if (!id.includes('/stores/')) return undefined;
    return { code: code.replaceAll(/await import\('(pg|@grpc\/grpc-js)'\)/g, "require('$1')"), map: null };
  },
};
