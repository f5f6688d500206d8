import { expect, test } from 'vitest';
import { type Child, startChild } from './faults/harness/child.ts';
import { folder } from './folder.ts';
import { builtModule } from './library.ts';

/** A script of `test/children`. */
const start = (script: string, args: object): Child =>
  startChild(`../../children/${script}`, { url: builtModule(), ...args });

test("a reader never sees half of another process's update", async () => {
  const { path } = folder({ 'app.json': '{}' });
  const rounds = 150;
  const readers = [1, 2].map(() => start('twins.mjs', { cwd: path, role: 'read', rounds: 2 * rounds }));
  for (const reader of readers) await reader.line();
  const writers = [1, 2].map(() => start('twins.mjs', { cwd: path, role: 'write', rounds }));
  for (const writer of writers) expect(await writer.ended).toBe(0);
  for (const reader of readers) {
    const { torn, seen, values } = JSON.parse(await reader.line());
    expect({ torn, values }).toEqual({ torn: 0, values: { a: 2 * rounds, b: 2 * rounds } });
    expect(seen).toBeGreaterThan(10);
  }
}, 60_000);

test('a process that only watches ends', async () => {
  const child = start('only-watching.mjs', { cwd: folder({ 'app.json': '{}' }).path });
  expect(await child.line()).toBe('watching');
  expect(await child.ended).toBe(0);
}, 60_000);

test('a listener that throws stops no other; what it throws is an uncaught error', async () => {
  const child = start('throwing-listener.mjs', { cwd: folder().path });
  expect(JSON.parse(await child.line())).toEqual(['first', 'last', 'mine', 'first', 'last', 'mine']);
}, 60_000);
