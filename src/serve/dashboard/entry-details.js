/**
 * An unfolded entry: the whole message, its fields with ways to narrow the search, where it came from.
 *
 * @typedef {import('./api.js').EntryRecord} EntryRecord
 * @typedef {import('./api.js').Hit} Hit
 */
import { element, marked, visible } from './elements.js';

/**
 * @param {{ record: EntryRecord, hits: Hit[] }} item
 * @param {(term: string) => void} onNarrow
 */
export function detailsOf({ record, hits }, onNarrow) {
  const message = element('pre', { class: 'whole' });
  let at = 0;
  for (const line of record.message.split('\n')) {
    const start = at;
    const inLine = hits
      .filter((hit) => hit.end > start && hit.start < start + line.length)
      .map((hit) => ({ start: Math.max(0, hit.start - start), end: hit.end - start }));
    message.append(...marked(line, inLine), '\n');
    at += line.length + 1;
  }
  const fields = element('dl', { class: 'field-list' });
  const rows = [
    ...(record.level === null
      ? []
      : [{ key: 'level', value: record.level, term: `level:${record.level.toLowerCase()}` }]),
    { key: 'source', value: record.source, term: `source:${quoted(record.source)}` },
    ...record.tags.map((tag) => ({ key: 'tag', value: tag, term: `tag:${quoted(tag)}` })),
    ...Object.entries(record.metadata).map(([key, value]) => ({
      key,
      value: typeof value === 'string' ? value : JSON.stringify(value),
      term: `${quoted(key)}:=${quoted(typeof value === 'string' ? value : JSON.stringify(value))}`,
    })),
  ];
  for (const { key, value, term } of rows) {
    fields.append(
      element(
        'div',
        {},
        element('dt', {}, visible(key)),
        element('dd', {}, visible(value)),
        narrowing('+', {
          label: `Only entries with ${key} ${value}`,
          onClick: () => onNarrow(term),
        }),
        narrowing('−', {
          label: `Without entries with ${key} ${value}`,
          onClick: () => onNarrow(`-${term}`),
        }),
      ),
    );
  }
  const copy = element('button', { type: 'button' }, 'Copy entry');
  copyOnClick(copy, () => record.message);
  const json = element('button', { type: 'button' }, 'Copy as JSON');
  copyOnClick(json, () => JSON.stringify(record, null, 2));
  const origin = `${record.timestamp} in ${record.file === '' ? 'no file' : record.file}, from byte ${record.offset.toLocaleString('en-US')}`;
  return element(
    'div',
    { class: `details level-${record.level ?? 'none'}`, role: 'row' },
    element(
      'div',
      { role: 'gridcell' },
      message,
      element('p', { class: 'actions' }, copy, json),
      fields,
      element('p', { class: 'origin' }, visible(origin)),
    ),
  );
}

/** @param {string} text @param {{ label: string, onClick: () => void }} options */
function narrowing(text, { label, onClick }) {
  const button = element(
    'button',
    { type: 'button', class: 'narrow', 'aria-label': visible(label) },
    text,
  );
  button.addEventListener('click', onClick);
  return button;
}

/** A text as the query language reads it, whatever is in it. @param {string} text */
function quoted(text) {
  return /^\w[\w.-]*$/.test(text) ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/**
 * The button says what became of it: a browser may refuse.
 * @param {HTMLElement} button
 * @param {() => string} textOf
 */
function copyOnClick(button, textOf) {
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(textOf()).then(
      () => {
        button.textContent = 'Copied';
      },
      () => {
        button.textContent = 'The browser refused';
      },
    );
  });
}
