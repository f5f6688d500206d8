// The main ratios as a picture, which is readable on a light and on a dark page.

const WIDTH = 760;
const LEFT = 210;
const SCALE = 400;
const ROW = 46;
const TOP = 74;

const STYLE = `text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
.card { fill: #ffffff; stroke: #d1d9e0 } .grid { stroke: #d1d9e0 } .title { font-weight: 600; font-size: 15px }
.note { fill: #59636e } .varve { fill: #0b6e99 } .peer { fill: #b9c2cb } .value { font-weight: 600 }
.value, .peer-value { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .card { fill: #0d1117; stroke: #3d444d } .grid { stroke: #3d444d }
.note { fill: #9198a1 } .varve { fill: #3fb0e0 } .peer { fill: #59636e }
.value, .peer-value { stroke: #0d1117 }
}`;

const text = (x, y, words, attributes = '') => `<text x="${x}" y="${y}" ${attributes}>${words}</text>`;
const bar = (y, share, className) =>
  `<rect x="${LEFT}" y="${y}" width="${Math.max(2, Math.min(share, 1.2) * SCALE).toFixed(1)}" height="12" rx="2" class="${className}"/>`;

/** `28 %`, and `0.8 %` where it is small. */
function percent(share) {
  const value = share * 100;
  return value < 0.01 ? 'under 0.01 %' : `${Number(value.toPrecision(value < 1 ? 1 : 2))} %`;
}

/** Bars of what varve and one peer take, as shares of the hand-wired program. */
export function chart(ratios) {
  const height = TOP + ratios.length * ROW + 34;
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = LEFT + share * SCALE;
    const line = `<line x1="${x}" y1="${TOP - 12}" x2="${x}" y2="${height - 34}" class="grid"/>`;
    return line + text(x, height - 14, `${share * 100} %`, 'class="note" text-anchor="middle"');
  });
  const rows = ratios.flatMap(([work, share, peer], i) => {
    const y = TOP + i * ROW;
    const end = (value) => LEFT + Math.max(2, Math.min(value, 1.2) * SCALE) + 6;
    const own = [
      text(LEFT - 12, y + 18, work, 'text-anchor="end"'),
      bar(y, share, 'varve'),
      text(end(share), y + 11, `varve ${percent(share)}`, 'class="value"'),
    ];
    if (!peer || !Number.isFinite(peer[1])) return own;
    return [
      ...own,
      bar(y + 16, peer[1], 'peer'),
      text(end(peer[1]), y + 27, `${peer[0]} ${percent(peer[1])}`, 'class="note peer-value"'),
    ];
  });
  const label = ratios.map(([work, share]) => `${work}: ${percent(share)}`).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="What varve takes, of a program that combines convict, dotenv, deepmerge and yargs. ${label}">
<style>${STYLE}</style>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" class="card"/>
${text(20, 30, 'Of what convict, dotenv, deepmerge and yargs take together (100 %)', 'class="title"')}
${text(20, 50, 'Shorter is better. varve also records origins, reports all errors, and freezes the values.', 'class="note"')}
${[...marks, ...rows].join('\n')}
</svg>
`;
}
