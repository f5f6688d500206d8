import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ConfigError,
  type ErrorCode,
  type Revision,
  type Store,
  type StoreLimits,
  type WriteOptions,
  type WriteResult,
} from '../index.ts';
import { STORE_LIMITS } from '../tools.ts';

/** What a store promises. */
export function limitsOf(store: Store): StoreLimits {
  return { ...STORE_LIMITS, ...store.limits };
}

/** Writes under an id that no other write has. */
export function write(
  store: Store,
  text: string,
  expect: Revision,
  options: Partial<WriteOptions> = {},
): Promise<WriteResult> {
  return store.write(text, { expect, id: randomUUID(), ...options });
}

/** Writes over the current document, as the only writer; returns the new revision. */
export async function put(store: Store, text: string): Promise<Revision> {
  const { revision } = await settle(() => store.read());
  return won(await settle(() => write(store, text, revision)));
}

/** The revision of a write that has to have won. */
export function won(written: WriteResult): Revision {
  assert.ok(written.ok, 'the only writer lost a race');
  return written.revision;
}

/** Tries again what failed for the moment; only with one id for all attempts is that safe for a write. */
export async function settle<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isPassing = error instanceof ConfigError && (error.code === 'UNAVAILABLE' || error.code === 'UNCLEAR');
      if (!isPassing || tries === 20) throw error;
      await pause(100);
    }
  }
}

/** A write under one id, tried again until it is known what became of it. */
export function settledWrite(store: Store, text: string, expect: Revision): Promise<WriteResult> {
  const id = randomUUID();
  return settle(() => store.write(text, { expect, id }));
}

/** Fails unless `work` is refused with one of these codes; gives the error. */
export async function refused(work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<ConfigError> {
  const outcome = await work.then(
    (result) => assert.fail(`it was not refused with ${codes.join(' or ')}, but gave ${JSON.stringify(result)}`),
    (error: unknown) => error,
  );
  if (!(outcome instanceof ConfigError)) throw outcome;
  assert.ok(codes.includes(outcome.code), `${outcome.code} instead of ${codes.join(' or ')}: ${outcome.message}`);
  return outcome;
}

/** Runs `work` with stores that are closed afterwards. */
export async function using<T>(stores: readonly Store[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}
