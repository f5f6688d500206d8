import type { Explanation } from '../index.ts';
import { layerLocationText, valueText } from './values.ts';

/** What counts after a key was removed from the file: `default 30`, `default 30; effective: 45 from env RL_LR`. */
export function effectText({ winner, value, candidates }: Explanation): string {
  const fallback = candidates.find(({ layer }) => layer === 'default');
  const below = fallback ? `default ${valueText(fallback.value)}` : 'nothing';
  if (!winner || winner.layer === 'default' || winner.layer === 'file') return below;
  return `${below}; effective: ${valueText(value)} from ${layerLocationText(winner)}`;
}
