/**
 * One line of the list: level, time, source, message with its hits marked, and the fields it does not show already.
 *
 * @typedef {import('./api.js').EntryRecord} EntryRecord
 * @typedef {import('./api.js').Hit} Hit
 */
import { element, icon, marked, visible } from './elements.js';
import { clockText } from './time.js';

/** Characters of one line in the list; the whole is in the unfolded entry. */
const LINE_CHARACTERS_MAX = 500;

/** @param {{ record: EntryRecord, hits: Hit[], number?: number, details?: HTMLElement | null }} item */
export function rowOf({ record, hits, number, details }) {
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
    element(
      'span',
      { class: 'message', role: 'gridcell' },
      ...marked(line.slice(0, LINE_CHARACTERS_MAX), hits),
      element('span', { class: 'fields' }, fieldsText(record)),
    ),
  );
  return row;
}

/** @param {string} name @param {string} text */
function cell(name, text) {
  return element('span', { class: name, role: 'gridcell' }, text);
}

/** Fields as `key=value`, without those that the message shows just so. @param {EntryRecord} record */
function fieldsText(record) {
  const shown = Object.entries(record.metadata)
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
