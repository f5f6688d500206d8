import type { Case, Scale } from './case.ts';
import { accessCases } from './cases-access.ts';
import { documentCases } from './cases-documents.ts';
import { endingCases } from './cases-ending.ts';
import { faultCases, linkCases } from './cases-faults.ts';
import { retryCases } from './cases-retries.ts';
import { garbageCases, watchingCases } from './cases-watching.ts';
import { writerCases } from './cases-writers.ts';
import type { Ability, StoreSubject } from './subject.ts';

export type { Ability, DocumentAddress, Link, RefusedClient, StoreSubject } from './subject.ts';

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
  /** Registers a case that leaves servers and processors alone, so that it may run beside others; `test` unless given. */
  readonly testBesideOthers?: Test;
  /** Runs every case in full: more writers, more failures, six idle minutes. */
  readonly isLong?: boolean;
  /** The cases to leave out, by the numbers that their names begin with: another subject of the same store runs them. */
  readonly without?: readonly number[];
  /** Receives the remarks of the cases; stderr by default. */
  readonly note?: (text: string) => void;
}

const SHORT: Scale = {
  writers: 6,
  increments: 10,
  disturbed: { increments: 6, times: 2 },
  burst: 100,
  flaps: 3,
  reloads: 2,
  cutMs: 1_000,
  idleMs: 2_500,
};
const LONG: Scale = {
  writers: 16,
  increments: 60,
  disturbed: { increments: 60, times: 10 },
  burst: 10_000,
  flaps: 20,
  reloads: 10,
  cutMs: 3_000,
  idleMs: 360_000,
};

/** Nothing takes as long: a case that does hangs. */
const TIMEOUT_MS = 180_000;

/** What is done to a server affects every document that it has, and processes of their own slow all others down. */
const ALONE: ReadonlySet<Ability> = new Set<Ability>([
  'opening',
  'restart',
  'kill',
  'killLeader',
  'loseQuorum',
  'compact',
  'wipe',
]);

function isAlone({ needs }: Case): boolean {
  return needs.some((ability) => ALONE.has(ability));
}

/** Those that may run beside others come first. */
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
].sort((a, b) => Number(isAlone(a)) - Number(isAlone(b)) || a.number - b.number);

/**
 * The contract of every store as tests: its promises to readers, writers and watches, also during faults of servers,
 * networks and other writers. A case that needs a missing ability of the subject is skipped with a message.
 */
export function storeContract(subject: StoreSubject, options: ContractOptions): void {
  const { test, testBesideOthers = test, isLong = false, without = [] } = options;
  const { note = (text) => process.stderr.write(`${text}\n`) } = options;
  const scale = isLong ? LONG : SHORT;
  for (const [index, one] of CASES.entries()) {
    const { number, name, needs, run } = one;
    const title = `${number}: ${name}`;
    const register = isAlone(one) ? test : testBesideOthers;
    register(title, { timeout: TIMEOUT_MS + (isLong ? 5 * LONG.idleMs : 0) }, async (context) => {
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
