/** Tables that queries make: aligned columns for people, one JSON object a row for programs. */
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCount, formatShare } from '../base/number-text.ts';
import type { Cell, Table } from '../query/table.ts';
import { cutToWidth } from './cells.ts';
import type { LocalTime } from './local-time.ts';
import { styled, type Terminal } from './terminal.ts';
import { textWidth } from './text-width.ts';

/** Widest column but the last; a longer text is cut. */
const COLUMN_WIDTH_MAX = 60;
const GAP = '  ';
/** Columns whose numbers are shares of all. */
const SHARE_COLUMN = 'share';
const TIME_COLUMNS: readonly string[] = ['time', 'timestamp'];
/** A time as stages write it. `Date.parse` alone makes one of "run 5" as well. */
const WRITTEN_TIME = /^[-+]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/;

export type TableOutputOptions = Readonly<{ terminal: Terminal; time: LocalTime }>;

export function tableText(
  { columns, rows }: Table,
  { terminal, time }: TableOutputOptions,
): string {
  const shown = rows.map((row) =>
    row.map((cell, index) => cellText(cell, { column: columns[index]!, time })),
  );
  const heads = columns.map(escapeTerminal);
  const isNumeric = columns.map((_, index) => rows.every((row) => typeof row[index] !== 'string'));
  const widths = heads.map((head, index) => {
    const texts = [head, ...shown.map((row) => row[index]!)];
    const widest = texts.reduce((width, text) => Math.max(width, textWidth(text)), 0);
    return Math.min(widest, COLUMN_WIDTH_MAX);
  });
  const lineOf = (cells: readonly string[]): string => {
    const padded = cells.map((text, index) => {
      const isLast = index === cells.length - 1;
      const room = isLast
        ? Math.max(20, terminal.width - widthBefore(widths, index))
        : widths[index]!;
      const cut = cutToWidth(text, room);
      const padding = ' '.repeat(Math.max(0, widths[index]! - textWidth(cut)));
      return isNumeric[index] ? padding + cut : cut + padding;
    });
    return padded.join(GAP).trimEnd();
  };
  const body = shown.map((row) => `${lineOf(row)}\n`).join('');
  return `${styled(lineOf(heads), 'dim', terminal.colour)}\n${body}`;
}

/** One object a row, its keys in the order of the columns. */
export function tableJson({ columns, rows }: Table): string {
  return rows
    .map((row) => {
      const object = columns.map((column, index) => [column, row[index] ?? null] as const);
      return `${jsonLine(Object.fromEntries(object))}\n`;
    })
    .join('');
}

function widthBefore(widths: readonly number[], index: number): number {
  return widths.slice(0, index).reduce((sum, width) => sum + width + GAP.length, 0);
}

function cellText(
  cell: Cell,
  { column, time }: Readonly<{ column: string; time: LocalTime }>,
): string {
  if (cell === null) return '-';
  if (typeof cell === 'number')
    return column === SHARE_COLUMN ? formatShare(cell) : numberText(cell);
  const isTime = TIME_COLUMNS.includes(column) && WRITTEN_TIME.test(cell);
  const atMs = isTime ? Date.parse(cell) : Number.NaN;
  return Number.isNaN(atMs) ? escapeTerminal(cell) : `${time.isoDate(atMs)} ${time.clock(atMs)}`;
}

function numberText(value: number): string {
  if (Number.isInteger(value))
    return Number.isSafeInteger(value) ? formatCount(value) : String(value);
  return String(Number(value.toPrecision(6)));
}
