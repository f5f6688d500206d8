// Builds dist/: declarations by tsc, and code as CommonJS, which every loader can load. `import` reaches the same code through a
// short module beside each entry, so that a process has one copy of varve, however it is loaded.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleFaces, bundleLibrary, bundlePage, ENTRIES, LIBRARY } from './bundle.mjs';
import { compileStartFunctions } from './start-functions.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** The other paths of the package: their modules, in src/ and in dist/, without the extension. */
const FACES = [
  'cli/yargs/index',
  'inspector/index',
  'mcp/index',
  'recursive-learning/index',
  'stores/etcd',
  'stores/postgres',
  'testing/index',
];
/** The command line `varve`, and what it starts: they are run and not imported. */
const PROGRAM = 'cli/main';
const SUPERVISOR = 'cli/sweep/supervisor';
/** What copies the files that a program needs, as @vercel/nft does, finds by this line the module that Node.js imports. */
const NODE_MODULE_TRACE = "function node() { return __dirname + '/index.node.mjs'; }\n";

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--emitDeclarationOnly'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (status !== 0) process.exit(status ?? 1);
write('package.json', '{ "type": "commonjs" }\n');
for (const chunk of [...(await bundleLibrary()), ...(await bundleFaces([...FACES, PROGRAM, SUPERVISOR]))]) {
  write(chunk.fileName, escaped(chunk.code));
  // The package contains the sources, so that the map does not repeat them.
  if (chunk.map) write(`${chunk.fileName}.map`, JSON.stringify({ ...chunk.map, sourcesContent: undefined }));
  if (FACES.includes(chunk.name)) writeModule(chunk);
}
for (const entry of ENTRIES) writeEntry(entry);
compileStartFunctions(`dist/${LIBRARY}.js`);
chmodSync(`dist/${PROGRAM}.js`, 0o755);

// The inspector's page: a document, a style sheet, and one script with its view library.
for (const name of ['index.html', 'app.css'])
  write(`inspector/page/${name}`, readFileSync(`src/inspector/page/${name}`, 'utf8'));
write('inspector/page/app.js', await bundlePage('src/inspector/page/app.tsx'));

/** The names of values that an entry declares. */
function namesOf(entry) {
  const declared = readFileSync(`dist/${entry}.d.ts`, 'utf8').replaceAll(/^export type \{[^}]*\}/gm, '');
  return [...declared.matchAll(/^export \{([^}]*)\}/gm)]
    .flatMap(([, list]) => list.split(','))
    .map((one) => one.trim())
    .filter((one) => one !== '' && !one.startsWith('type '));
}

/** The modules that load the names of one entry from the file of the library. */
function writeEntry(name) {
  const exports = namesOf(name);
  const names = exports.join(', ');
  if (name !== LIBRARY)
    write(`${name}.js`, `const { ${names} } = require('./${LIBRARY}.js');\nmodule.exports = { ${names} };\n`);
  writeModule({ name, exports });
}

/** The modules that `import` loads, and their types. */
function writeModule({ name, exports }) {
  const file = basename(name);
  const names = `export const { ${exports.join(', ')} }`;
  // Node.js parses a CommonJS module for the names of its exports where one is imported: 60 ms for the library. This one has none to be found.
  const bridge = `const all = require('./${file}.js');\nmodule.exports = all;\n`;
  const isLibrary = name === LIBRARY;
  write(`${name}.bridge.js`, isLibrary ? `${bridge}${NODE_MODULE_TRACE}` : bridge);
  write(`${name}.mjs`, `import all from './${file}.bridge.js';\n${names} = all;\n`);
  // Node.js need not load what parses CommonJS modules for this one, which a bundler does not understand.
  if (isLibrary)
    write(
      `${name}.node.mjs`,
      `import { createRequire } from 'node:module';\n${names} = createRequire(import.meta.url)('./${file}.js');\n`,
    );
  write(`${name}.d.mts`, `export * from './${file}.js';\n`);
}

/** V8 stores a text with one character beyond Latin-1 in twice the memory, and takes a third longer to parse it. */
function escaped(code) {
  return code.replaceAll(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function write(name, text) {
  mkdirSync(dirname(join('dist', name)), { recursive: true });
  writeFileSync(join('dist', name), text);
}
