/** Is this time worse than usual: the report of any range, made now, and as a file to keep or send. */
import { linkTo } from './address.js';
import { addressOf, ask, isCalledOff } from './api.js';
import {
  button,
  card,
  chipsOf,
  counted,
  element,
  formatCount,
  levelChip,
  tableOf,
  visible,
} from './elements.js';
import { keepShown, verdictOf } from './page-view.js';
import { termOf } from './terms.js';
import { lengthText, timezone, whenText } from './time.js';

/** @typedef {{ pattern: string, level: string | null, source: string, count: number, example: string }} Pattern */

const RANGES = [
  ['24h', '', 'Last 24 h'],
  ['yesterday', 'today', 'Yesterday'],
  ['today', '', 'Today'],
  ['7d', '', 'Last 7 days'],
];

const ALL_TIMES = { since: '', until: '' };

/** @param {HTMLElement} page */
export function openReports(page) {
  let chosen = 0;
  const body = element('div');
  const choices = element('p', {
    class: 'line',
    role: 'group',
    'aria-label': 'Time of the report',
  });
  const view = keepShown(body, make);
  page.append(choices, body);
  showChoices();

  function showChoices() {
    const range = rangeOf();
    choices.replaceChildren(
      ...RANGES.map(([, , name = ''], index) => {
        const choice = button(name, () => {
          chosen = index;
          showChoices();
          body.classList.add('waiting');
          void view.refresh();
        });
        choice.setAttribute('aria-pressed', String(index === chosen));
        return choice;
      }),
      element('span', { class: 'end' }, 'As a file: '),
      ...['html', 'text', 'md', 'json'].map((format) =>
        element(
          'a',
          {
            href: addressOf('/api/report', { ...range, format }),
            target: '_blank',
            rel: 'noopener',
          },
          format,
        ),
      ),
    );
  }
  function rangeOf() {
    const [since = '', until = ''] = RANGES[chosen] ?? [];
    return { since, until, tz: timezone };
  }
  async function make() {
    try {
      const report = await ask('/api/report', { ...rangeOf(), format: 'json' });
      body.classList.remove('waiting');
      return partsOf(report);
    } catch (error) {
      // What is shown is all there is; one that was called off leaves that to the newer one.
      if (!isCalledOff(error)) body.classList.remove('waiting');
      throw error;
    }
  }
  return view.stop;
}

/** @param {any} report */
function partsOf(report) {
  const period =
    report.from === null
      ? 'no entries'
      : `${whenText(report.from)} to ${whenText(report.until)} on ${report.host}`;
  const { news } = report;
  const range = entriesOf(report);
  return [
    ...verdictOf(
      report.verdict.title,
      visible(`${period} · ${counted(report.total, 'entry', 'entries')}`),
    ),
    element(
      'ul',
      { class: 'lead' },
      ...report.verdict.lead.map((/** @type {string} */ text) => element('li', {}, visible(text))),
    ),
    ...patternCard('New', 'not seen before', { patterns: news?.new, range }),
    ...patternCard('Stopped', 'no longer there', { patterns: news?.stopped, range: ALL_TIMES }),
    ...movedCard(news?.moved ?? []),
    ...incidentCard(report.incidents, report.incidentCounts),
    ...patternCard('Most frequent errors', '', { patterns: report.topErrors, range }),
    ...sourceCard(report.sources),
    ...patternCard('Most frequent messages', '', { patterns: report.topMessages, range }),
  ];
}

/** Of the first of its entries, and just behind the last. @param {{ from: string | null, until: string | null }} report */
function entriesOf({ from, until }) {
  if (from === null || until === null) return ALL_TIMES;
  return { since: from, until: new Date(Date.parse(until) + 1).toISOString() };
}

/** @param {string} title @param {string} note @param {{ patterns: Pattern[] | undefined, range: typeof ALL_TIMES }} listed */
function patternCard(title, note, { patterns, range }) {
  if (patterns === undefined || patterns.length === 0) return [];
  const columns = [
    { name: 'Level' },
    { name: 'Entries', number: true },
    { name: 'Pattern' },
    { name: 'Source' },
  ];
  const rows = patterns.map(({ pattern, level, source, count, example }) => [
    levelChip(level ?? 'none'),
    element('b', {}, formatCount(count)),
    [
      element('code', {}, ...chipsOf(pattern)),
      element(
        'small',
        {},
        element('code', {}, visible(example.split('\n', 1)[0]?.slice(0, 300) ?? '')),
      ),
    ],
    element(
      'a',
      { href: linkTo({ view: 'search', q: termOf('source', source), ...range }) },
      visible(source),
    ),
  ]);
  return [card(title, note, tableOf(columns, rows))];
}

/** @param {{ pattern: string, level: string | null, source: string, count: number, before: number, factor: number }[]} moved */
function movedCard(moved) {
  if (moved.length === 0) return [];
  const columns = [
    { name: 'Level' },
    { name: 'Change', number: true },
    { name: 'Before', number: true },
    { name: 'Now', number: true },
    { name: 'Pattern' },
    { name: 'Source' },
  ];
  const rows = moved.map(({ pattern, level, source, count, before, factor }) => [
    levelChip(level ?? 'none'),
    factor >= 1 ? `${factor.toPrecision(2)} × as many` : `${(1 / factor).toPrecision(2)} × fewer`,
    formatCount(before),
    formatCount(count),
    element('code', {}, ...chipsOf(pattern)),
    visible(source),
  ]);
  return [card('Rose and fell', 'beside the day before', tableOf(columns, rows))];
}

/**
 * @param {{ rule: string, severity: string, group: Record<string, string>, opened: string, resolved: string | null, count: number, notified: number }[]} incidents
 * @param {{ total: number }} counts with those that are not listed
 */
function incidentCard(incidents, { total }) {
  if (incidents.length === 0) return [];
  const columns = [
    { name: 'Rule' },
    { name: 'Severity' },
    { name: 'Opened', number: true },
    { name: 'For', number: true },
    { name: 'Matches', number: true },
    { name: 'Told', number: true },
  ];
  const rows = incidents.map(({ rule, severity, group, opened, resolved, count, notified }) => [
    [element('b', {}, visible(rule)), element('small', {}, visible(groupText(group)))],
    severity,
    whenText(opened),
    resolved === null ? 'still open' : lengthText(Date.parse(resolved) - Date.parse(opened)),
    formatCount(count),
    formatCount(notified),
  ]);
  const more = total - incidents.length;
  const notListed = more > 0 ? `, ${formatCount(more)} of them are not listed` : '';
  return [card('Incidents', `${counted(total, 'incident')}${notListed}`, tableOf(columns, rows))];
}

/** @param {Record<string, string>} group */
function groupText(group) {
  return Object.entries(group)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/** @param {{ name: string, total: number, levels: Record<string, number> }[]} sources */
function sourceCard(sources) {
  if (sources.length === 0) return [];
  const columns = [
    { name: 'Source' },
    { name: 'Entries', number: true },
    { name: 'Errors', number: true },
    { name: 'Warnings', number: true },
  ];
  const rows = sources
    .slice(0, 50)
    .map(({ name, total, levels }) => [
      visible(name),
      formatCount(total),
      formatCount((levels.ERROR ?? 0) + (levels.FATAL ?? 0)),
      formatCount(levels.WARN ?? 0),
    ]);
  return [card('Sources', 'worst first', tableOf(columns, rows))];
}
