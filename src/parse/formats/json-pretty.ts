/**
 * JSON objects that run over several lines, as pretty printers write them: `{`, indented members, `}`.
 *
 * The record goes on until its braces are closed. A line that begins an object or a word at the margin, where no member
 * stands, ends a record that never closed, so that one broken object does not swallow the file.
 */
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COMMA,
  ESCAPE,
  isAlphanumeric,
  QUOTE,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { escapeEnd } from '../line-text.ts';
import { parseJson } from './json.ts';

/** The format of one file: it counts the open braces. */
export function jsonPretty(): Format {
  let depth = 0;
  /** Follow the braces of a line; strings do not run over lines. */
  function follow(bytes: Uint8Array, start: number, end: number): void {
    let isInString = false;
    for (let position = start; position < end; position += 1) {
      const byte = bytes[position]!;
      if (isInString) {
        if (byte === 92) position += 1;
        else if (byte === QUOTE) isInString = false;
      } else if (byte === QUOTE) isInString = true;
      // Its bracket opens nothing.
      else if (byte === ESCAPE) position = escapeEnd(bytes, position, end) - 1;
      else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) depth += 1;
      else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) depth -= 1;
    }
  }
  return {
    name: 'json:pretty',
    about: 'JSON objects over several lines',
    parse(draft: Draft, start: number, end: number): boolean {
      const { bytes } = draft;
      if (bytes[start] !== BRACE_OPEN) return false;
      let stop = end;
      while (stop > start && bytes[stop - 1]! <= 32) stop -= 1;
      const last = bytes[stop - 1]!;
      if (last !== BRACE_OPEN && last !== COMMA && last !== BRACKET_OPEN) return false;
      depth = 0;
      follow(bytes, start, stop);
      return depth > 0;
    },
    continues(bytes: Uint8Array, _recordStart: number, start: number, end: number): boolean {
      if (depth <= 0) return false;
      if (start < end && (bytes[start] === BRACE_OPEN || isAlphanumeric(bytes[start]!)))
        return false;
      follow(bytes, start, end);
      return true;
    },
    parseRecord: (draft, start, end) => parseJson(draft, start, end),
  };
}
