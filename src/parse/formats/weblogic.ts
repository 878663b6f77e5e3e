/**
 * WebLogic's server log: `####<Nov 19, 2026 10:00:01 AM UTC> <Notice> <WebLogicServer> <host> <server> <thread> … <BEA-000360> <text>`.
 *
 * The number of parts differs between versions; the first four are always the same, the message is always the last.
 */
import { COLON, DASH, digitsEnd, GREATER, isUpper, LESS, SPACE, startsWith } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelWordAt } from '../level.ts';

const START = '####<';
/** Version 12 has 13. */
const PARTS_MAX = 24;

export const weblogic: Format = {
  name: 'weblogic',
  about: "WebLogic's server logs",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    if (!startsWith(bytes, start, START)) return false;
    const stampEnd = draft.readStamp(start + START.length, end);
    if (stampEnd < 0) return false;
    let at = start + START.length - 1;
    for (let part = 0; part < PARTS_MAX; part += 1) {
      const close = partEnd(bytes, at, end);
      // The last part: the message, which may go on in further lines.
      if (close < 0) break;
      if (part === 1) {
        const word = levelWordAt(bytes, at + 1, close, true);
        if (word >= 0 && at + 1 + (word >> 3) === close) draft.level = word & 7;
      } else if (part === 2) draft.text(known.component, at + 1, close);
      else if (part === 3) draft.text(known.host, at + 1, close);
      else if (part === 4) draft.text(known.server, at + 1, close);
      else if (part === 5) draft.text(known.thread, at + 1, close);
      else if (part === 6) readUser(draft, at + 1, close);
      else if (part === 8) draft.text(known.context, at + 1, close);
      else if (isMessageId(bytes, at + 1, close)) draft.text(known.messageId, at + 1, close);
      at = close + 2;
    }
    draft.messageStart = at + 1;
    draft.messageEnd = bytes[end - 1] === GREATER ? Math.max(at + 1, end - 1) : end;
    draft.messageIsTail = draft.messageEnd === end;
    return true;
  },
};

/** `<<WLS Kernel>>`, `<alice>`. */
function readUser(draft: Draft, from: number, to: number): void {
  const isOwn = draft.bytes[from] === LESS && draft.bytes[to - 1] === GREATER;
  draft.text(draft.known.user, isOwn ? from + 1 : from, isOwn ? to - 1 : to);
}

/** `BEA-000360`. */
function isMessageId(bytes: Uint8Array, from: number, to: number): boolean {
  let position = from;
  while (position < to && isUpper(bytes[position]!)) position += 1;
  if (position === from || bytes[position] !== DASH) return false;
  return position + 1 < to && digitsEnd(bytes, position + 1, to) === to;
}

/** The `>` of the part at `at`, which another part follows; -1 where none does. */
function partEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let position = at + 1; position + 2 < end; position += 1) {
    if (bytes[position] !== GREATER || bytes[position + 1] !== SPACE) continue;
    if (bytes[position + 2] === LESS && bytes[position - 1] !== COLON) return position;
  }
  return -1;
}
