/** What kinds of lines there are: messages of one shape, how many, and whether they are new or more than before. */
import { asked, linkTo } from './address.js';
import { ask } from './api.js';
import { chipsOf, counted, element, formatCount, levelChip, tableOf, visible } from './elements.js';
import { keepShown, verdictOf } from './page-view.js';
import { rangeName } from './range-panel.js';
import { filterOf } from './terms.js';
import { lengthText, timezone } from './time.js';

const PATTERNS_SHOWN = 100;
/** Looked through for what was there before. */
const BEFORE_MAX = 1_000;
/** From here on it is worth a word that a pattern became more. */
const FACTOR_MIN = 2;
/** The query language takes a thousand. */
const SOURCE_CHARACTERS_MAX = 900;

/** @typedef {{ pattern: string, count: number, share: number, level: string, example: string }} Pattern */
/** @typedef {{ counts: Map<string, number>, othersMax: number }} Before `othersMax`: of one that is not among those looked through; 0: there is none */

/** @param {HTMLElement} page */
export function openPatterns(page) {
  return keepShown(page, make).stop;
}

async function make() {
  const question = { q: filterOf(asked.q), since: asked.since, until: asked.until, tz: timezone };
  /** @type {{ patterns: Pattern[], elapsedMs: number }} */
  const answer = await ask('/api/patterns', { ...question, limit: PATTERNS_SHOWN });
  const before = await countsBefore(question);
  const { patterns } = answer;
  const total = patterns.reduce((sum, { count }) => sum + count, 0);
  const verdict =
    patterns.length === 0
      ? 'No entry matches'
      : `${counted(patterns.length, 'pattern')} ${patterns.length === 1 ? 'explains' : 'explain'} ${counted(total, 'entry', 'entries')}${newsOf(patterns, before)}`;
  const query = question.q === '' ? 'all entries' : question.q;
  const sub = [
    element('code', {}, visible(query)),
    ` · ${rangeName()} · ${lengthText(answer.elapsedMs)} · `,
    element('a', { href: linkTo({ view: 'search' }) }, 'Change the query'),
  ];
  if (patterns.length === 0) return verdictOf(verdict, ...sub);
  const columns = [
    // Of all that are counted beside it, which may have several.
    { name: 'Worst level' },
    { name: 'Entries', number: true },
    { name: 'Share', number: true },
    { name: 'Pattern' },
    ...(before === null ? [] : [{ name: 'Compared with before' }]),
    { name: 'Actions', hidden: true },
  ];
  const rows = patterns.map((pattern) => [
    levelChip(pattern.level),
    element('b', {}, formatCount(pattern.count)),
    `${(pattern.share * 100).toFixed(pattern.share < 0.1 ? 2 : 1)} %`,
    [
      element('code', { class: 'pattern' }, ...chipsOf(pattern.pattern)),
      element(
        'small',
        {},
        element('code', {}, visible(pattern.example.split('\n', 1)[0]?.slice(0, 300) ?? '')),
      ),
    ],
    ...(before === null ? [] : [comparison(pattern, before)]),
    actionsOf(pattern),
  ]);
  return [
    ...verdictOf(verdict, ...sub),
    element('section', { class: 'card worst-level' }, tableOf(columns, rows)),
  ];
}

/** @param {Pattern[]} patterns @param {Before | null} before */
function newsOf(patterns, before) {
  if (before === null) return '';
  const { length } = patterns.filter(({ pattern }) => !before.counts.has(pattern));
  if (length === 0) return '; none of them is new';
  if (before.othersMax === 0) return `; ${length} of them ${length === 1 ? 'is' : 'are'} new`;
  return `; ${length} of them ${length === 1 ? 'was' : 'were'} not among the ${formatCount(BEFORE_MAX)} most frequent before`;
}

/** How often each pattern came in the time of the same length before. Null: there is no such time. @param {Record<string, string>} question @returns {Promise<Before | null>} */
async function countsBefore(question) {
  if (question.since === '') return null;
  const { from, until, bucketMs } = await ask(
    '/api/histogram',
    { ...question, buckets: 1 },
    'pattern range',
  );
  if (from === null || bucketMs === 0) return null;
  const lengthMs = Date.parse(until) - Date.parse(from);
  const range = { since: new Date(Date.parse(from) - lengthMs).toISOString(), until: from };
  /** @type {{ patterns: Pattern[] }} */
  const { patterns } = await ask(
    '/api/patterns',
    { ...question, ...range, limit: BEFORE_MAX },
    'patterns before',
  );
  const isCut = patterns.length === BEFORE_MAX;
  return {
    counts: new Map(patterns.map(({ pattern, count }) => [pattern, count])),
    othersMax: isCut ? (patterns.at(-1)?.count ?? 0) : 0,
  };
}

/** @param {Pattern} pattern @param {Before} before */
function comparison({ pattern, count }, { counts, othersMax }) {
  const earlier = counts.get(pattern);
  if (earlier === undefined)
    return othersMax === 0
      ? element('span', { class: 'chip new' }, 'new')
      : `${formatCount(othersMax)} at most before`;
  const factor = count / earlier;
  if (factor >= FACTOR_MIN) return `${factor.toPrecision(2)} × as many`;
  return factor <= 1 / FACTOR_MIN ? `${(1 / factor).toPrecision(2)} × fewer` : 'as usual';
}

/** @param {Pattern} pattern */
function actionsOf({ pattern }) {
  const term = termOfPattern(pattern);
  const base = filterOf(asked.q);
  return element(
    'div',
    { class: 'actions' },
    element(
      'a',
      { class: 'button', href: linkTo({ view: 'search', q: `${base} ${term}`.trim() }) },
      'Show lines',
    ),
    element(
      'a',
      { class: 'button', href: linkTo({ view: 'patterns', q: `${base} -${term}`.trim() }) },
      'Exclude',
    ),
  );
}

/** The shape as a regular expression over the message; signs that would end it in the query language stand for any. @param {string} pattern */
function termOfPattern(pattern) {
  const source = pattern
    .split(/<[a-z]+>/)
    .map((part) =>
      part
        .replace(/[\\^$.*+?[\]{}/]/g, '\\$&')
        .replace(/\s/g, '\\s')
        .replace(/[()|"]/g, '.'),
    )
    .join('.+')
    .slice(0, SOURCE_CHARACTERS_MAX);
  return `message:/${source.startsWith('.+') ? '' : '^'}${source.replace(/\\$/, '')}/`;
}
