import type { SettingDescription } from '../../tools.ts';
import { UsageError } from '../usage-error.ts';

/** How the values of a range are spread. */
export type Scale = 'linear' | 'log';

/** Numbers between two ends, both included. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly scale: Scale;
  /** How many values a grid takes; without it, a grid of integers takes all of them. */
  readonly count?: number;
  readonly isInteger: boolean;
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const RANGE = new RegExp(`^(${NUMBER}):(${NUMBER})(?::(linear|log))?(?::(\\d+))?$`);
const SEARCH = /^search(?::(\d+))?$/;
const INTEGERS: readonly string[] = ['nat', 'int', 'port'];

/**
 * The range that `LOW:HIGH[:log][:COUNT]` or `search[:COUNT]` writes for a number; `undefined` for any other text.
 * `search` stands for the `min`, `max` and `search` of the setting.
 */
export function parseRange(text: string, name: string, setting: SettingDescription): Range | undefined {
  if (!isNumber(setting)) return undefined;
  const isInteger = INTEGERS.includes(setting.format);
  const [isSearch, searchCount] = SEARCH.exec(text) ?? [];
  if (isSearch !== undefined) return withCount(searchRange(setting, name), searchCount);
  const [, low, high, scale = 'linear', count] = RANGE.exec(text) ?? [];
  if (low === undefined) return undefined;
  const range = { low: Number(low), high: Number(high), scale: scale as Scale, isInteger };
  if (range.low > range.high) throw new UsageError(`the range ${text} of ${name} begins above its end`);
  if (scale === 'log' && range.low <= 0) throw new UsageError(`a log range begins above 0; ${name} begins at ${low}`);
  return withCount(range, count);
}

/** Numbers, and members of an `Object`, whose type is not declared. */
function isNumber({ format, merges }: SettingDescription): boolean {
  return merges || format === 'number' || INTEGERS.includes(format);
}

function withCount(range: Range, count: string | undefined): Range {
  return count === undefined ? range : { ...range, count: Number(count) };
}

/** The search space that a setting declares. */
export function searchRange({ key, format, constraints, search }: SettingDescription, name: string = key): Range {
  const { min, max } = constraints;
  if (search === undefined || min === undefined || max === undefined) {
    throw new UsageError(
      `${name} declares no search space`,
      `Give ${key} a "min", a "max" and a "search" in its definition.`,
    );
  }
  return { low: min, high: max, scale: search, isInteger: INTEGERS.includes(format) };
}

/** The values that a grid takes of a range, in ascending order. */
export function gridValues(range: Range, name: string): readonly number[] {
  const { low, high, isInteger, count = isInteger ? high - low + 1 : undefined } = range;
  if (count === undefined || count < 1) {
    const text = [low, high, ...(range.scale === 'log' ? ['log'] : []), 5].join(':');
    throw new UsageError(`how many values of ${name}?`, `Add their number: ${text}. Or draw them: --sample 20`);
  }
  if (count > MOST_VALUES) throw new UsageError(`${name} has ${count} values, more than ${MOST_VALUES}`);
  const values = Array.from({ length: count }, (_, i) => valueAt(range, count === 1 ? 0 : i / (count - 1)));
  return [...new Set(values)];
}

const MOST_VALUES = 10_000;

/** Digits that a folder's name can show and a reader can compare. */
const DIGITS = 6;

/** The value at a share between 0 and 1 of a range. */
export function valueAt({ low, high, scale, isInteger }: Range, share: number): number {
  if (share === 0) return low;
  if (share === 1) return high;
  const between = scale === 'log' ? low * (high / low) ** share : low + (high - low) * share;
  const value = isInteger ? Math.round(between) : Number(between.toPrecision(DIGITS));
  return Math.min(high, Math.max(low, value));
}

/** The value at a random share: integers are equally likely at both ends, too. */
export function drawnValue(range: Range, share: number): number {
  const { low, high, isInteger, scale } = range;
  if (!isInteger || scale === 'log') return valueAt(range, share);
  return low + Math.floor(share * (high - low + 1));
}
