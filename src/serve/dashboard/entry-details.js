/**
 * An unfolded entry: the whole message or its JSON, what can be done with it, its fields with ways to narrow the search,
 * the lines around it in its file, and where it came from.
 *
 * @typedef {import('./results.js').Item} Item
 * @typedef {{ narrow: (term: string) => void, searchFor: (query: string) => void,
 *   countOf: (term: string) => number | null }} Actions
 */
import { linkTo } from './address.js';
import { copying } from './copying.js';
import { button, element, formatCount, marked, visible } from './elements.js';
import { EntryContext } from './entry-context.js';
import { ruleLike } from './rule-like.js';
import { fieldTerm, termOf } from './terms.js';

/** Names under which programs write what belongs to one request. */
const TRACES = [
  'trace',
  'trace_id',
  'traceId',
  'traceid',
  'request_id',
  'requestId',
  'correlation_id',
];

/** More of a field have the width of the entry. */
const FIELD_CHARACTERS_MAX = 300;

/** @param {Item} item @param {Actions} actions */
export function detailsOf(item, actions) {
  const { record, id } = item;
  const text = element('pre', { class: 'whole', tabindex: '0', 'aria-label': 'The whole entry' });
  let isJson = false;
  const show = () => {
    if (isJson) text.replaceChildren(...prettyLines(record));
    else text.replaceChildren(...messageLines(item));
  };
  show();
  const link = new URL(linkTo({ view: 'search', q: '', since: '', until: '', id }), location.href)
    .href;
  const json = button(
    'JSON',
    () => {
      isJson = !isJson;
      json.setAttribute('aria-pressed', String(isJson));
      show();
    },
    { key: 'v' },
  );
  json.setAttribute('aria-pressed', 'false');
  const trace = TRACES.find((name) => typeof record.metadata[name] === 'string');
  const actionList = element(
    'p',
    { class: 'actions' },
    copying('Copy permalink', link, { class: 'primary', key: 'y', symbol: 'link' }),
    copying('Copy line', record.message, { key: 'c', symbol: 'copy' }),
    copying('Copy JSON', JSON.stringify(record, null, 2), {}),
    json,
  );
  if (trace !== undefined) {
    const term = fieldTerm(trace, String(record.metadata[trace]));
    actionList.append(
      button('Same trace, all sources', () => actions.searchFor(term), { key: 'r' }),
    );
  }
  const rule = ruleLike(id);
  if (id !== '') actionList.append(rule.opener);
  const context = new EntryContext(id, record.file);
  return element(
    'div',
    { class: `details level-${record.level ?? 'none'}`, role: 'row', 'aria-level': '2' },
    element(
      'div',
      { role: 'gridcell' },
      text,
      actionList,
      rule.box,
      fieldsOf(item, actions),
      context.box,
      element('p', { class: 'origin' }, visible(originOf(record))),
    ),
  );
}

/** @param {import('./api.js').EntryRecord} record */
function originOf({ timestamp, file, offset }) {
  return file === ''
    ? `${timestamp}, from no file`
    : `${timestamp} in ${file}, from byte ${formatCount(offset)}. Stays reachable after rotation.`;
}

/** @param {Item} item */
function messageLines({ record, hits }) {
  const parts = [];
  let at = 0;
  for (const line of record.message.split('\n')) {
    const start = at;
    const inLine = hits
      .filter((hit) => hit.end > start && hit.start < start + line.length)
      .map((hit) => ({ start: Math.max(0, hit.start - start), end: hit.end - start }));
    parts.push(...marked(line, inLine), '\n');
    at += line.length + 1;
  }
  return parts;
}

/** The record with what is JSON inside of its texts unfolded too. @param {import('./api.js').EntryRecord} record */
function prettyLines(record) {
  const unfolded = JSON.stringify(record, (_, value) => parsed(value), 2);
  return unfolded.split('\n').map((line) => `${visible(line)}\n`);
}

/** @param {unknown} value */
function parsed(value) {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A stack, as many programs write it into a field, or what is long, as the message is shown. @param {string} key @param {string} value */
function partsOfValue(key, value) {
  if (value.length <= FIELD_CHARACTERS_MAX && !value.includes('\n')) return visible(value);
  const lines = value.split('\n').map((line) => `${visible(line)}\n`);
  return element('pre', { class: 'whole', tabindex: '0', 'aria-label': visible(key) }, ...lines);
}

/** @param {Item} item @param {Actions} actions */
function fieldsOf({ record }, actions) {
  const list = element('dl', { class: 'field-list' });
  const own = [
    ...(record.level === null ? [] : [['level', record.level]]),
    ['source', record.source],
    ...record.tags.map((tag) => ['tag', tag]),
  ];
  const fields = Object.entries(record.metadata).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const rows = [
    ...own.map(([key = '', value = '']) => ({ key, value, term: termOf(key, value) })),
    ...fields.map(([key = '', value = '']) => ({ key, value, term: fieldTerm(key, value) })),
  ];
  for (const { key, value, term } of rows) {
    const count = actions.countOf(term);
    list.append(
      element(
        'div',
        {},
        element('dt', {}, visible(key)),
        element('dd', {}, partsOfValue(key, value)),
        element('dd', { class: 'number' }, count === null ? '' : formatCount(count)),
        element(
          'dd',
          { class: 'narrow' },
          button('+', () => actions.narrow(term), { label: `Only entries with ${key} ${value}` }),
          button('−', () => actions.narrow(`-${term}`), {
            label: `Without entries with ${key} ${value}`,
          }),
        ),
      ),
    );
  }
  return list;
}
