/** Cells of aligned text: foreign text escaped, padded by columns of the terminal, cut where it is too long. */
import { escapeTerminal } from '../base/escape.ts';
import { textWidth } from './text-width.ts';

/** A cell of at most `width` columns, its text at the left. */
export function leftCell(text: string, width: number): string {
  const shown = cutToWidth(escapeTerminal(text), width);
  return shown + ' '.repeat(Math.max(0, width - textWidth(shown)));
}

/** A cell with its text (a number of ours) at the right; one that is too long pushes the row. */
export function rightCell(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/** How wide a column must be for these texts, within limits. */
export function columnWidth(
  texts: Iterable<string>,
  { min, max }: Readonly<{ min: number; max: number }>,
): number {
  let width = min;
  for (const text of texts) width = Math.max(width, textWidth(escapeTerminal(text)));
  return Math.min(width, max);
}

export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += textWidth(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

const BARS = '▁▂▃▄▅▆▇█';

/** A row of counts as small bars, the largest full, 0 as a dot. */
export function sparkline(counts: readonly number[]): string {
  const largest = Math.max(...counts, 1);
  return counts
    .map((count) => (count === 0 ? '.' : BARS[Math.ceil((count / largest) * BARS.length) - 1]!))
    .join('');
}
