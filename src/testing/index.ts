import type { Case, Scale } from './case.ts';
import { accessCases } from './cases-access.ts';
import { documentCases } from './cases-documents.ts';
import { endingCases } from './cases-ending.ts';
import { faultCases, linkCases } from './cases-faults.ts';
import { retryCases } from './cases-retries.ts';
import { garbageCases, watchingCases } from './cases-watching.ts';
import { writerCases } from './cases-writers.ts';
import type { StoreSubject } from './subject.ts';

export type { Ability, Link, Opening, Refused, StoreSubject } from './subject.ts';

/** Registers a case with the test runner: `test` of `node:test` and of vitest are such functions. */
export type Test = (
  name: string,
  options: { readonly timeout: number },
  run: (context: { skip(reason?: string): unknown }) => Promise<void>,
) => unknown;

/** How the contract is run. */
export interface ContractOptions {
  /** Registers one case: `test` of the test runner. */
  readonly test: Test;
  /** Takes as long as it takes: more writers, more failures, six idle minutes. */
  readonly isLong?: boolean;
  /** The numbers of cases that are left out: another subject of the same store runs them. */
  readonly without?: readonly number[];
  /** What each case has to say besides; written to stderr unless given. */
  readonly note?: (text: string) => void;
}

const SHORT: Scale = {
  writers: 16,
  increments: 20,
  disturbed: { increments: 10, times: 3 },
  burst: 300,
  flaps: 5,
  idleMs: 3_000,
};
const LONG: Scale = {
  writers: 16,
  increments: 60,
  disturbed: { increments: 60, times: Number.POSITIVE_INFINITY },
  burst: 10_000,
  flaps: 20,
  idleMs: 360_000,
};

/** Nothing takes as long: a case that does hangs. */
const TIMEOUT_MS = 180_000;

const CASES: readonly Case[] = [
  ...documentCases,
  ...writerCases,
  ...retryCases,
  ...watchingCases,
  ...garbageCases,
  ...faultCases,
  ...linkCases,
  ...accessCases,
  ...endingCases,
].sort((a, b) => a.number - b.number);

/**
 * The contract of every store, as tests: what it promises to who reads, writes and watches, also while servers, networks
 * and other writers do their worst. A case that needs what the subject cannot do is skipped, and says so.
 */
export function storeContract(
  subject: StoreSubject,
  { test, isLong = false, without = [], note = (text) => process.stderr.write(`${text}\n`) }: ContractOptions,
): void {
  const scale = isLong ? LONG : SHORT;
  for (const [index, { number, name, needs, run }] of CASES.entries()) {
    const title = `${number}: ${name}`;
    test(title, { timeout: TIMEOUT_MS + (isLong ? 5 * LONG.idleMs : 0) }, async (context) => {
      const missing = needs.filter((ability) => subject[ability] === undefined);
      if (missing.length > 0 || without.includes(number)) {
        const reason = missing.length > 0 ? `it has no ${missing.join(', no ')}` : 'it is left out here';
        note(`skipped: ${title}: ${reason}`);
        context.skip(reason);
        return;
      }
      const document = `contract/case${index}`;
      await run({ subject, document, scale, note: (text) => note(`${title}: ${text}`) });
    });
  }
}
