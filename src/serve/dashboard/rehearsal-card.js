/** What a rule would have done in the time that is stored: how many would have been told, of what, and why not of the rest. */
import { ask, isCalledOff, reasonOf } from './api.js';
import { button, card, counted, element, formatCount, tableOf, visible } from './elements.js';
import { wayText } from './incident-words.js';
import { lengthText, nowMs, timezone, whenText } from './time.js';

/** @typedef {import('./incidents-view.js').Incident} Incident
 * @typedef {{ since: string, incidents: Incident[], incidentCount: number, notificationCount: number,
 *   delivered: { channel: string, recipient: string, count: number, digestCount: number, digestedCount: number }[],
 *   held: { by: string, count: number }[], notes: string[] }} Rehearsal */

const RANGES = ['24h', '7d', '30d'];
/** Listed; the dots show all of them. */
const INCIDENTS_SHOWN = 20;

/** The card of a rule; it asks by itself. @param {string} rule */
export function rehearsalCard(rule) {
  const body = element('div', { class: 'pad', role: 'status' }, 'Reading what is stored …');
  const choices = RANGES.map((since) => button(`Last ${since}`, () => void show(since)));
  const made = card(
    `Would have fired: ${rule}`,
    'nothing is written, nobody is told',
    element('p', { class: 'line' }, ...choices),
    body,
  );
  void show('7d');
  return made;

  /** @param {string} since */
  async function show(since) {
    for (const [index, choice] of choices.entries())
      choice.setAttribute('aria-pressed', String(RANGES[index] === since));
    body.classList.add('waiting');
    try {
      const path = `/api/rules/${encodeURIComponent(rule)}/test`;
      const answer = await ask(path, { since, tz: timezone }, 'rehearsal');
      body.replaceChildren(...partsOf(answer));
      // It has become higher than it was when it came into the window.
      made.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      if (isCalledOff(error)) return;
      body.replaceChildren(visible(reasonOf(error)));
    }
    body.classList.remove('waiting');
  }
}

/** @param {Rehearsal} rehearsal */
function partsOf(rehearsal) {
  const { incidents, delivered, notes } = rehearsal;
  const ways = delivered.map(({ channel, recipient, count, digestCount }) => {
    const digests = digestCount === 0 ? '' : `, ${counted(digestCount, 'digest')}`;
    return element(
      'li',
      {},
      visible(`${wayText(channel, recipient)}: ${formatCount(count)}${digests}`),
    );
  });
  const rows = incidents
    .slice(0, INCIDENTS_SHOWN)
    .map(({ openedAt, resolvedAt, count, group, notified }) => [
      whenText(openedAt),
      resolvedAt === null ? 'open' : lengthText(Date.parse(resolvedAt) - Date.parse(openedAt)),
      formatCount(count),
      visible(
        Object.entries(group)
          .map((pair) => pair.join(' '))
          .join(', '),
      ),
      notified === 0 ? 'nobody' : counted(notified, 'time'),
    ]);
  const columns = [
    { name: 'Opened' },
    { name: 'For', number: true },
    { name: 'Matches', number: true },
    { name: 'Group' },
    { name: 'Told', number: true },
  ];
  return [
    element('p', { class: 'said' }, ...saidOf(rehearsal)),
    dotsOf(rehearsal),
    element('ul', {}, ...ways, ...notes.map((note) => element('li', {}, visible(note)))),
    ...(rows.length === 0 ? [] : [tableOf(columns, rows)]),
  ];
}

/** How many would have been told. @param {Rehearsal} rehearsal */
export function saidOf({ incidentCount, notificationCount, held }) {
  const told = counted(notificationCount, 'notification');
  const heldCount = held.reduce((sum, { count }) => sum + count, 0);
  const reasons = held.map(({ by, count }) => `${formatCount(count)} by ${by}`).join(', ');
  return [
    element('b', {}, `${told} of ${counted(incidentCount, 'incident')}.`),
    heldCount === 0 ? '' : ` ${formatCount(heldCount)} held back: ${visible(reasons)}.`,
  ];
}

/** When each would have opened. @param {Rehearsal} rehearsal */
function dotsOf({ since, incidents }) {
  const fromMs = Date.parse(since);
  const lengthMs = Math.max(1, nowMs() - fromMs);
  const dots = incidents.map(({ openedAt }) => {
    const dot = element('i');
    dot.style.left = `${Math.min(99.5, Math.max(0, ((Date.parse(openedAt) - fromMs) / lengthMs) * 100))}%`;
    return dot;
  });
  return element('div', { class: 'dots', 'aria-hidden': 'true' }, ...dots);
}
