import { expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';
import { folder } from '../folder.ts';
import { FILES } from './golden.ts';

test('a setting that another writer changes while set waits for its value is a conflict, and nothing is written', async () => {
  const { path, read, write } = folder(FILES);
  const theirs = FILES['config/app.json'].replace('0.85', '0.6');
  const told = { stdout: '', stderr: '' };
  async function* slowly(): AsyncGenerator<string> {
    write('config/app.json', theirs);
    yield '0.9\n';
  }
  const code = await runCommandLine(['set', 'trust_threshold', '--stdin'], {
    env: {},
    cwd: path,
    stdout: { write: (text: string) => (told.stdout += text) },
    stderr: { write: (text: string) => (told.stderr += text) },
    stdin: slowly(),
  });
  expect({ code, stdout: told.stdout }).toEqual({ code: 4, stdout: '' });
  expect(told.stderr).toContain('it is 0.6 in the store, and 0.9 here. Nothing was written');
  expect(read('config/app.json')).toBe(theirs);
  await expect(told.stderr).toMatchFileSnapshot('golden/conflict.txt');
});
