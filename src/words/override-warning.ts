import type { Explanation } from '../index.ts';
import { locationText, valueText } from './values.ts';

/** Why a change of the file has no effect, and what to do, where a higher layer wins. */
export function overrideWarning({ winner, value, candidates }: Explanation): string | undefined {
  if (!winner || winner.layer === 'file' || winner.layer === 'default') return undefined;
  if (candidates.every(({ layer }) => layer === winner.layer || layer === 'default')) return undefined;
  const remedy: Readonly<Record<string, string>> = {
    env: winner.location === 'process.env' ? ` Try: unset ${winner.name}` : ` Remove it at ${winner.location}.`,
    flag: ` Leave out ${winner.name}.`,
  };
  return `no effect now, ${winner.layer} ${locationText(winner)}=${valueText(value)} wins.${remedy[winner.layer] ?? ''}`;
}
