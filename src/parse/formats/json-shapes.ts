/** JSON lines of a known shape (`line-shapes.ts`): the values between the texts are read as `json.ts` reads them. */
import { FIELD } from '../../model/entry-columns.ts';
import {
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COMMA,
  DASH,
  isDigit,
  NEWLINE,
  QUOTE,
  ZERO,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { RoleTaker } from '../role-taker.ts';
import { stringStopInLine } from '../words.ts';
import { numberEnd, wordEnd } from './json-literal.ts';
import { closingQuoteInLine, unescapeJson } from './json-text.ts';
import { LINE_END, LineShapes, ROOT, values } from './line-shapes.ts';

export class JsonShapes {
  readonly #roles: RoleTaker;
  readonly #shapes = new LineShapes();
  /** Whether the line read last has an unknown shape and may be learned. */
  wantsLesson = true;

  constructor(roles: RoleTaker) {
    this.#roles = roles;
  }

  /** Read a line of a known shape, up to and with its newline, into the draft. Returns the position behind it, or -1. */
  read(draft: Draft, start: number, end: number): number {
    const roles = this.#roles;
    const shapes = this.#shapes;
    const keys = shapes.key;
    const rolesOf = shapes.role;
    const lengths = shapes.length;
    let { bytes, view } = draft;
    let position = start;
    let node = ROOT;
    roles.begin();
    for (;;) {
      node = shapes.next(node, view, position, end);
      if (node === ROOT) {
        this.wantsLesson = shapes.takesLessons;
        return -1;
      }
      position += lengths[node]!;
      const key = keys[node]!;
      if (key === LINE_END) return position;
      const first = bytes[position]!;
      let from = position;
      let to: number;
      let kind: number = FIELD.STRING;
      if (first === QUOTE) {
        from = position + 1;
        to = stringStopInLine(view, from, end);
        position = to + 1;
        if (bytes[to] !== QUOTE) {
          to = closingQuoteInLine(bytes, view, to, end);
          if (to < 0) return -1;
          position = to + 1;
          from = unescapeJson(draft, from, to);
          to = draft.columns.bytesLength;
          bytes = draft.bytes;
          view = draft.view;
        }
      } else if (isDigit(first) || first === DASH) {
        to = position + 1;
        while (isDigit(bytes[to]!)) to += 1;
        // Nearly all numbers are whole ones; the rest is read by the letter of the grammar.
        if (bytes[to] !== COMMA || first === ZERO || first === DASH)
          to = numberEnd(bytes, position);
        if (to < 0) return -1;
        kind = FIELD.NUMBER;
        position = to;
      } else {
        to = otherEnd(bytes, view, position, end);
        if (to < 0) return -1;
        kind = first === BRACKET_OPEN ? FIELD.JSON : first === 110 ? FIELD.NULL : FIELD.BOOLEAN;
        position = to;
      }
      const role = rolesOf[node]!;
      if (role === 0 || !roles.take(draft, role, key, from, to, kind)) {
        draft.field(key, from, to, kind);
      }
    }
  }

  /** Learn the shape of the line [start, lineEnd), whose values are in `values`; its newline is part of it. */
  learn(draft: Draft, start: number, lineEnd: number): void {
    this.wantsLesson = false;
    // An object that became text is no value that `read` knows.
    for (let index = Math.min(values.count, values.start.length) - 1; index >= 0; index -= 1) {
      if (draft.bytes[values.start[index]!] === BRACE_OPEN) return;
    }
    this.#shapes.learn(draft, start, lineEnd);
  }
}

/** End of true, false, null or of an array without arrays or objects in it; -1 for anything else. */
function otherEnd(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  const first = bytes[at]!;
  let position = at;
  if (first === 116 || first === 102 || first === 110) {
    return wordEnd(view, at);
  }
  if (first !== BRACKET_OPEN) return -1;
  for (position += 1; position < end; position += 1) {
    const byte = bytes[position]!;
    if (byte === BRACKET_CLOSE) return position + 1;
    if (byte === QUOTE) {
      position = stringStopInLine(view, position + 1, end);
      if (bytes[position] !== QUOTE) return -1;
    } else if (byte === BRACKET_OPEN || byte === BRACE_OPEN || byte === NEWLINE) return -1;
  }
  return -1;
}
