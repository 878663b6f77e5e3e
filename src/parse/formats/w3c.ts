/**
 * Tables with a header in the file: W3C extended logs (IIS, CloudFront, …), Zeek's, Exchange's, and the flow logs of AWS.
 *
 * `#Fields:` (or Zeek's `#fields`) names the columns of the lines behind it and may change in mid-file. Columns are
 * divided by tabs if the line has any, else by blanks, and may be quoted. The message is the request, from method to
 * query, where the columns adjoin; else the line. Exchange divides by commas. Flow logs begin with a line of names without a sign, or, where they
 * were taken from CloudWatch, have the usual columns and no such line.
 */
import {
  COLON,
  COMMA,
  DASH,
  digitsEnd,
  findText,
  HASH,
  isDigit,
  QUOTE,
  SPACE,
  startsWith,
  TAB,
} from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { Format } from '../format.ts';
import type { Layout, TableHeader } from '../layout.ts';
import { deriveSeverity } from '../role-taker.ts';

/** Columns of one table. CloudFront has 33, Incapsula 44. */
const COLUMNS_MAX = 128;

/** What columns are called elsewhere. A map, for a column may be called `constructor`. */
const COMMON_NAMES: ReadonlyMap<string, string> = new Map([
  ['c-ip', 'client'],
  ['cs-method', 'method'],
  ['cs-uri-stem', 'path'],
  ['cs-uri-query', 'query'],
  ['sc-status', 'status'],
  ['sc-bytes', 'bytes'],
  ['time-taken', 'duration_ms'],
  ['cs(User-Agent)', 'user_agent'],
  ['cs(Referer)', 'referer'],
  ['cs(Referrer)', 'referer'],
  ['cs-username', 'user'],
  ['cs-host', 'host'],
  ['cs-version', 'protocol'],
]);

/** Exchange's columns with the time. */
const EXCHANGE_TIMES: ReadonlySet<string> = new Set(['date-time', 'DateTime']);

const HEADERS = [
  '#Fields:',
  '#Software:',
  '#Version:',
  '#Date:',
  '#Start-Date:',
  '#End-Date:',
  '#Remark:',
];
const ZEEK_HEADERS = [
  '#fields\t',
  '#types\t',
  '#separator',
  '#set_separator',
  '#empty_field',
  '#unset_field',
  '#path',
  '#open',
  '#close',
];

/** The format of one file, whose layout remembers the columns named last. */
export function w3cFormat(layout: Layout): Format {
  return {
    name: 'w3c',
    about: 'Tables whose columns a #Fields line names (IIS, CloudFront, Zeek)',
    parse(draft: Draft, start: number, end: number): boolean {
      if (draft.bytes[start] === HASH) {
        if (!isHeaderLine(draft.bytes, start, end)) return false;
        layout.header = readHeader(draft, start, end) ?? layout.header;
        return true;
      }
      if (isFlowHeader(draft.bytes, start, end)) {
        layout.header = tableHeader(draft, draft.bytes.toString('latin1', start, end).split(' '));
        return true;
      }
      if (layout.header === null && isFlow(draft.bytes, start, end)) {
        layout.header = tableHeader(draft, FLOW_COLUMNS.split(' '));
      }
      return layout.header !== null && parseRow(draft, layout.header, start, end);
    },
  };
}

function isHeaderLine(bytes: Uint8Array, start: number, end: number): boolean {
  const names = bytes[start + 1]! < 97 ? HEADERS : ZEEK_HEADERS;
  return end > start + 4 && names.some((name) => startsWith(bytes, start, name));
}

/** Whether the line names the columns of a flow log: `version account-id interface-id srcaddr dstaddr …`, in any order. */
function isFlowHeader(bytes: Uint8Array, start: number, end: number): boolean {
  for (let position = start; position < end; position += 1) {
    const byte = bytes[position]!;
    const isSmall = byte >= 97 && byte <= 122;
    // Each name begins with a letter; a text soon has something else.
    if (!isSmall && (position === start || bytes[position - 1] === SPACE)) return false;
    if (!isSmall && byte !== DASH && byte !== SPACE && !isDigit(byte)) return false;
  }
  return (
    findText(bytes, ' srcaddr ', start, end) >= 0 && findText(bytes, 'dstaddr', start, end) >= 0
  );
}

/** What AWS writes where no columns are chosen. */
const FLOW_COLUMNS =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
const ACCOUNT_DIGITS = 12;
const FLOW_START = 'start';

/** Whether version, account and network interface stand at `start`: `2 123456789012 eni-0a1b2c3d `. */
function isFlow(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isDigit(bytes[start]!) || bytes[start + 1] !== SPACE) return false;
  const accountEnd = digitsEnd(bytes, start + 2, end);
  return accountEnd === start + 2 + ACCOUNT_DIGITS && startsWith(bytes, accountEnd, ' eni-');
}

