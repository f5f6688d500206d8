import { type Explanation, isVariable, type Origin } from '../index.ts';
import { layerLocationText, valueText } from './values.ts';

/** Why a change of the file has no effect, and what to do: a higher layer wins. `undefined` if the change has an effect. */
export function overrideWarning({ winner, value, candidates }: Explanation): string | undefined {
  if (!winner || winner.layer === 'file' || winner.layer === 'default') return undefined;
  if (candidates.every(({ layer }) => layer === winner.layer || layer === 'default')) return undefined;
  const sign = isVariable(winner) ? '=' : ' ';
  const at = candidates.findIndex(({ layer }) => layer === 'file');
  const others = candidates.slice(0, Math.max(0, at)).filter(({ layer, state }) => {
    return layer !== winner.layer && (state === 'shadowed' || state === 'merged');
  });
  const warning = `no effect now, overridden by ${layerLocationText(winner)}${sign}${valueText(value)}.${remedy(winner)}`;
  return others.reduce(
    (text, other) => `${text.replace(/\.$/, '')}; then ${layerLocationText(other)} overrides it.${remedy(other)}`,
    warning,
  );
}

function remedy(winner: Origin): string {
  if (winner.layer === 'flag') return ` Leave out ${winner.name}.`;
  if (!isVariable(winner)) return '';
  return winner.location === 'process.env' ? ` Try: unset ${winner.name}` : ` Remove it at ${winner.location}.`;
}
