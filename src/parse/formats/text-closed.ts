/** Levels that need no proof by what stands before them, because a sign closes them: `ERROR: `, `[WARN] `, `(notice): `, `util.py[DEBUG]:`. */
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  findByte,
  isBlank,
  isLetter,
  isUpper,
  PAREN_CLOSE,
  PAREN_OPEN,
  PIPE,
  SPACE,
  skipBlanks,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { levelWordAt } from '../level.ts';
import { addComponent } from './text-fields.ts';
import { groupClose, LOOK, lookOf } from './text-items.ts';

/**
 * Whether such a level stands at `at`. Behind one plain word it makes a name of it: `backup ERROR: disk full`, `cluster [WRN] slow`,
 * `Puppet (notice): applied`, `netdata INFO  : started`, `web INFO [shop.core:12] - started`. In capitals, but for the one in parentheses.
 */
export function isClosedLevel(bytes: Uint8Array, at: number, end: number): boolean {
  const first = bytes[at]!;
  const isGroup = first === BRACKET_OPEN || first === PAREN_OPEN;
  const wordAt = isGroup ? at + 1 : at;
  // Gitea: `HTTPRequest [I] router: text`.
  if (first === BRACKET_OPEN && bytes[at + 2] === BRACKET_CLOSE) {
    return LETTERS.includes(bytes[at + 1]!) && isBlank(bytes[at + 3]!);
  }
  if (first !== PAREN_OPEN && !(isUpper(bytes[wordAt]!) && isUpper(bytes[wordAt + 1]!))) {
    return false;
  }
  const word = levelWordAt(bytes, wordAt, end, false);
  if (word < 0) return false;
  const stop = wordAt + (word >> 3);
  // Timbre: `web INFO [shop.core:12] - text`.
  if (!isGroup && bytes[stop] === SPACE && bytes[stop + 1] === BRACKET_OPEN) {
    const close = groupClose(bytes, stop + 1, end);
    if (close > 0 && bytes[close + 1] === SPACE && bytes[close + 2] === DASH) return true;
  }
  if (!isGroup && isPaddedBeforeGroup(bytes, stop, end)) return true;
  if (first === BRACKET_OPEN) return bytes[stop] === BRACKET_CLOSE && isBlank(bytes[stop + 1]!);
  const colon = first === PAREN_OPEN ? stop + 1 : skipBlanks(bytes, stop, end);
  if (first === PAREN_OPEN && bytes[stop] !== PAREN_CLOSE) return false;
  return bytes[colon] === COLON && isBlank(bytes[colon + 1]!);
}

/** Jira's `main INFO      [c.a.jira.Logger] text`: whether blanks and a name with dots in brackets stand behind the level. */
function isPaddedBeforeGroup(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== SPACE || bytes[at + 1] !== SPACE) return false;
  const open = skipBlanks(bytes, at, end);
  if (bytes[open] !== BRACKET_OPEN) return false;
  const close = groupClose(bytes, open, end);
  return close > 0 && lookOf(bytes, open + 1, close) === LOOK.DOTTED;
}

/** Letters of levels that stand for nothing else in brackets. */
const LETTERS = [...'TDIWE'].map((letter) => letter.charCodeAt(0));

/** Whether a column with a level begins behind `at`: then the one before it is a name. Datadog's `| TRACE | INFO | text`. */
export function isLevelColumn(bytes: Uint8Array, at: number, end: number): boolean {
  const pipe = skipBlanks(bytes, at, end);
  if (bytes[pipe] !== PIPE) return false;
  const wordAt = skipBlanks(bytes, pipe + 1, end);
  if (!isUpper(bytes[wordAt]!) || !isUpper(bytes[wordAt + 1]!)) return false;
  const word = levelWordAt(bytes, wordAt, end, false);
  return word >= 0 && bytes[skipBlanks(bytes, wordAt + (word >> 3), end)] === PIPE;
}

/** cloud-init's `util.py[DEBUG]:`, a name with its level in brackets, in [at, stop). Returns `stop`, or -1. */
export function readSuffixedLevel(draft: Draft, at: number, stop: number): number {
  const { bytes } = draft;
  if (bytes[stop - 1] !== BRACKET_CLOSE || !isLetter(bytes[at]!) || !isUpper(bytes[stop - 2]!))
    return -1;
  const open = findByte(bytes, BRACKET_OPEN, at, stop);
  const word = levelWordAt(bytes, open + 1, stop, false);
  if (word < 0 || open + 1 + (word >> 3) !== stop - 1 || bytes[stop] !== COLON) return -1;
  draft.level = word & 7;
  addComponent(draft, at, open);
  return stop;
}
