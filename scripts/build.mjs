// Builds dist/: types and faces by tsc, and all that `varve` itself is made of as one file, which starts in half the time.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (status !== 0) process.exit(status ?? 1);

/** What the library calls of packages in CommonJS, each a function. */
const CALLED = {
  convict: ['default'],
  deepmerge: ['default'],
  dotenv: ['parse'],
  'fastest-levenshtein': ['distance'],
  ms: ['default'],
};

/**
 * Where an ES module imports CommonJS, Node.js first looks through its text, and that of all that it requires, for names
 * of exports: a third of the time to start. So these packages are required in one small file, each when it is first
 * called. `imports` in package.json has another one for bundlers, which can follow an import only.
 */
const lateRequire = {
  name: 'late-require',
  resolveId: (id) => (Object.hasOwn(CALLED, id) ? { id: `\0${id}` } : undefined),
  load(id) {
    const name = id.slice(1);
    if (!id.startsWith('\0') || !Object.hasOwn(CALLED, name)) return undefined;
    const exports = CALLED[name].map(
      (member) =>
        `${member === 'default' ? 'export default' : `export const ${member} =`} (...args) => required()${
          member === 'default' ? '' : `.${member}`
        }(...args);`,
    );
    return [
      `import { ${requireName(name)} as load } from '#packages';`,
      'let loaded;',
      'const required = () => (loaded ??= load());',
      ...exports,
    ].join('\n');
  },
};

const requireName = (name) => name.replaceAll(/\W/g, '_');

const bundle = await rolldown({
  input: 'src/index.ts',
  platform: 'node',
  external: (id) => id === '#packages' || (!/^[./\0]/.test(id) && !Object.hasOwn(CALLED, id)),
  plugins: [lateRequire],
});
await bundle.write({
  dir: 'dist',
  entryFileNames: 'index.js',
  sourcemap: true,
  comments: false,
});
await bundle.close();
// A text with one character beyond Latin-1 is kept in twice the memory, and takes a third longer to parse.
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
writeFileSync('dist/index.js', readFileSync('dist/index.js', 'utf8').replaceAll(/[^\0-\x7f]/g, escaped));
// The sources are in the package: the map need not hold them again.
const { sourcesContent: _, ...map } = JSON.parse(readFileSync('dist/index.js.map', 'utf8'));
writeFileSync('dist/index.js.map', JSON.stringify(map));
const names = Object.keys(CALLED);
const late = names.map((name) => `export const ${requireName(name)} = () => require('${name}');\n`);
const ownRequire = "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n";
writeFileSync('dist/packages.js', ownRequire + late.join(''));
const imported = names.map((name) => `import ${requireName(name)}_ from '${name}';\n`);
const given = names.map((name) => `export const ${requireName(name)} = () => ${requireName(name)}_;\n`);
writeFileSync('dist/packages-bundled.js', [...imported, ...given].join(''));

// What stands in the bundle now; the rest are the other paths of the package.
const APART = [
  'index.js',
  'packages.js',
  'packages-bundled.js',
  'cli/',
  'mcp/',
  'recursive-learning/',
  'testing/',
  'words/',
  'stores/etcd.js',
  'stores/etcd/',
];
for (const entry of readdirSync('dist', { recursive: true })) {
  const path = entry.replaceAll('\\', '/');
  if (/\.js(\.map)?$/.test(path) && !APART.some((start) => path.startsWith(start))) rmSync(`dist/${path}`);
}
