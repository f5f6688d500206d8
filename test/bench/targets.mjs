// The speed targets of varve, and whether a run meets them.

/** The row of each target: what was measured, its limit, and the better figure to aim for. */
const TARGETS = [
  ['cold start, of hand-wired', ({ cold }) => cold?.ratios['varve'], 0.3, 0.18],
  ['load of 1,000, of hand-wired', ({ load }) => load?.varve['of hand-wired at 1,000'], 0.6, 0.35],
  ['load of 10,000, of hand-wired', ({ load }) => load?.varve['of hand-wired at 10,000'], 0.15, 0.06],
  ['load of 100,000, s', ({ load }) => load?.varve.huge / 1000, 1.2, 0.3],
  ['growth of load, exponent', ({ load }) => load?.varve['exponent from 100'], 1.1, 1.05],
  ['values.a.b.c, of the same read of a frozen object', ({ get }) => get?.ofChain, 1.1, 1],
  ['get(key), of Map', ({ get }) => get?.ofMap, 1.5, 1.1],
  ['change one of 10,000, µs', ({ update }) => update?.us, 100, 20],
  ['set and save, 100 settings, of the limit', ({ save }) => save?.ratios[100], 2.2, 1.5],
  ['set and save, 10,000 settings, of the limit', ({ save }) => save?.ratios[10_000], 3, 2],
  ['memory, bytes a setting', ({ memory }) => memory?.bytes, 300, 180],
  ['types, instantiations', ({ types }) => types?.instantiations, 36_000, 15_000],
  ['file changed to value seen, ms', ({ watch }) => watch?.ms, 20, 5],
];

function verdict(value, target, stretch) {
  if (value <= stretch) return 'stretch';
  return value <= target ? 'met' : 'MISSED';
}

export function summary(results) {
  const rows = TARGETS.map(([work, measured, target, stretch]) => [work, measured(results), target, stretch])
    .filter(([, value]) => value !== undefined && !Number.isNaN(value))
    .map(([work, value, target, stretch]) => ({
      work,
      varve: value,
      target,
      stretch,
      '': verdict(value, target, stretch),
    }));
  return { title: 'Targets', rows };
}
