import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defineConfig, describeIssue, type LoadOptions, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';

/** The warnings of a load in a folder with these files, or the error. */
function reports(definition: object, files: readonly string[], options: LoadOptions = {}): readonly string[] {
  const { path: cwd } = folder(Object.fromEntries(files.map((name) => [name, '{}'])));
  const input = { name: 'app', settings: { a: 1 }, ...definition };
  try {
    const load = { cwd, env: {}, argv: [], onWarning: false, ...options } as const;
    return loadConfigSync(defineConfig(input as never), load).warnings.map(describeIssue);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

test.each([
  ['another extension', 'app.yaml', 'app.yml'],
  ['another format', 'app.json', 'app.jsonc'],
  ['another case', 'app.json', 'App.json'],
  ['another separator', 'my-app.json', 'my_app.json'],
  ['a second extension', 'app.json', 'app.json.txt'],
])('a missing file with a file beside it that has %s is a warning', (_, file, other) => {
  expect(reports({ file }, [other])).toEqual([
    `${file} does not exist, so nothing is read from it. Did you mean ${other}?`,
  ]);
  expect(reports({ files: [{ path: file, optional: true }] }, [other])).toEqual([
    `${file} does not exist, so nothing is read from it. Did you mean ${other}?`,
  ]);
  expect(reports({ files: [file] }, [other])[0]).toContain(`Did you mean ${other}?`);
});

test('a missing file without one beside it is none, nor is one beside it that is read', () => {
  expect(reports({ file: 'app.json' }, ['other.json', 'apps.json', 'app.md'])).toEqual([]);
  expect(reports({ file: 'app.json', files: ['app.yaml'] }, ['app.yaml'])).toEqual([]);
});

test('a link to a missing file is not meant for itself', () => {
  const { path } = folder();
  symlinkSync('nowhere.json', join(path, 'app.json'));
  expect(reports({ file: 'app.json' }, [], { cwd: path })).toEqual([]);
});

test.runIf(process.platform === 'linux')('the search for a file beside a missing one leaves no folder open', () => {
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  reports({ file: 'app.json' }, ['other.json']);
  expect(open()).toBe(before);
});

test('a missing file that the load names is a warning, with the nearest name', () => {
  expect(reports({ file: 'app.json' }, ['app.json'], { file: 'nope.json' })).toEqual([
    'nope.json does not exist, so nothing is read from it.',
  ]);
  expect(reports({}, ['service.json'], { file: 'sevrice.json' })).toEqual([
    'sevrice.json does not exist, so nothing is read from it. Did you mean service.json?',
  ]);
});

test('a missing file that a variable or an overlay names has the nearest name', () => {
  const file = { path: 'app.json', env: 'APP_FILE' };
  expect(reports({ file }, ['service.json'], { env: { APP_FILE: 'sevrice.json' } })).toEqual([
    'APP_FILE names sevrice.json, which does not exist (env APP_FILE). Did you mean service.json?',
  ]);
  expect(reports({}, ['over.json'], { overlays: ['oevr.json'] })[0]).toContain('Did you mean over.json?');
});