function readHeader(draft: Draft, start: number, end: number): TableHeader | null {
  const text = draft.bytes.toString('utf8', start, end);
  const isZeek = text.startsWith('#fields\t');
  if (!isZeek && !text.startsWith('#Fields:')) return null;
  const rest = text.slice(8).trim();
  if (rest.includes(',') && !rest.includes(' ')) return tableHeader(draft, rest.split(','), COMMA);
  return tableHeader(draft, rest.split(isZeek ? '\t' : /\s+/));
}

function tableHeader(draft: Draft, columns: readonly string[], divider = 0): TableHeader {
  const names = columns.filter((name) => name !== '').slice(0, COLUMNS_MAX);
  const keyIds = Int32Array.from(names, (name) => keyIdOf(draft, COMMON_NAMES.get(name) ?? name));
  return { keyIds, names, divider };
}

function keyIdOf(draft: Draft, name: string): number {
  const at = draft.reserve(name.length * 3);
  const end = at + draft.bytes.write(name, at, 'utf8');
  const entry = draft.keys.find(draft, at, end, -1);
  return entry < 0 ? -1 : draft.keys.ids[entry]!;
}

const cellStart = new Int32Array(COLUMNS_MAX);
const cellEnd = new Int32Array(COLUMNS_MAX);

/** Split a line into cells; returns how many, or -1 for more than there are columns. */
function splitCells(
  bytes: Uint8Array,
  start: number,
  end: number,
  { names, divider: named }: TableHeader,
): number {
  const countMax = names.length;
  let isTabbed = false;
  for (let position = start; position < end && !isTabbed; position += 1)
    isTabbed = bytes[position] === TAB;
  const divider = named === 0 ? (isTabbed ? TAB : SPACE) : named;
  let count = 0;
  let position = start;
  while (position <= end) {
    if (count === countMax) return position >= end ? count : -1;
    if (bytes[position] === QUOTE && !isTabbed && position < end) {
      let close = position + 1;
      while (close < end && (bytes[close] !== QUOTE || (named !== 0 && bytes[close + 1] === QUOTE)))
        close += bytes[close] === QUOTE ? 2 : 1;
      cellStart[count] = position + 1;
      cellEnd[count] = close;
      position = close + 2;
    } else {
      const from = position;
      while (position < end && bytes[position] !== divider) position += 1;
      cellStart[count] = from;
      cellEnd[count] = position;
      position += 1;
    }
    count += 1;
  }
  return count;
}

function parseRow(draft: Draft, header: TableHeader, start: number, end: number): boolean {
  const { bytes, stamps } = draft;
  const { keyIds, names } = header;
  const count = splitCells(bytes, start, end, header);
  if (count !== names.length) return false;
  let methodCell = -1;
  let lastRequestCell = -1;
  for (let cell = 0; cell < count; cell += 1) {
    const from = cellStart[cell]!;
    const to = cellEnd[cell]!;
    const name = names[cell]!;
    if (name === 'date' && names[cell + 1] === 'time') {
      if (!readDateAndTime(draft, cell)) return false;
      continue;
    }
    if (name === 'time' && names[cell - 1] === 'date') continue;
    const isTime = name === 'ts' || (name === FLOW_START && names.includes('srcaddr'));
    if ((isTime || EXCHANGE_TIMES.has(name)) && stamps.read(bytes, from, to) === to) {
      draft.takeStamp();
      continue;
    }
    if (name === 'cs-method') methodCell = cell;
    if (name === 'cs-uri-stem' || name === 'cs-uri-query') lastRequestCell = cell;
    if (to === from || (to === from + 1 && bytes[from] === DASH) || keyIds[cell]! < 0) continue;
    if (name === 'sc-status') deriveSeverity(draft, from, to);
    draft.field(keyIds[cell]!, from, to, kindOf(bytes, from, to));
  }
  if (methodCell >= 0 && lastRequestCell > methodCell && lastRequestCell - methodCell <= 2) {
    const isEmptyQuery =
      bytes[cellStart[lastRequestCell]!] === DASH &&
      cellEnd[lastRequestCell] === cellStart[lastRequestCell]! + 1;
    draft.messageStart = cellStart[methodCell]!;
    draft.messageEnd = cellEnd[isEmptyQuery ? lastRequestCell - 1 : lastRequestCell]!;
    draft.messageIsTail = false;
  }
  return true;
}

/** Stamp of the cells `date` and `time`, which may be quoted and are then made one text. */
function readDateAndTime(draft: Draft, cell: number): boolean {
  const dateStart = cellStart[cell]!;
  const dateEnd = cellEnd[cell]!;
  const timeStart = cellStart[cell + 1]!;
  const timeEnd = cellEnd[cell + 1]!;
  if (timeEnd - timeStart < 5 || draft.bytes[timeStart + 2] !== COLON) return false;
  if (draft.readStamp(dateStart, timeEnd) === timeEnd) return true;
  const length = dateEnd - dateStart + 1 + timeEnd - timeStart;
  const made = draft.reserve(length);
  const { bytes } = draft;
  bytes.copyWithin(made, dateStart, dateEnd);
  bytes[made + dateEnd - dateStart] = SPACE;
  bytes.copyWithin(made + dateEnd - dateStart + 1, timeStart, timeEnd);
  // Only read, not kept.
  return draft.readStamp(made, made + length) === made + length;
}
