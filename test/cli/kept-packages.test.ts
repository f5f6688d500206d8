import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KeptPackages } from '../../src/cli/kept-packages.ts';
import { type Folder, folder } from '../folder.ts';

/** What one process finds for a package, and whether it had to look. */
function found({ path }: Folder, name = 'one'): string {
  const packages = new KeptPackages(join(path, 'kept'));
  const from = join(path, 'app/dist/index.js');
  const answer = packages.resolve(name, from, () => `${join(path, 'node_modules/one/main.js')}?found`);
  packages.keep();
  return answer.slice(path.length);
}

const project = (): Folder => folder({ 'node_modules/one/package.json': '{}', 'node_modules/one/main.js?found': '' });
const FOUND = '/node_modules/one/main.js?found';

/** Writes something that is only found if Node.js is not asked. */
function changeKept(made: Folder): void {
  made.write('node_modules/one/other.js?found', '');
  made.write('kept', made.read('kept').replaceAll('main.js', 'other.js'));
}

test('a package that was found is not looked for again', () => {
  const made = project();
  expect(found(made)).toBe(FOUND);
  changeKept(made);
  expect(found(made)).toBe('/node_modules/one/other.js?found');
});

test.each<[string, (made: Folder) => void]>([
  ['its package.json changes', (made) => made.write('node_modules/one/package.json', '{ "version": "2.0.0" }')],
  ['its file is removed', ({ path }) => rmSync(join(path, 'node_modules/one/other.js?found'))],
  ['it is installed nearer', (made) => made.write('app/node_modules/one/package.json', '{}')],
  ['it is moved', ({ path }) => renameSync(join(path, 'node_modules'), join(path, 'away'))],
  ['a part of what was kept is lost', (made) => made.write('kept', made.read('kept').slice(0, -9))],
])('a package is looked for again when %s', (_, change) => {
  const made = project();
  found(made);
  changeKept(made);
  change(made);
  expect(found(made)).toBe(FOUND);
});

test('a package without a package.json is looked for each time', () => {
  const made = project();
  for (const _ of [1, 2]) expect(found(made, 'none')).toBe(FOUND);
});
