/** The words of a chunk: those of its messages and of its field values. */
import type { EntryColumns } from '../model/entry-columns.ts';
import { isWordByte } from '../query/words.ts';
import { RecentTexts } from './recent-texts.ts';
import type { WordSet } from './word-set.ts';

/** In the place of a key. */
const MESSAGE = -1;

export class ChunkWords {
  readonly #recent = new RecentTexts();

  /** Put the words of these rows into the set. A value inside the message, cut at word boundaries, adds none of its own. */
  collect(columns: EntryColumns, rows: Int32Array, words: WordSet): void {
    const recent = this.#recent;
    const { bytes, messageStart, messageLength } = columns;
    const { fieldEnd, fieldKey, fieldStart, fieldLength } = columns;
    recent.start(bytes);
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index]!;
      const from = messageStart[row]!;
      const length = messageLength[row]!;
      const until = from + length;
      if (!recent.has(MESSAGE, from, length)) words.addWords(bytes, from, until);
      const last = fieldEnd[row]!;
      for (let field = row === 0 ? 0 : fieldEnd[row - 1]!; field < last; field += 1) {
        const start = fieldStart[field]!;
        const end = start + fieldLength[field]!;
        if (start >= from && end <= until && isCutAtWords(bytes, { from, until, start, end })) {
          continue;
        }
        if (!recent.has(fieldKey[field]!, start, end - start)) words.addWords(bytes, start, end);
      }
    }
  }
}

/** Whether no word of the message goes over the ends of a value in it. */
function isCutAtWords(
  bytes: Uint8Array,
  at: Readonly<{ from: number; until: number; start: number; end: number }>,
): boolean {
  const { from, until, start, end } = at;
  const cutsLeft = start > from && isWordByte(bytes[start - 1]!) && isWordByte(bytes[start]!);
  const cutsRight = end < until && isWordByte(bytes[end]!) && isWordByte(bytes[end - 1]!);
  return !cutsLeft && !cutsRight;
}
