/** Which process printed a line, as Node's loggers put it behind the level. */
import {
  ASTERISK,
  BRACKET_CLOSE,
  COLON,
  digitsEnd,
  isDigit,
  PAREN_CLOSE,
  PAREN_OPEN,
  SLASH,
  SPACE,
  skipBlanks,
  startsWith,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { dotCount, LOOK, lookOf, wordEnd } from './text-items.ts';

/** The code behind some levels, `WARN (4): `, or pino's pid: `INFO (1234): `. */
export function skipCode(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const open = bytes[at] === SPACE ? at + 1 : at;
  if (bytes[open] !== PAREN_OPEN || !isDigit(bytes[open + 1]!)) return at;
  const close = digitsEnd(bytes, open + 1, end);
  if (bytes[close] !== PAREN_CLOSE || close > open + 8 || bytes[close + 1] !== COLON) return at;
  if (close > open + 2) draft.value(draft.known.pid, open + 1, close);
  return close + 1;
}

/** bunyan's `: app/1234 on web: text`, pino's ` (app/1234 on web): text`: where the text begins, or -1 and nothing was written. */
export function readNameOnHost(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  const hasColon = bytes[at] === COLON;
  const wordAt = skipBlanks(bytes, hasColon ? at + 1 : at, end);
  const isGroup = bytes[wordAt] === PAREN_OPEN;
  if (!hasColon && !isGroup) return -1;
  const from = isGroup ? wordAt + 1 : wordAt;
  const stop = wordEnd(bytes, from, end);
  let pidAt = stop;
  while (pidAt > from && isDigit(bytes[pidAt - 1]!)) pidAt -= 1;
  const hasName = pidAt > from;
  if (pidAt === stop || !startsWith(bytes, stop, ' on ')) return -1;
  if (hasName ? bytes[pidAt - 1] !== SLASH : !isGroup) return -1;
  const hostAt = stop + ' on '.length;
  const colon = wordEnd(bytes, hostAt, end) - 1;
  const hostEnd = isGroup ? colon - 1 : colon;
  if (bytes[colon] !== COLON || hostEnd <= hostAt) return -1;
  if (isGroup && bytes[hostEnd] !== PAREN_CLOSE) return -1;
  if (hasName) draft.text(known.component, from, pidAt - 1);
  draft.value(known.pid, pidAt, stop);
  draft.text(known.host, hostAt, hostEnd);
  return Math.min(end, skipBlanks(bytes, colon + 1, end));
}

/**
 * A word before the logger: the user in Nexus's `[thread] *SYSTEM a.b.C - text`, the database in Odoo's `shop werkzeug: text`. Returns where the
 * logger ends, or -1 and nothing was written.
 */
export function readOwnerAndLogger(draft: Draft, at: number, stop: number, end: number): number {
  const { bytes, known } = draft;
  const loggerAt = stop + 1;
  if (startsWith(bytes, loggerAt, WERKZEUG)) {
    draft.text(known.context, at, stop);
    draft.text(known.component, loggerAt, loggerAt + WERKZEUG.length - 2);
    return loggerAt + WERKZEUG.length - 2;
  }
  const isMarked = bytes[at] === ASTERISK;
  if (!isMarked && (bytes[at - 1] !== SPACE || bytes[at - 2] !== SPACE)) return -1;
  const gap = isMarked && bytes[at - 2] !== SPACE ? 1 : 2;
  if (bytes[at - gap - 1] !== BRACKET_CLOSE || bytes[stop] !== SPACE) return -1;
  const loggerEnd = wordEnd(bytes, loggerAt, end);
  if (!startsWith(bytes, loggerEnd, ' - ') || dotCount(bytes, loggerAt, loggerEnd) < 2) return -1;
  if (lookOf(bytes, loggerAt, loggerEnd) !== LOOK.DOTTED) return -1;
  draft.text(known.user, at, stop);
  draft.text(known.component, loggerAt, loggerEnd);
  return loggerEnd;
}

const WERKZEUG = 'werkzeug: ';
