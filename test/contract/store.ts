import { test } from 'vitest';
import { type StoreSubject, storeContract } from '../../src/testing/index.ts';
import { findEtcd, isEtcdRequired } from '../etcd/binary.ts';

/** Six idle minutes, more writers and more failures, by choice. */
const isLong = process.env['VARVE_LONG'] === '1';

if (!isLong) process.stderr.write('\nThe store contract is run in short; VARVE_LONG=1 runs it in full.\n');

/** The one contract test, as tests of this file. */
export function contractOf(subject: StoreSubject): void {
  storeContract(subject, { test, isLong });
}

/** The program `etcd`; without one, the tests of this file are skipped, or fail where it is required. */
export function etcdOrSkip(): string | undefined {
  const found = findEtcd();
  if ('path' in found) return found.path;
  test('a server of etcd', (context) => {
    if (isEtcdRequired()) throw new Error(`VARVE_REQUIRE_ETCD is set, and there is no etcd: ${found.reason}`);
    process.stderr.write(`\nSKIPPED: all tests with etcd: ${found.reason}\n`);
    context.skip(found.reason);
  });
  return undefined;
}
