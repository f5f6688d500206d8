import { expect, test } from 'vitest';
import { compile, programFolder } from './compiler.ts';

/** The settings of every group: the name, the format, the default, and the type of the value. */
const LEAVES = [
  ['host', 'String', "'localhost'", 'string'],
  ['port', "'port'", '8080', 'number'],
  ['enabled', 'Boolean', 'true', 'boolean'],
  ['timeoutMs', "'nat'", '5000', 'number'],
  ['level', "['debug', 'info', 'warn', 'error']", "'info'", "'debug' | 'info' | 'warn' | 'error'"],
  ['ratio', 'Number', '0.5', 'number'],
  ['name', 'String', "'svc'", 'string'],
  ['retries', "'int'", '3', 'number'],
  ['url', 'String', "'http://localhost/'", 'string'],
  ['tags', 'Array', "['a', 'b']", 'readonly string[]'],
] as const;

/** 1,000 settings in ten sections of ten groups of ten, three levels deep. */
const SETTINGS = object('section', () => object('group', () => `{ ${LEAVES.map(leaf).join(',\n')} }`));

/** One setting of each group, of each kind in turn. */
const READ = Array.from({ length: 100 }, (_, i) => {
  const [name, , value, type] = LEAVES[i % 10]!;
  return { i, key: `section${Math.floor(i / 10)}.group${i % 10}.${name}`, value, type };
});

const PROGRAM = `import { defineConfig, loadConfigSync } from './api/src/index.js';
const definition = defineConfig({ name: 'large', settings: ${SETTINGS} });
const config = loadConfigSync(definition);
`;

function leaf([name, format, value]: (typeof LEAVES)[number]): string {
  return `${name}: { doc: 'What it is for', format: ${format}, default: ${value}, env: 'NAME' }`;
}

function object(name: string, member: () => string): string {
  return `{ ${Array.from({ length: 10 }, (_, i) => `${name}${i}: ${member()}`).join(',\n')} }`;
}

/** How much work it is for the compiler, whatever the machine: the instantiations of types that `lines` cost. */
function instantiations(lines: readonly string[]): number {
  const output = compile(programFolder(PROGRAM + lines.join('\n')), 'tsconfig.json', ['--extendedDiagnostics']);
  expect(output).not.toContain('error TS');
  return Number(/^Instantiations:\s+(\d+)$/m.exec(output)?.[1]);
}

test.each<[string, number, readonly string[]]>([
  ['config.get(key)', 15_000, READ.map(({ i, key, type }) => `export const v${i}: ${type} = config.get('${key}');`)],
  ['config.values', 8_000, READ.map(({ i, key, type }) => `export const v${i}: ${type} = config.values.${key};`)],
  ['config.set(key, value)', 15_000, READ.map(({ key, value }) => `config.set('${key}', ${value});`)],
  ['no reads at all', 1_000, []],
])('1,000 settings and 100 of %s cost at most %d instantiations', { timeout: 60_000 }, (what, budget, lines) => {
  const count = instantiations(lines);
  console.log(`${what}: ${count} instantiations`);
  expect(count).toBeLessThanOrEqual(budget);
  expect(count).toBeGreaterThan(0);
});

test('the program that is measured is typed: a wrong type and a misspelt key are errors', { timeout: 60_000 }, () => {
  const output = compile(
    programFolder(`${PROGRAM}
export const a: string = config.get('section0.group0.port');
export const b = config.get('section0.group0.prot');
config.set('section9.group9.level', 'loud');
`),
  );
  expect(output).toContain("Type 'number' is not assignable to type 'string'");
  expect(output).toContain(`Argument of type '"section0.group0.prot"' is not assignable`);
  expect(output).toContain(`Argument of type '"loud"' is not assignable to parameter of type '"debug" |`);
});
