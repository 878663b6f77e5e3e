/** Incidents in words: how they stand, what they are about, what happened to them. */
import { card, counted, element, formatCount, icon, visible } from './elements.js';
import { DAY_MS, lengthText, nowMs, whenText } from './time.js';

/** @typedef {import('./incidents-view.js').Incident} Incident
 * @typedef {{ channel: string, recipient: string, state: string, attempts: number, at: string | null, error: string | null }} Told
 * @typedef {{ event: string, said: string, heldBy: string | null, note: string | null, told: Told[] }} HistoryEvent */

/** Why nobody was told, in words. @type {Record<string, string>} */
const HELD = {
  cooldown: 'cooldown: told before',
  flapping: 'it comes and goes',
  silence: 'silenced',
  inhibited: 'another incident explains it',
  acknowledged: 'somebody takes care of it',
  quiet: 'quiet hours',
  backfill: 'too old to tell of',
  digest: 'it is in the digest of old entries',
};

/** @param {Incident} one @param {Incident} other */
export function worstFirst(one, other) {
  const rank = (/** @type {Incident} */ { state, acknowledgedAt, heldBy }) =>
    state !== 'open' ? 3 : acknowledgedAt !== null ? 1 : heldBy === 'silence' ? 2 : 0;
  return rank(one) - rank(other) || Date.parse(other.openedAt) - Date.parse(one.openedAt);
}

/** @param {Incident} incident */
export const endOf = ({ resolvedAt }) => (resolvedAt === null ? nowMs() : Date.parse(resolvedAt));

/** @param {Incident[]} incidents worst first @param {{ openCount: number }} list with those that are not among them */
export function headingOf(incidents, { openCount }) {
  const open = incidents.filter(
    ({ state, acknowledgedAt, heldBy }) =>
      state === 'open' && acknowledgedAt === null && heldBy !== 'silence',
  );
  const [first] = open;
  if (first === undefined) return 'Nothing is wrong that nobody takes care of';
  const length = lengthText(endOf(first) - Date.parse(first.openedAt));
  const rules = new Set(open.map(({ rule }) => rule)).size;
  const orMore = openCount > openOf(incidents).length ? ' or more' : '';
  const others = rules === 1 ? '' : `; ${counted(rules - 1, 'other rule')}${orMore} too`;
  return `${first.rule} has been open for ${length}${others}`;
}

/** @param {Incident[]} incidents */
export const openOf = (incidents) => incidents.filter(({ state }) => state === 'open');

/**
 * @param {Incident[]} incidents
 * @param {{ isCut: boolean, openCount: number }} list whether older ones that are over are not among them, and how many are open with those that are not
 */
export function sentenceOf(incidents, { isCut, openCount }) {
  const open = openOf(incidents);
  const acknowledged = open.filter(({ acknowledgedAt }) => acknowledgedAt !== null).length;
  const silenced = open.filter(({ heldBy }) => heldBy === 'silence').length;
  const resolved = incidents.filter(
    ({ resolvedAt }) => resolvedAt !== null && nowMs() - Date.parse(resolvedAt) < DAY_MS,
  ).length;
  const over = incidents.filter(({ state }) => state !== 'open');
  const oldestMs = Math.min(...over.map(({ openedAt }) => Date.parse(openedAt)));
  const orMore = isCut && nowMs() - oldestMs < DAY_MS ? ' or more' : '';
  const among =
    openCount > open.length ? ` and of the newest ${formatCount(open.length)} of them` : ',';
  return `${formatCount(openCount)} open${among} ${acknowledged} acknowledged, ${silenced} silenced, ${resolved}${orMore} resolved in the last 24 h`;
}

/** @param {Incident} incident */
export function stateOf({ state, acknowledgedAt, heldBy }) {
  const [name, symbol, look] =
    state !== 'open'
      ? ['Resolved', 'tick', 'ok']
      : acknowledgedAt !== null
        ? ['Acknowledged', 'half', 'level-WARN']
        : heldBy === 'silence'
          ? ['Silenced', 'dashed', '']
          : ['Open', 'ERROR', 'level-ERROR'];
  return element(
    'span',
    { class: `state ${look}` },
    icon(symbol ?? ''),
    element('span', { class: 'level' }, name ?? ''),
  );
}

/** What tells incidents of one rule apart: `errors, source api`. @param {Incident} incident */
export function nameOf({ rule, group }) {
  return [rule, ...valuesOf(group)].join(', ');
}

/** @param {Record<string, string>} group */
const valuesOf = (group) => Object.entries(group).map(([name, value]) => `${name} ${value}`);

/** @param {Incident} incident */
export function noteOf({ group, heldBy, heldUntil, backfill, state }) {
  const values = valuesOf(group);
  const held = state === 'open' && heldBy !== null ? (HELD[heldBy] ?? heldBy) : '';
  const until = held !== '' && heldUntil !== null ? `until ${whenText(heldUntil)}` : '';
  return [...values, [held, until].join(' ').trim(), backfill ? 'found in old entries' : '']
    .filter((part) => part !== '')
    .join(' · ');
}

/** @param {Incident} incident */
export function silenceQueryOf({ rule, group }) {
  const text = (/** @type {string} */ value) => `"${value.replace(/["\\]/g, '\\$&')}"`;
  const fields = Object.entries(group)
    .filter(([name, value]) => name !== 'pattern' && !value.startsWith('('))
    .map(([name, value]) => `${name}:${text(value)}`);
  return [`rule:${text(rule)}`, ...fields].join(' ');
}

/** What became of a delivery, as `logstead alerts show` says it. @type {Record<string, string>} */
const STATES = {
  queued: 'waits',
  failed: 'not delivered yet, is tried again',
  held: 'waits until a setting is corrected',
  dead: 'given up',
};

/** @param {{ incident: Incident, history: HistoryEvent[] }} story */
export function historyCard({ incident, history }) {
  const lines = history.toReversed().flatMap(({ event, said, heldBy, note, told }) => {
    const held =
      heldBy === null || HELD[heldBy] === undefined ? '' : `, nobody told: ${HELD[heldBy]}`;
    const by = note === null || note === '' ? '' : `: ${note}`;
    const deliveries = told.map(({ channel, recipient, state, attempts, error }) => {
      const trouble = error === null ? '' : ` (${error})`;
      const tries = attempts > 1 ? `, ${attempts} attempts` : '';
      const way = wayText(channel, recipient);
      return historyLine(said, `${way}: ${STATES[state] ?? state}${tries}${trouble}`, 'quiet');
    });
    return [historyLine(said, `${event}${by}${held}`, ''), ...deliveries];
  });
  return card(
    incident.rule,
    `history, incident ${incident.id}`,
    element('ol', { class: 'history' }, ...lines),
  );
}

/** `email to ops@example.org`; a file goes to nobody in particular. @param {string} channel @param {string} recipient */
export function wayText(channel, recipient) {
  return recipient === '' ? channel : `${channel} to ${recipient}`;
}

/** @param {string} at @param {string} text @param {string} look */
function historyLine(at, text, look) {
  return element(
    'li',
    { class: look },
    element('time', { datetime: at }, whenText(at)),
    element('span', {}, visible(text)),
  );
}
