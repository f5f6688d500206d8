import { expect, test } from 'vitest';
import { compile, programFolder } from './compiler.ts';

const PROGRAM = `import { defineConfig, loadConfigSync } from './api/src/index.js';
declare module './api/src/index.js' { interface FormatTypes { readonly era: 'old' | 'new' } }
const config = loadConfigSync(defineConfig({ name: 'small', settings: {
  era: { format: 'era', default: 'old' },
  optimizer: { lr: { format: Number, default: 0.1 }, kind: { format: ['step', 'cosine'], default: 'step' } },
} }));
const define = <const S extends import('./api/src/index.js').SettingsDefinition>(settings: S) =>
  defineConfig({ name: 'defined', settings });
`;

/** A wrong line, and what its error contains. */
const MISTAKES: readonly (readonly [string, ...string[]])[] = [
  ["config.get('optimizer.lrr');", `'"optimizer.lrr"' is not assignable`, `"optimizer.lr"`],
  ['config.values.optimizer.kinds;', "'kinds' does not exist on type '{ readonly lr: number;", "Did you mean 'kind'?"],
  ["config.set('optimizer.lr', '0.2');", "'string' is not assignable to parameter of type 'number'"],
  ["config.set('optimizer.kind', 'linear');", `'"linear"' is not assignable`, `"cosine"`, `"step"`],
  ["config.set('optimizer', { lr: 1 });", `'"optimizer"' is not assignable`, `"optimizer.lr"`],
  ["config.set('era', '1');", `'"1"' is not assignable`, `"old"`],
  ["config.subscribe(() => {}, { keys: ['optimiser'] });", `Did you mean '"optimizer"'?`],
  ["defineConfig({ name: 'x', settings: {}, unknown: 'alow' });", `Did you mean '"allow"'?`],
  ["define({ a: { format: 'nat', default: 1, min: '0' } });", "Types of property 'min' are incompatible"],
  ["define({ a: { b: { c: { default: '', aliases: 'old' } } } });", "Types of property 'aliases' are incompatible"],
  ["define({ a: { b: { c: { default: '', format: 5 } } } });", "Types of property 'format' are incompatible"],
];

test('the compiler says what is wrong', { timeout: 60_000 }, () => {
  const output = compile(programFolder(PROGRAM + MISTAKES.map(([line]) => line).join('\n')));
  const first = PROGRAM.split('\n').length;
  MISTAKES.forEach(([line, ...parts], i) => {
    for (const part of parts) expect(errorAt(first + i, output), line).toContain(part);
  });
  expect(output.match(/error TS/g)).toHaveLength(MISTAKES.length);
});

/** The error of one line of `main.ts`, with the lines that explain it. */
function errorAt(line: number, output: string): string {
  const [, error = ''] = new RegExp(`main\\.ts\\(${line},\\d+\\): (.*(?:\\n .*)*)`).exec(output) ?? [];
  return error;
}
