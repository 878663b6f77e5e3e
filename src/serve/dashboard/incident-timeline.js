/** Incidents of the last day, one lane a rule. The table below says the same in words. */
import { element, visible } from './elements.js';
import { DAY_MS, nowMs } from './time.js';

const LANES_MAX = 12;
const HOURS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** @param {import('./incidents-view.js').Incident[]} incidents */
export function timelineOf(incidents) {
  const untilMs = nowMs();
  const fromMs = untilMs - DAY_MS;
  const shareOf = (/** @type {number} */ ms) =>
    Math.max(0, Math.min(1, (ms - fromMs) / DAY_MS)) * 100;
  /** @type {Map<string, HTMLElement>} */
  const lanes = new Map();
  for (const incident of incidents) {
    const endMs = incident.resolvedAt === null ? untilMs : Date.parse(incident.resolvedAt);
    if (endMs < fromMs) continue;
    if (!lanes.has(incident.rule) && lanes.size >= LANES_MAX) continue;
    const lane = lanes.get(incident.rule) ?? element('p');
    lanes.set(incident.rule, lane);
    const bar = element('i', { class: lookOf(incident) });
    const left = shareOf(Date.parse(incident.openedAt));
    bar.style.left = `${left}%`;
    bar.style.width = `${shareOf(endMs) - left}%`;
    lane.append(bar);
  }
  if (lanes.size === 0) return element('div');
  const axis = [0, 1, 2, 3, 4, 5, 6].map((part) =>
    element('span', {}, HOURS.format(new Date(fromMs + (part / 6) * DAY_MS))),
  );
  const rows = [...lanes].map(([rule, lane]) =>
    element('div', {}, element('span', {}, visible(rule)), lane),
  );
  return element(
    'div',
    { class: 'lanes', 'aria-hidden': 'true' },
    element('small', {}, 'The last 24 hours'),
    ...rows,
    element('div', { class: 'axis' }, ...axis),
  );
}

/** @param {import('./incidents-view.js').Incident} incident */
function lookOf({ state, acknowledgedAt, heldBy }) {
  if (state !== 'open') return '';
  return acknowledgedAt !== null ? 'taken' : heldBy === 'silence' ? 'mute' : 'open';
}
