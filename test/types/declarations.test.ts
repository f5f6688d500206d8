import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { folder } from '../folder.ts';
import { compile } from './compiler.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const PROGRAM = `import { defineConfig, defineSettings, loadConfigSync, type Mutable } from 'varve';
export const db = defineSettings({
  url: { format: 'url', default: null, sensitive: true },
  kind: { format: ['a', 'b'], default: 'a' },
  socket: { format: String, nullable: true, default: null },
  labels: { format: Object, default: { a: 1 } },
  limits: { format: Object, members: 'nat', default: {} },
});
export const definition = defineConfig({ name: 'app', settings: { db, free: { default: {} }, pattern: /a/ } });
export const config = loadConfigSync(definition);
export const values = config.values;
export const group = config.values.db;
export const labels = config.get('db.labels');
export const snapshot = config.snapshot();
export const { get, set, explain, override, subscribe, watch, save, update, reset, pending, warnings } = config;
export const copy = structuredClone(config.values) as Mutable<typeof config.values>;
copy.db.kind = 'b';
copy.db.labels.a = 2;
const kind: 'a' | 'b' = values.db.kind;
const url: string = values.db.url;
const socket: string | null = values.db.socket;
const limit: number | undefined = values.db.limits['x'];
export default [kind, url, socket, limit];
`;

test('a program that exports values, groups and methods compiles with declarations', { timeout: 60_000 }, () => {
  const program = folder({
    'main.ts': PROGRAM,
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        declaration: true,
        outDir: 'out',
        strict: true,
        skipLibCheck: true,
        noUncheckedIndexedAccess: true,
        module: 'nodenext',
        target: 'es2022',
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      },
      files: ['main.ts'],
    }),
    'node_modules/varve/package.json': JSON.stringify({
      name: 'varve',
      type: 'module',
      exports: { '.': { types: './src/index.d.ts' } },
    }),
    'declarations.json': JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        noCheck: true,
        rootDir: root,
        outDir: 'node_modules/varve',
        typeRoots: [join(root, 'node_modules/@types')],
      },
      files: [join(root, 'src/index.ts')],
      include: [],
    }),
  });
  expect(compile(program, 'declarations.json')).toBe('');
  expect(compile(program)).toBe('');
  const declarations = program.read('out/main.d.ts');
  expect(declarations).toContain('import("varve").UnknownMembers');
  expect(declarations).not.toMatch(/import\("(?!varve")/);
});
