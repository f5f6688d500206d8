import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { changesBetween, processState, runningResources } from './process-state.ts';

/** A change that the other test files of a process would notice, and what takes it back. */
const CHANGES: Readonly<Record<string, () => () => void>> = {
  'process.env.VARVE_NEW': () => {
    process.env['VARVE_NEW'] = '1';
    return () => delete process.env['VARVE_NEW'];
  },
  'the working directory': () => {
    const cwd = process.cwd();
    process.chdir(tmpdir());
    return () => process.chdir(cwd);
  },
  'the umask': () => {
    const umask = process.umask(0o27);
    return () => process.umask(umask);
  },
  'process.exitCode': () => {
    process.exitCode = 3;
    return () => {
      process.exitCode = undefined;
    };
  },
  'listeners of SIGUSR2': () => {
    const listener = (): void => undefined;
    process.on('SIGUSR2', listener);
    return () => process.off('SIGUSR2', listener);
  },
  'process.stdout.write': () => replaced(process.stdout, 'write', () => true),
  'node:fs.readFileSync': () => replaced(fs, 'readFileSync', fs.readFileSync.bind(fs)),
  'globalThis.fetch': () => replaced(globalThis, 'fetch', () => Promise.reject(new Error('offline'))),
  'globalThis.leaked': () => {
    Reflect.set(globalThis, 'leaked', 1);
    return () => Reflect.deleteProperty(globalThis, 'leaked');
  },
  'Date.now': () => replaced(Date, 'now', () => 0),
  'Object.prototype.polluted': () => {
    Reflect.set(Object.prototype, 'polluted', 1);
    return () => Reflect.deleteProperty(Object.prototype, 'polluted');
  },
};

function replaced<T extends object, K extends keyof T>(object: T, name: K, value: unknown): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value, configurable: true, writable: true, enumerable: true });
  return () => {
    if (descriptor) Object.defineProperty(object, name, descriptor);
    else delete object[name];
  };
}

test.each(Object.entries(CHANGES))('a change of %s is noticed until it is undone', (name, change) => {
  const before = processState();
  const undo = change();
  const changed = changesBetween(before, processState());
  undo();
  expect(changed).toEqual([name]);
  expect(changesBetween(before, processState())).toEqual([]);
});

test('a watch that still runs is noticed', () => {
  const before = runningResources().length;
  const watch = fs.watch(tmpdir());
  const during = runningResources().length;
  watch.close();
  expect(during).toBe(before + 1);
});
