import { test } from 'vitest';
import { type StoreSubject, storeContract } from '../../src/testing/index.ts';
import { type Found, findProgram, type ProgramName } from './programs.ts';

/** Six idle minutes, more writers and more failures, by choice. */
export const isLong: boolean = process.env['VARVE_LONG'] === '1';

if (!isLong) process.stderr.write('\nThe store contract runs in short; VARVE_LONG=1 runs it in full.\n');

/** The contract as tests of this file; in short, `without` the cases that another subject of the same store runs. */
export function contractOf(subject: StoreSubject, without: readonly number[] = []): void {
  // Together they would take the time that the long run needs for itself.
  const testBesideOthers = isLong ? test : test.concurrent;
  storeContract(subject, { test, testBesideOthers, isLong, without: isLong ? [] : without });
}

/** The path of a server's program; without one, the tests of this file are skipped, or fail where it is required. */
export function programOrSkip(name: ProgramName): string | undefined {
  return foundOrSkip(name, findProgram(name));
}

/** The same for `name` that was looked for elsewhere. */
export function foundOrSkip(name: string, found: Found): string | undefined {
  if ('path' in found) return found.path;
  const required = `VARVE_REQUIRE_${name.toUpperCase()}`;
  test(`the program ${name}`, (context) => {
    if (process.env[required] === '1') throw new Error(`${required} is set, and there is no ${name}: ${found.reason}`);
    process.stderr.write(`\nSKIPPED: all tests with ${name}: ${found.reason}\n`);
    context.skip(found.reason);
  });
  return undefined;
}

export function etcdOrSkip(): string | undefined {
  return programOrSkip('etcd');
}
