// Builds dist/: types and faces by tsc, and all that `varve` itself is made of as one file, with the packages it calls.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { fromPackages, licences, mapWithPackages } from './bundled-packages.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (status !== 0) process.exit(status ?? 1);

const bundle = await rolldown({
  input: 'src/index.ts',
  platform: 'node',
  external: (id) => id.startsWith('node:'),
  plugins: [fromPackages],
});
const { output } = await bundle.generate({ entryFileNames: 'index.js', sourcemap: true, comments: false });
await bundle.close();
const [{ code, map, moduleIds }] = output;
// A text with one character beyond Latin-1 is kept in twice the memory, and takes a third longer to parse.
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
writeFileSync('dist/index.js', code.replaceAll(/[^\0-\x7f]/g, escaped));
writeFileSync('dist/index.js.map', JSON.stringify(mapWithPackages(map)));
writeFileSync('dist/third-party-licenses.txt', licences(moduleIds));

// What stands in the bundle now; the rest are the other paths of the package.
const APART = [
  'index.js',
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
