import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Folder } from '../folder.ts';
import { compile, programFolder } from './compiler.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const TESTS = ['values', 'keys'].map((name) => `test/schema/types-${name}.test-d.ts`);

/** The type tests over the declarations of the package, which are what a program sees of it. */
function typeTests(): Folder {
  const program = programFolder('');
  for (const name of TESTS) {
    program.write(`api/${name}`, readFileSync(join(root, name), 'utf8').replaceAll(/(src\/.*)\.ts'/g, "$1.js'"));
  }
  const options = { extends: join(root, 'tsconfig.json'), files: TESTS.map((name) => `api/${name}`), include: [] };
  program.write('tests.json', JSON.stringify(options));
  return program;
}

// TypeScript 7 compiles them with everything else. A compiler that checked nothing would report every `@ts-expect-error` as unused.
test.each(['typescript-5', 'typescript-6'])(
  'the types hold with %s',
  (compiler) => {
    const program = typeTests();
    expect(compile(program, 'tests.json', [], join(root, 'node_modules', compiler, 'bin/tsc'))).toBe('');
  },
  120_000,
);
