/** Plain-text layout: aligned columns and wrapped paragraphs, counted in cells a terminal or mail shows. */
import stringWidth from 'string-width';

/** Narrow enough for a mail that is quoted once. */
export const TEXT_WIDTH = 72;

export type Column = Readonly<{ title: string; align: 'left' | 'right' }>;

/** A table with its header; the first column gives way where rows would be too wide. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = columns.map((column, index) =>
    Math.max(stringWidth(column.title), ...rows.map((row) => stringWidth(row[index] ?? ''))),
  );
  const rest = widths.slice(1).reduce((sum, width) => sum + width + GAP.length, INDENT.length);
  widths[0] = Math.max(Math.min(widths[0] ?? 0, TEXT_WIDTH - rest), FIRST_COLUMN_MIN);
  const lineOf = (cells: readonly string[]): string =>
    (
      INDENT +
      cells.map((cell, index) => aligned(cell, widths[index]!, columns[index]!.align)).join(GAP)
    ).trimEnd();
  return [lineOf(columns.map((column) => column.title)), ...rows.map(lineOf)];
}

/** Titles of sections stand at the margin, their rows are indented: for the first line of a table. */
export function unindentFirst(line: string, index: number): string {
  return index === 0 ? line.replace(/^ {2}(\S+)/, '$1  ') : line;
}

const INDENT = '  ';
const GAP = '  ';
const FIRST_COLUMN_MIN = 12;

function aligned(text: string, width: number, align: Column['align']): string {
  const shown = cutText(text, width);
  const padding = ' '.repeat(Math.max(0, width - stringWidth(shown)));
  return align === 'left' ? shown + padding : padding + shown;
}

/** Cut in the middle: both ends of a path or a source say more than its middle. */
export function cutText(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const characters = [...text];
  // More characters than cells never fit, save for combining ones, which nobody misses here.
  let kept = Math.min(characters.length, width + 1);
  let shown = text;
  while (kept > 1 && stringWidth(shown) > width) {
    kept -= 1;
    const head = Math.floor(kept / 2);
    shown = `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (kept - head)).join('')}`;
  }
  return shown;
}

/** Lines of at most the text width; a word longer than a line is broken. */
export function wrapText(
  text: string,
  indent: Readonly<{ first: string; next: string }>,
): string[] {
  const lines: string[] = [];
  let line = indent.first;
  let empty = true;
  for (const word of text.split(' ')) {
    let rest = word;
    const needed = stringWidth(line) + (empty ? 0 : 1) + stringWidth(rest);
    if (!empty && needed > TEXT_WIDTH) {
      lines.push(line);
      line = indent.next;
      empty = true;
    }
    while (stringWidth(line) + stringWidth(rest) > TEXT_WIDTH && empty) {
      const head = takeWidth(rest, TEXT_WIDTH - stringWidth(line));
      if (head.length === rest.length) break;
      lines.push(line + head);
      line = indent.next;
      rest = rest.slice(head.length);
    }
    line += (empty ? '' : ' ') + rest;
    empty = false;
  }
  lines.push(line);
  return lines.map((text) => text.trimEnd());
}

function takeWidth(text: string, width: number): string {
  let taken = '';
  for (const character of text) {
    if (taken !== '' && stringWidth(taken + character) > width) break;
    taken += character;
  }
  return taken;
}
