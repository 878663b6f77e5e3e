/**
 * JSON objects in every dialect: pino, bunyan, winston, zap, logrus, serilog, ECS, logstash, GELF, MongoDB, ….
 *
 * One pass over the bytes: nested objects are flattened with dots, arrays stay as JSON text, strings with
 * escapes are made anew. What the keys mean is in `roles.ts`. A line that is not one whole object does not fit.
 * Depth is bounded, deeper objects stay JSON text; nothing recurses deeper than that, whatever the bytes.
 */
import { FIELD } from '../../model/entry-columns.ts';
import {
  BACKSLASH,
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DASH,
  isDigit,
  NEWLINE,
  QUOTE,
  RETURN,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { closingQuote } from '../keys.ts';
import { RoleTaker } from '../role-taker.ts';
import { ROLE } from '../roles.ts';
import { numberEnd, wordEnd } from './json-literal.ts';
import { JsonShapes } from './json-shapes.ts';
import { stringEnd, stringStop, unescapeJson } from './json-text.ts';
import { keepNoValue, keepValue, keepValues, values } from './line-shapes.ts';

/** Objects inside objects that become dotted keys. Deeper ones are documents, and stay JSON text. */
const DEPTH_MAX = 8;

const roles = new RoleTaker();

const NAME = 'json';
const ABOUT = 'One JSON object a line (pino, bunyan, winston, zap, logrus, serilog, ECS, GELF, …)';

/** For lines inside lines of other formats. */
export const json: Format = { name: NAME, about: ABOUT, parse: parseJson, parseRecord: parseJson };

/** The format of one file: it remembers the shapes of the lines before. */
export function jsonFormat(): Format {
  let shapes: JsonShapes | null = null;
  return {
    name: NAME,
    about: ABOUT,
    parse(draft: Draft, start: number, end: number): boolean {
      if (shapes === null || !shapes.wantsLesson) return parseJson(draft, start, end);
      keepValues();
      const fits = parseJson(draft, start, end);
      values.isKept = false;
      if (fits) shapes.learn(draft, start, draft.bytes[end] === NEWLINE ? end + 1 : end + 2);
      return fits;
    },
    parseRecord: parseJson,
    quick(draft: Draft, start: number, end: number): number {
      shapes ??= new JsonShapes(roles);
      const next = shapes.read(draft, start, end);
      if (next < 0) return -1;
      if (!roles.has(ROLE.MESSAGE)) {
        draft.messageEnd = draft.bytes[next - 2] === RETURN ? next - 2 : next - 1;
      }
      finishObject(draft);
      return next;
    },
  };
}

/** Read the object [start, end) into the draft; blanks and a comma behind it are allowed. */
export function parseJson(draft: Draft, start: number, end: number): boolean {
  let from = start;
  while (from < end && draft.bytes[from]! <= 32) from += 1;
  if (draft.bytes[from] !== BRACE_OPEN) return false;
  let to = end;
  while (to > from && (draft.bytes[to - 1]! <= 32 || draft.bytes[to - 1] === COMMA)) to -= 1;
  if (draft.bytes[to - 1] !== BRACE_CLOSE) return false;
  roles.begin();
  restFrom = -1;
  if (scanObject(draft, from + 1, to, -1, 0) !== to) return false;
  finishObject(draft);
  // Without a message of its own the whole line is that.
  if (restFrom >= 0 && roles.has(ROLE.MESSAGE)) draft.rest(restFrom, to - 1);
  return true;
}

function finishObject(draft: Draft): void {
  roles.finish(draft);
  draft.messageIsTail = false;
  if (roles.has(ROLE.MESSAGE)) trimNewlines(draft);
}

/** Add the members of the object [start, end) as fields of a text line; no member has a role there. */
export function addMembers(draft: Draft, start: number, end: number): boolean {
  const { columns } = draft;
  const fieldCount = columns.fieldCount;
  takesRoles = false;
  restFrom = -1;
  const isWhole = scanObject(draft, start + 1, end, -1, 0) === end;
  takesRoles = true;
  if (!isWhole) columns.fieldCount = fieldCount;
  else if (restFrom >= 0) draft.rest(restFrom, end - 1);
  return isWhole;
}

/** Whether keys may be taken for their roles. */
let takesRoles = true;
/** Where the first member begins for which the entry, or the table of keys, has no room; -1: there is none. */
let restFrom = -1;

/** Scan the members behind an opening brace. Returns the position behind the closing one, or -1. */
function scanObject(
  draft: Draft,
  from: number,
  end: number,
  parent: number,
  depth: number,
): number {
  const { keys } = draft;
  const { ids, roles: rolesOf } = keys;
  let bytes: Uint8Array = draft.bytes;
  let { view } = draft;
  let position = skipSpace(bytes, from, end);
  if (bytes[position] === BRACE_CLOSE && position < end) return position + 1;
  for (;;) {
    if (bytes[position] !== QUOTE || position >= end) return -1;
    const keyStart = position + 1;
    let entry = keys.findQuoted(draft, keyStart, end, parent);
    if (entry === -2) {
      position = stringEnd(bytes, view, keyStart, end);
      if (position < 0) return -1;
      entry = findEscaped(draft, keyStart, position, parent);
      ({ bytes, view } = draft);
    } else {
      position = closingQuote;
    }
    position += 1;
    if (bytes[position] !== COLON) {
      position = skipSpace(bytes, position, end);
      if (bytes[position] !== COLON) return -1;
    }
    position += 1;
    if (bytes[position]! <= 32) position = skipSpace(bytes, position, end);
    if (position >= end) return -1;

    const first = bytes[position]!;
    const valueStart = position;
    let start = position;
    let stop = position;
    let kind: number = FIELD.STRING;
    if (first === QUOTE) {
      start += 1;
      stop = stringStop(bytes, view, start, end);
      position = stop + 1;
      if (bytes[stop] === BACKSLASH) {
        stop = stringEnd(bytes, view, stop, end);
        if (stop < 0) return -1;
        position = stop + 1;
        start = unescapeJson(draft, start, stop);
        stop = draft.columns.bytesLength;
        ({ bytes, view } = draft);
      }
      if (position > end) return -1;
    } else if (first === BRACE_OPEN && depth < DEPTH_MAX && entry >= 0) {
      position = scanObject(draft, position + 1, end, entry, depth + 1);
      if (position < 0) return -1;
      ({ bytes, view } = draft);
      kind = -1;
    } else {
      kind = otherKind(first);
      position =
        kind === FIELD.JSON
          ? skipNested(bytes, view, position, end)
          : kind === FIELD.NUMBER
            ? numberEnd(bytes, position)
            : wordEnd(view, position);
      if (kind < 0 || position < 0 || position > end) return -1;
      stop = position;
    }
    if (kind >= 0 && entry >= 0) {
      const role = rolesOf[entry]!;
      if (values.isKept) keepValue(valueStart, position, ids[entry]!, role);
      if (role === 0 || !takesRole(draft, role, ids[entry]!, start, stop, kind)) {
        if (!draft.field(ids[entry]!, start, stop, kind) && restFrom < 0) restFrom = keyStart - 1;
      }
    } else if (entry < 0) {
      // A shape would take the value for a part of its text.
      if (values.isKept) keepNoValue();
      if (restFrom < 0) restFrom = keyStart - 1;
    }

    if (bytes[position]! <= 32) position = skipSpace(bytes, position, end);
    const sign = bytes[position]!;
    position += 1;
    if (sign === BRACE_CLOSE) return position <= end ? position : -1;
    if (sign !== COMMA) return -1;
    if (bytes[position]! <= 32) position = skipSpace(bytes, position, end);
  }
}

/** The entry of a key with escapes, as Python and PHP write letters beyond ASCII: of the name that they say. */
function findEscaped(draft: Draft, start: number, end: number, parent: number): number {
  const made = unescapeJson(draft, start, end);
  const entry = draft.keys.find(draft, made, draft.columns.bytesLength, parent);
  draft.made(made);
  return entry;
}

function takesRole(
  draft: Draft,
  role: number,
  id: number,
  start: number,
  stop: number,
  kind: number,
): boolean {
  return takesRoles && roles.take(draft, role, id, start, stop, kind);
}

function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position]! <= 32) position += 1;
  return position;
}

function otherKind(first: number): number {
  if (isDigit(first) || first === DASH) return FIELD.NUMBER;
  if (first === BRACKET_OPEN || first === BRACE_OPEN) return FIELD.JSON;
  if (first === 116 || first === 102) return FIELD.BOOLEAN;
  return first === 110 ? FIELD.NULL : -1;
}

/** End of the array or object that begins at `at`, whatever is inside; -1 where it does not close. */
function skipNested(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  let depth = 0;
  let position = at;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte === QUOTE) {
      position = stringEnd(bytes, view, position + 1, end);
      if (position < 0) return -1;
    } else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
      depth += 1;
    } else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) {
      depth -= 1;
      if (depth === 0) return position + 1;
    }
    position += 1;
  }
  return -1;
}

function trimNewlines(draft: Draft): void {
  while (
    draft.messageEnd > draft.messageStart &&
    (draft.bytes[draft.messageEnd - 1] === NEWLINE || draft.bytes[draft.messageEnd - 1] === 13)
  ) {
    draft.messageEnd -= 1;
  }
}
