/** `logstead segments [NUMBER]`: the store's segments, or what is inside one. Reads only; works while the daemon runs. */
import type { Command } from 'commander';
import { formatBytes } from '../base/byte-size.ts';
import { OperatorError } from '../base/errors.ts';
import { formatCount, formatShare } from '../base/number-text.ts';
import type { CatalogRow } from '../engine/catalog.ts';
import type { SegmentDescription } from '../engine/segment-description.ts';
import { timestampText } from '../model/entry-record.ts';
import { leftCell, rightCell } from './cells.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openStore } from './open-reader.ts';
import { settingsFor } from './settings-for.ts';

type SegmentsOptions = Readonly<{ json?: boolean }>;

export function register(program: Command, context: CliContext): void {
  program
    .command('segments')
    .description('list the segments of the store, or show what is inside one')
    .argument('[number]', 'number of a segment')
    .option('--json', 'one JSON object per segment')
    .action((number: string | undefined, options: SegmentsOptions, command: Command) => {
      using store = openStore(context, settingsFor(context, globalOptions(command)).paths);
      if (store === null) {
        context.finish(EXIT.NOTHING_FOUND);
        return;
      }
      const { reader } = store;
      const rows = reader.segments();
      if (number === undefined) {
        context.finish(list(context, rows, options));
        return;
      }
      const row = rows.find((segment) => String(segment.number) === number);
      const description = row === undefined ? null : reader.describe(row);
      if (description === null) {
        throw new OperatorError('USAGE', `Cannot show segment "${number}": there is none to read`, {
          hint: 'See "logstead segments" for their numbers',
        });
      }
      context.output.write(
        options.json ? `${JSON.stringify(description)}\n` : descriptionText(description),
      );
      context.finish(EXIT.DONE);
    });
}

function list(
  context: CliContext,
  rows: readonly CatalogRow[],
  options: SegmentsOptions,
): ExitCode {
  const { output } = context;
  if (options.json) {
    for (const row of rows) output.write(`${JSON.stringify(row)}\n`);
    return rows.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
  }
  const line = (cells: readonly [string, string, string, string, string, string]): string => {
    const [number, entries, size, share, range, place] = cells;
    const counts = [rightCell(number, 13), rightCell(entries, 10), rightCell(size, 10)].join(' ');
    return `${counts} ${rightCell(share, 7)}  ${leftCell(range, 57)}  ${place}\n`;
  };
  output.write(line(['number', 'entries', 'size', 'of raw', 'from … until', 'where']));
  for (const row of rows) {
    const range = `${timestampText(row.minUs)} … ${timestampText(row.maxUs)}`;
    const share = formatShare(row.sizeBytes / Math.max(1, row.rawBytes));
    const place = row.file ?? 'in the database';
    output.write(
      line([
        String(row.number),
        formatCount(row.rowCount),
        formatBytes(row.sizeBytes),
        share,
        range,
        place,
      ]),
    );
  }
  return rows.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

function descriptionText(segment: SegmentDescription): string {
  const facts: [string, string][] = [
    ['number', `${segment.number} of store ${segment.storeId}`],
    ['made', timestampText(segment.createdAtMs * 1000)],
    ['entries', `${formatCount(segment.rowCount)}, ${formatBytes(segment.rawBytes)} of log lines`],
    ['time', `${timestampText(segment.minUs)} … ${timestampText(segment.maxUs)}`],
    ['arrival', `${segment.minSequence} … ${segment.maxSequence}`],
    ['formats', segment.formats.join(', ')],
    ['fields', segment.fields.join(', ')],
  ];
  const lines = [
    ...facts.map(([name, value]) => `${leftCell(name, 10)}${leftCell(value, 1000).trimEnd()}`),
    '',
    ...segment.sources.map(
      ({ name, rowCount }) =>
        `${rightCell(formatCount(rowCount), 10)}  ${leftCell(name, 200).trimEnd()}`,
    ),
    '',
    ...segment.sizes.map(({ part, bytes }) => `${rightCell(formatBytes(bytes), 10)}  ${part}`),
    '',
    ...segment.chunks.map((chunk, index) => chunkLine(chunk, index)),
  ];
  return `${lines.join('\n')}\n`;
}

function chunkLine(chunk: SegmentDescription['chunks'][number], index: number): string {
  const sizes = `${formatBytes(chunk.textBytes)} in ${formatBytes(chunk.storedBytes)}`;
  const time = `${timestampText(chunk.minUs)} … ${timestampText(chunk.maxUs)}`;
  const entries = rightCell(formatCount(chunk.rowCount), 6);
  return `chunk ${rightCell(String(index), 3)} ${entries} entries, ${leftCell(sizes, 24)} ${time}  ${chunk.levels.join(' ')}`;
}
