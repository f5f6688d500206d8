// The speed targets of varve, and whether a run meets them.

const ownMajor = Number.parseInt(process.versions.node, 10);

/** Of the two kinds of definition, on the Node.js that runs this. */
const command = (kind) => [(results) => results.command?.[kind][ownMajor]];

/** The row of each target: what was measured, its limit, and the better figure to aim for. */
const TARGETS = [
  ['cold start, of hand-wired', ({ cold }) => cold?.ratios['varve'], 0.3, 0.24],
  ['start with a compile cache, of hand-wired with one', ({ service }) => service?.ratios?.with, 0.25, 0.18],
  ['load of 1,000, of hand-wired', ({ load }) => load?.varve['of hand-wired at 1,000'], 0.12, 0.1],
  ['load of 10,000, of hand-wired', ({ load }) => load?.varve['of hand-wired at 10,000'], 0.05, 0.04],
  ['load of 100,000, s', ({ load }) => load?.varve.huge / 1000, 0.2, 0.12],
  ['growth of load, exponent', ({ load }) => load?.varve['exponent from 100'], 1.05, 1],
  ['values.a.b.c, of the same read of a frozen object', ({ get }) => get?.ofChain, 1.05, 1],
  ['get(key), of Map', ({ get }) => get?.ofMap, 1.1, 1],
  ['change one of 10,000, µs', ({ update }) => update?.us, 25, 10],
  ['change one of 10,000 in one group, µs', ({ update }) => update?.flatUs, 1000, 100],
  ['set and save, 100 settings, of the limit', ({ save }) => save?.ratios[100], 1.8, 1.4],
  ['set and save, 10,000 settings, of the limit', ({ save }) => save?.ratios[10_000], 2.2, 1.6],
  ['memory, bytes a setting', ({ memory }) => memory?.bytes, 230, 180],
  ['types, instantiations', ({ types }) => types?.instantiations, 15_000, 12_600],
  ['file changed to value seen, ms', ({ watch }) => watch?.ms, 4, 2],
  ['varve get, definition in .mjs, ms over bare Node.js', ...command('mjs'), 35, 25],
  ['varve get, definition in .ts, ms over bare Node.js', ...command('ts'), 50, 35],
  ['completion, definition in .mjs, ms over bare Node.js', ...command('completionMjs'), 35, 25],
  ['completion, definition in .ts, ms over bare Node.js', ...command('completionTs'), 50, 35],
];

function verdict(value, target, stretch) {
  if (value <= stretch) return 'met, and the stretch';
  return value <= target ? 'met' : 'not met';
}

/** The table of the targets that this run measured. */
export function summary(results) {
  const rows = TARGETS.map(([work, measured, target, stretch]) => [work, measured(results), target, stretch])
    .filter(([, value]) => value !== undefined && !Number.isNaN(value))
    .map(([work, value, target, stretch]) => ({
      work,
      varve: value,
      target,
      stretch,
      result: verdict(value, target, stretch),
    }));
  return { title: 'Targets', rows };
}

/** The shares of hand-wired that the chart shows, each with a peer that does the same or less. */
export function ratios({ cold, service, load, update, save, memory, types }) {
  const row = (title, column, contender) => {
    const rows = column.tables.find((table) => table.title.startsWith(title))?.rows ?? [];
    return rows.find((one) => Object.values(one)[0] === contender);
  };
  /** What a contender takes in a column of a table, as a share of hand-wired. */
  const share = (column, title, field, contender, base = 'handwired') =>
    column && row(title, column, contender)?.[field] / row(title, column, base)?.[field];
  const sized = (n) => `${n}, ms`;
  return [
    ['Cold start', cold?.ratios['varve'], ['convict alone', cold?.ratios['convict']]],
    ['Start with a compile cache', service?.ratios?.with, ['convict alone', service?.ratios?.convict]],
    [
      'Load of 1,000',
      share(load, 'Load', sized('1,000'), 'varve'),
      ['zod', share(load, 'Load', sized('1,000'), 'zod')],
    ],
    [
      'Load of 10,000',
      share(load, 'Load', sized('10,000'), 'varve'),
      ['zod', share(load, 'Load', sized('10,000'), 'zod')],
    ],
    [
      'Change one of 10,000',
      share(update, 'Change', 'of 10,000, µs', 'varve', 'convict'),
      ['zod', share(update, 'Change', 'of 10,000, µs', 'zod', 'convict')],
    ],
    [
      'Save one of 10,000',
      share(save, 'Set and save, 10,000', 'p50, ms', 'varve'),
      ['conf', share(save, 'Set and save, 10,000', 'p50, ms', 'conf')],
    ],
    [
      'Memory of 10,000',
      share(memory, 'Heap', 'bytes a setting, of 10,000', 'varve'),
      ['node-config', share(memory, 'Heap', 'bytes a setting, of 10,000', 'node-config')],
    ],
    [
      'Type check of 1,000',
      share(types, 'Type check', 'instantiations', 'varve', '@types/convict'),
      ['zod', share(types, 'Type check', 'instantiations', 'zod', '@types/convict')],
    ],
  ].filter(([, value]) => Number.isFinite(value));
}
