import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { folder } from '../folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const TESTS = ['values', 'keys'].map((name) => join(root, `test/schema/types-${name}.test-d.ts`));

/** What a compiler says of the type tests: nothing, where every expectation holds and every mistake is one. */
function complaints(
  compiler: string,
  files: readonly string[],
): { readonly output: string; readonly status: number | null } {
  const { path } = folder();
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
    include: [],
    files,
  };
  writeFileSync(join(path, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules', compiler, 'bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', path], { encoding: 'utf8' });
  return { output: stdout, status };
}

// TypeScript 7 compiles them with everything else. A compiler that checked nothing would report every `@ts-expect-error` as unused.
test.each(['typescript-5', 'typescript-6'])(
  'the types hold with %s',
  (compiler) => {
    expect(complaints(compiler, TESTS)).toEqual({ output: '', status: 0 });
  },
  120_000,
);
