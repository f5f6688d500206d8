import { ConfigError } from '../../index.ts';
import type { RequestLimits } from './pause.ts';

/** The checked limits of a store. Times are in milliseconds. */
export interface Limits {
  readonly timeout: number;
  readonly requestTimeout: number;
  readonly staleMs: number;
  readonly maxBytes: number;
}

/** The checked options of every store. */
export interface RemoteSettings extends Limits {
  /** What origins and messages call the document. */
  readonly name: string;
  /** The servers that it may be at, for local copies; no secrets. */
  readonly places: readonly string[];
}

const TIMEOUT_MS = 10_000;
const STALE_MS = 10_000;

/** The limits with their defaults, of which that of `maxBytes` depends on the server; appends to `mistakes`. */
export function limitsOf(options: Partial<Limits>, mostBytes: number, mistakes: string[]): Limits {
  const { timeout = TIMEOUT_MS, staleMs = STALE_MS, maxBytes = mostBytes } = Object(options) as Partial<Limits>;
  const { requestTimeout = Number(timeout) / 3 } = Object(options) as Partial<Limits>;
  const limits = { timeout, requestTimeout, staleMs, maxBytes };
  for (const [what, value] of Object.entries(limits))
    if (typeof value !== 'number' || !(value > 0 && value < 2 ** 31))
      mistakes.push(`"${what}" must be a number above 0`);
  return limits;
}

/** Throws `INVALID_DEFINITION` with every mistake. `store`: what has the options. */
export function requireNone(mistakes: readonly string[], store: string): void {
  const [first, ...rest] = mistakes.map((message) => ({ code: 'INVALID_DEFINITION' as const, message }));
  if (first) throw new ConfigError([first, ...rest], { title: `the options of the ${store} store` });
}

/** The time left for one attempt, in milliseconds. */
export function attemptMs({ until, requestTimeout }: RequestLimits, settings: Pick<Limits, 'requestTimeout'>): number {
  return Math.max(1, Math.min(requestTimeout ?? settings.requestTimeout, until - performance.now()));
}
