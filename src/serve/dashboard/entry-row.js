/**
 * One line of the list: level, time, source, the fields that are columns, message with its hits marked, and the fields it
 * does not show already.
 *
 * @typedef {import('./api.js').EntryRecord} EntryRecord
 * @typedef {import('./api.js').Hit} Hit
 */
import { element, icon, marked, visible } from './elements.js';
import { clockText } from './time.js';

/** Characters of one line in the list; the whole is in the unfolded entry. */
const LINE_CHARACTERS_MAX = 500;
/** The same where lines are wrapped: a screen of text, however long the line is. */
const WRAPPED_CHARACTERS_MAX = 2_000;

/** @type {import('./list-look.js').Look} */
const PLAIN = { isWrapped: false, columns: [] };

/**
 * @param {{ record: EntryRecord, hits: Hit[], number?: number, details?: HTMLElement | null }} item
 * @param {import('./list-look.js').Look} [look]
 */
export function rowOf({ record, hits, number, details }, { isWrapped, columns } = PLAIN) {
  const charactersMax = isWrapped ? WRAPPED_CHARACTERS_MAX : LINE_CHARACTERS_MAX;
  const [line = ''] = record.message.split('\n', 1);
  const level = record.level ?? '';
  const row = element('div', {
    class: `row level-${level === '' ? 'none' : level}`,
    role: 'row',
    ...(number === undefined
      ? {}
      : { id: `entry-${number}`, 'aria-expanded': String((details ?? null) !== null) }),
  });
  const symbol = element('span', { class: 'symbol', role: 'gridcell' });
  if (/^(FATAL|ERROR|WARN)$/.test(level)) symbol.append(icon(level));
  row.append(
    symbol,
    cell('time', clockText(new Date(record.timestamp))),
    cell('level', level),
    cell('source', visible(record.source)),
    ...(columns.length === 0 ? [] : [columnsOf(record, columns)]),
    element(
      'span',
      { class: 'message', role: 'gridcell' },
      ...marked(line.slice(0, charactersMax), hits),
      line.length > charactersMax ? '…' : '',
      element('span', { class: 'fields' }, fieldsText(record, columns)),
    ),
  );
  return row;
}

/** @param {string} name @param {string} text */
function cell(name, text) {
  return element('span', { class: name, role: 'gridcell' }, text);
}

/** Values in the order of the columns; where there is no room for heads, each says its name. @param {EntryRecord} record @param {readonly string[]} columns */
function columnsOf(record, columns) {
  const cells = columns.map((name) => {
    const text = visible(columnText(record, name).slice(0, LINE_CHARACTERS_MAX));
    return element('span', { role: 'gridcell', 'data-name': visible(name) }, text);
  });
  return element('span', { class: 'picked', role: 'presentation' }, ...cells);
}

/** The names over the columns. @param {readonly string[]} columns */
export function columnHeads(columns) {
  const heads = columns.map((name) => element('span', { role: 'columnheader' }, visible(name)));
  return element('span', { class: 'picked', role: 'presentation' }, ...heads);
}

/** @param {EntryRecord} record @param {string} name */
function columnText(record, name) {
  if (Object.hasOwn(record.metadata, name)) {
    const value = record.metadata[name];
    return typeof value === 'string' ? value : JSON.stringify(value);
  }
  return name === 'tag' ? record.tags.join(' ') : name === 'file' ? record.file : '';
}

/**
 * Fields as `key=value`, without those that the message or a column shows.
 * @param {EntryRecord} record
 * @param {readonly string[]} columns
 */
function fieldsText(record, columns) {
  const shown = Object.entries(record.metadata)
    .filter(([key]) => !columns.includes(key))
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .filter((text) => !record.message.includes(text));
  return visible(
    shown
      .map((text) => ` ${text}`)
      .join('')
      .slice(0, LINE_CHARACTERS_MAX),
  );
}

/** @param {unknown} value */
function valueText(value) {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
