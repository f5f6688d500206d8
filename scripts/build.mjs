// Builds dist/: declarations and faces by tsc, and everything below `src/index.ts` as one file that loads packages when it calls them.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { lazyPackages } from './lazy-packages.mjs';

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
  plugins: [lazyPackages],
});
const { output } = await bundle.generate({ entryFileNames: 'index.js', sourcemap: true, comments: false });
await bundle.close();
const [{ code, map }] = output;
// V8 stores a text with one character beyond Latin-1 in twice the memory, and takes a third longer to parse it.
const escapeCharacter = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
writeFileSync('dist/index.js', code.replaceAll(/[^\0-\x7f]/g, escapeCharacter));
// The package contains the sources, so that the map does not repeat them.
writeFileSync('dist/index.js.map', JSON.stringify({ ...map, sourcesContent: undefined }));

// Only these modules are separate files; tsc has written the others too, which dist/index.js contains.
const SEPARATE = [
  'index.js',
  'cli/',
  'mcp/',
  'recursive-learning/',
  'testing/',
  'node-version.js',
  'words/',
  'stores/etcd.js',
  'stores/etcd/',
  'stores/postgres.js',
  'stores/postgres/',
  'stores/remote/',
];
for (const entry of readdirSync('dist', { recursive: true })) {
  const path = entry.replaceAll('\\', '/');
  if (/\.js(\.map)?$/.test(path) && !SEPARATE.some((start) => path.startsWith(start))) rmSync(`dist/${path}`);
}
