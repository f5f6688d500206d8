import stringWidth from 'string-width';

/** Where nothing is cut, what is longer than this stands out instead of making all rows as long. */
const MOST_PADDED = 120;

/** No column is cut shorter than this. */
const NARROWEST = 8;

/**
 * Rows as aligned columns, two spaces apart, without spaces at the ends of lines. Wide characters count as two. Where
 * the rows are wider than `width`, the widest columns are cut, and what is cut ends in `…`.
 */
export function table(rows: readonly (readonly string[])[], width: number = Number.POSITIVE_INFINITY): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const needed = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => stringWidth(row[i] ?? ''))));
  const widths = Number.isFinite(width) ? fitting(needed, width) : needed.map((one) => Math.min(one, MOST_PADDED));
  return rows
    .map((row) =>
      row
        .map((cell, i) => padded(cell, widths[i] ?? 0, Number.isFinite(width)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The widths with the widest made narrower, one cell at a time, until all fit. */
function fitting(needed: readonly number[], width: number): readonly number[] {
  const widths = [...needed];
  let total = widths.reduce((sum, column) => sum + column, 2 * (widths.length - 1));
  while (total > width) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
    total -= 1;
  }
  return widths;
}

function padded(cell: string, width: number, isCut: boolean): string {
  const missing = width - stringWidth(cell);
  if (missing >= 0) return cell + ' '.repeat(missing);
  return isCut ? cut(cell, width) : cell;
}

const CHARACTERS = new Intl.Segmenter();

/** A text without colour of at most `width` cells; a character is never cut in two. */
function cut(text: string, width: number): string {
  let kept = '';
  let cells = 0;
  for (const { segment } of CHARACTERS.segment(text)) {
    cells += stringWidth(segment);
    if (cells > width - 1) break;
    kept += segment;
  }
  return `${kept}…${' '.repeat(Math.max(0, width - 1 - stringWidth(kept)))}`;
}
