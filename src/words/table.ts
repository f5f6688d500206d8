import stringWidth from 'string-width';
import { printable } from './terminal-text.ts';

/** Without a width, a longer cell does not widen the column of the other rows. */
const WIDEST_PADDING = 120;

/** No column is cut shorter than this. */
const NARROWEST = 8;

/**
 * Rows as aligned columns, two spaces apart, without trailing spaces. Wide characters count as two cells. A cut cell
 * shows `…`: at its end, or at its beginning where it ends in a line and column. `cutOrder` numbers the columns that may
 * be cut, in the order in which they are; without it the widest is cut first.
 */
export function table(
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
  cutOrder?: readonly number[],
): string {
  const cells = rows.map((row) => row.map(printable));
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const needed = Array.from({ length: columns }, (_, i) => Math.max(...cells.map((row) => stringWidth(row[i] ?? ''))));
  const isCut = Number.isFinite(width);
  const widths = isCut ? fitWidths(needed, width, cutOrder) : needed.map((one) => Math.min(one, WIDEST_PADDING));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => pad(cell, { width: widths[i] ?? 0, isCut })).join('  ');
  return cells.map((row) => line(row).trimEnd()).join('\n');
}

/** The widths, narrowed until they fit: each column of `order` to its minimum before the next one. */
function fitWidths(needed: readonly number[], width: number, order: readonly number[] | undefined): readonly number[] {
  const widths = [...needed];
  let excess = widths.reduce((sum, column) => sum + column, 2 * (widths.length - 1)) - width;
  for (const column of order ?? []) {
    const spare = Math.max(0, Math.min(excess, (widths[column] ?? 0) - NARROWEST));
    widths[column] = (widths[column] ?? 0) - spare;
    excess -= spare;
  }
  while (order === undefined && excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}

interface CellLayout {
  readonly width: number;
  readonly isCut: boolean;
}

function pad(cell: string, { width, isCut }: CellLayout): string {
  const missing = width - stringWidth(cell);
  if (missing >= 0) return cell + ' '.repeat(missing);
  return isCut ? cut(cell, width) : cell;
}

const CHARACTERS = new Intl.Segmenter();

/** A text of at most `width` cells: `long va…`, `…g/app.json:7:22`. A character is never split. */
function cut(text: string, width: number): string {
  const atBeginning = /:\d+$/.test(text);
  const segments = [...CHARACTERS.segment(text)].map(({ segment }) => segment);
  if (atBeginning) segments.reverse();
  const kept: string[] = [];
  let cells = 1;
  for (const segment of segments) {
    cells += stringWidth(segment);
    if (cells > width) break;
    kept.push(segment);
  }
  const shown = atBeginning ? `…${kept.reverse().join('')}` : `${kept.join('')}…`;
  return shown + ' '.repeat(Math.max(0, width - stringWidth(shown)));
}
