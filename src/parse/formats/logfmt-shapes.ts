/** logfmt lines of a known shape (`line-shapes.ts`): the values between the texts are read as `logfmt.ts` reads them. */
import { FIELD } from '../../model/entry-columns.ts';
import { QUOTE, SPACE } from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { RoleTaker } from '../role-taker.ts';
import { stringStopInLine } from '../words.ts';
import { closingQuoteInLine, unescapeJson } from './json-text.ts';
import { LINE_END, LineShapes, ROOT } from './line-shapes.ts';

export class LogfmtShapes {
  readonly #roles: RoleTaker;
  readonly #shapes = new LineShapes();
  /** Whether the line read last has an unknown shape and may be learned. */
  wantsLesson = false;

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
    this.wantsLesson = false;
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
      let from = position;
      let to: number;
      let kind: number = FIELD.STRING;
      if (bytes[position] === QUOTE) {
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
      } else {
        // A newline ends it at the latest, and one stands before `end`.
        while (bytes[position]! > SPACE) position += 1;
        to = position;
        kind = kindOf(bytes, from, to);
      }
      const role = rolesOf[node]!;
      if (role !== 0 && roles.take(draft, role, key, from, to, kind)) continue;
      if (to > from) draft.field(key, from, to, kind);
    }
  }

  /** Learn the shape of the line [start, lineEnd), whose values are in `values`; its newline is part of it. */
  learn(draft: Draft, start: number, lineEnd: number): void {
    this.wantsLesson = false;
    this.#shapes.learn(draft, start, lineEnd);
  }
}
