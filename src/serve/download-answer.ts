/**
 * A piece of a download: as many entries as make about a megabyte, and where the next piece begins.
 *
 * A download is one query a piece, so that no thread is held by a slow reader, and each piece keeps its deadline. Pieces
 * follow each other by cursor: entries that arrive meanwhile come where their time puts them, none comes twice.
 */
import { limitedTo, runPipeline } from '../engine/pipeline/run-pipeline.ts';
import { cursorAt, cursorText } from '../engine/search-request.ts';
import { entryAt } from '../model/entry-at.ts';
import { entryRecordOf } from '../model/entry-record.ts';
import { rawLine } from '../model/raw-line.ts';
import { tooMany } from '../query/stage-limits.ts';
import { type Answering, requestOf } from './asked-request.ts';
import { CSV_HEAD, csvLine, ndjsonLine, tableCsv, tableNdjson } from './export-text.ts';
import type { DownloadAnswer, DownloadQuestion } from './questions.ts';

const PIECE_CHARACTERS = 1024 * 1024;
/** Behind a stage there is no place to go on from: all of it is one piece, and that is bounded. */
const STAGED_CHARACTERS_MAX = 64 * 1024 * 1024;

export function answerDownload(answering: Answering, question: DownloadQuestion): DownloadAnswer {
  const { format, cursor, limit, ...asked } = question;
  const { request, stages } = requestOf(answering, {
    ...asked,
    ...(cursor === null ? {} : { cursor }),
  });
  const wanted = limitedTo(stages, limit);
  const result = runPipeline(answering.reader, { ...request, limit: 0 }, wanted);
  if (result.kind === 'table') {
    const table = { ...result.table, rows: result.table.rows.slice(0, limit) };
    const text = format === 'ndjson' ? tableNdjson(table) : tableCsv(table);
    return { text, count: table.rows.length, cursor: null };
  }
  const pieces = format === 'csv' && cursor === null ? [CSV_HEAD] : [];
  let characterCount = 0;
  let count = 0;
  let last = '';
  for (const { columns, row } of result.entries) {
    const isFull = characterCount >= PIECE_CHARACTERS && stages.length === 0;
    if (isFull || count === limit) {
      return { text: pieces.join(''), count, cursor: count === limit ? null : last };
    }
    const piece =
      format === 'raw'
        ? // One character each: the route writes them as such.
          rawLine(columns.rawBytes(row)).toString('latin1')
        : (format === 'csv' ? csvLine : ndjsonLine)(entryRecordOf(entryAt(columns, row)));
    pieces.push(piece);
    characterCount += piece.length;
    count += 1;
    if (characterCount > STAGED_CHARACTERS_MAX) throw tooMany('download', '64 MiB of them');
    last = cursorText(cursorAt(columns, row));
  }
  return { text: pieces.join(''), count, cursor: null };
}
