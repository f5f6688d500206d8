import { existsSync, readFileSync } from 'node:fs';
import type { Store } from '../../../src/stores/store.ts';

/** The number in a document that `children/counter.mjs` counts up; throws if the text is torn. */
export function countOf(text: string | null): number {
  if (text === null) return 0;
  const { count, padding, end } = JSON.parse(text);
  if (count !== end || !/^x*$/.test(padding)) throw new Error(`torn: ${count}, ${padding.length}, ${end}`);
  return count;
}

export function counterText(count: number, padding: number): string {
  return JSON.stringify({ count, padding: 'x'.repeat(padding), end: count });
}

/** How `children/counter.mjs` counts: in one step as `save` does, or holding the lock as `update` does. */
export function wayOf(turn: number): 'edit' | 'underLock' {
  return turn % 2 === 0 ? 'edit' : 'underLock';
}

/** Counts up by one, here; gives the new number. */
export async function increment(store: Store, padding: number): Promise<number> {
  const edited = await store.local?.edit(({ text }) => counterText(countOf(text) + 1, padding));
  return edited ? countOf(edited.after.text) : Number.NaN;
}

/** The numbers that a child said it had saved, one a line; the last line may be cut off by its end. */
export function acknowledged(log: string): readonly number[] {
  if (!existsSync(log)) return [];
  return readFileSync(log, 'utf8').split('\n').slice(0, -1).map(Number);
}

/** A size from the environment, so that the same test runs briefly in CI and long by choice. */
export function sizeFrom(variable: string, usual: number): number {
  return Number(process.env[variable] ?? usual);
}

/** Prints what was counted. */
export function report(title: string, figures: Readonly<Record<string, number | string>>): void {
  const text = Object.entries(figures).map(([name, value]) => `${value} ${name}`);
  process.stdout.write(`${title}: ${text.join(', ')}\n`);
}
