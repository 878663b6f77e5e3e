/** What is wrong, since when, who was told; taking it over, silencing it; what each rule saw. */
import { linkTo } from './address.js';
import { ask, reasonOf, send } from './api.js';
import {
  actingButton,
  button,
  card,
  counted,
  element,
  formatCount,
  placeChildren,
  tableOf,
  visible,
} from './elements.js';
import { timelineOf } from './incident-timeline.js';
import {
  endOf,
  headingOf,
  historyCard,
  nameOf,
  noteOf,
  openOf,
  sentenceOf,
  silenceQueryOf,
  stateOf,
  worstFirst,
} from './incident-words.js';
import { keptTable } from './kept-table.js';
import { recall } from './memory.js';
import { keepShown, verdictOf } from './page-view.js';
import { rehearsalCard } from './rehearsal-card.js';
import { rulesCard } from './rules-card.js';
import { openSilenceDialog } from './silence-dialog.js';
import { lengthText, timezone, whenText } from './time.js';

/** @typedef {{ id: string, rule: string, severity: string, state: string, openedAt: string, resolvedAt: string | null, firstAt: string,
 *   lastAt: string, count: number, group: Record<string, string>, notified: number, backfill: boolean, acknowledgedAt: string | null,
 *   heldBy: string | null, heldUntil: string | null, query: string | null }} Incident
 * @typedef {{ id: string, query: string, until: string, who: string, why: string }} Silence */

const EVERY_MS = 5_000;
const INCIDENTS_SHOWN = 200;
/** Open ones that are looked at, however many newer ones are over; the daemon gives no more, and knows how many there are. */
const OPEN_MAX = 1_000;
const COLUMNS = [
  { name: 'State' },
  { name: 'Rule' },
  { name: 'Severity' },
  { name: 'Since', number: true },
  { name: 'For', number: true },
  { name: 'Matches', number: true },
  { name: 'Told', number: true },
  { name: 'Actions', hidden: true },
];
/** What somebody asked for stands below a list that may be long: they would see nothing of it. */
const NEAREST = /** @type {const} */ ({ block: 'nearest' });

/** @param {HTMLElement} page */
export function openIncidents(page) {
  const view = new IncidentsView(page);
  return view.stop;
}

class IncidentsView {
  #page;
  #view;
  /** The incident whose history is shown. */
  #shown = '';
  /** What a rule would have done; it stays while the rest is made anew. @type {HTMLElement | null} */
  #rehearsal = null;
  /** Why what somebody did here was refused; it stays until they do something else. @type {HTMLElement | null} */
  #refusal = null;
  #table = keptTable(COLUMNS, {
    keyOf: ({ id }) => id,
    saidOf: (/** @type {Incident} */ incident) => {
      const isShown = incident.id === this.#shown;
      return JSON.stringify([incident, noteOf(incident), ...timesOf(incident), isShown]);
    },
    cellsOf: (incident) => this.#cellsOf(incident),
  });
  #list = element('section', { class: 'card' });
  #rules = rulesCard((rule) => this.#test(rule));

  /** @param {HTMLElement} page */
  constructor(page) {
    this.#page = page;
    this.#view = keepShown(page, () => this.#make(), { everyMs: EVERY_MS });
  }

  get stop() {
    return this.#view.stop;
  }

  async #make() {
    const [open, over, { silences }, { rules }, { ingest }] = await Promise.all([
      ask('/api/alerts', { state: 'open', limit: OPEN_MAX }, 'open incidents'),
      ask('/api/alerts', { state: 'resolved', limit: INCIDENTS_SHOWN }),
      ask('/api/silences'),
      ask('/api/rules'),
      ask('/api/status', { files: 'none' }, 'incident status'),
    ]);
    const all = togetherOf(open.incidents, over.incidents).toSorted(worstFirst);
    const isCut = over.incidents.length === INCIDENTS_SHOWN;
    const story = await this.#story();
    const openCount =
      open.incidents.length < OPEN_MAX
        ? openOf(all).length
        : Math.max(openOf(all).length, ingest.openIncidentCount);
    const { sent, dead, waiting } = ingest.outbox;
    const sub = `${sentenceOf(all, { isCut, openCount })} · ${formatCount(sent)} told, ${formatCount(dead)} given up, ${formatCount(waiting)} waiting`;
    const head = card('Incidents', listedText(all, { isCut, openCount }), timelineOf(all));
    return () => {
      const list =
        all.length === 0
          ? element('p', { class: 'empty' }, 'No rule has fired yet.')
          : this.#table(all.slice(0, INCIDENTS_SHOWN));
      placeChildren(this.#list, [...head.childNodes, list]);
      return [
        ...(this.#refusal === null ? [] : [this.#refusal]),
        ...verdictOf(headingOf(all, { openCount }), sub),
        this.#list,
        ...(story === null ? [] : [historyCard(story)]),
        ...(silences.length === 0 ? [] : [this.#silencesCard(silences)]),
        this.#rules(rules),
        ...(this.#rehearsal === null ? [] : [this.#rehearsal]),
      ];
    };
  }

  async #story() {
    if (this.#shown === '') return null;
    return ask(`/api/alerts/${this.#shown}`, {}, 'story').catch(() => null);
  }

  /** @param {Incident} incident */
  #cellsOf(incident) {
    const { rule, severity, count, notified } = incident;
    return [
      stateOf(incident),
      [element('b', {}, visible(rule)), element('small', {}, visible(noteOf(incident)))],
      severity,
      ...timesOf(incident),
      formatCount(count),
      notified === 0 ? 'nobody' : counted(notified, 'time'),
      this.#actionsOf(incident),
    ];
  }

  /** @param {Incident} incident */
  #actionsOf(incident) {
    const { id, query, state, acknowledgedAt } = incident;
    const name = nameOf(incident);
    // The same control before and after, so that the focus stays there.
    const actsOn = `acknowledgement of ${id}`;
    const actions = element('div', { class: 'actions' });
    if (state === 'open' && acknowledgedAt === null) {
      const acknowledge = () =>
        this.#act(send('POST', `/api/alerts/${id}/acknowledge`, { who: who() }));
      actions.append(
        actingButton('Acknowledge', acknowledge, {
          class: 'primary',
          label: `Acknowledge ${name}`,
          actsOn,
        }),
      );
    } else if (state === 'open') {
      const takeBack = () =>
        this.#act(send('POST', `/api/alerts/${id}/unacknowledge`, { who: who() }));
      const label = `Take back acknowledgement of ${name}`;
      actions.append(actingButton('Take back acknowledgement', takeBack, { label, actsOn }));
    }
    if (state === 'open') {
      const silence = () =>
        openSilenceDialog(silenceQueryOf(incident), async (body) => {
          await send('POST', '/api/silences', { ...body, tz: timezone });
          void this.#act(Promise.resolve());
        });
      const look = { label: `Silence ${name}`, actsOn: `silence for ${id}` };
      actions.append(button('Silence', silence, look));
    }
    if (query !== null) {
      const until = new Date(Date.parse(incident.lastAt) + 1).toISOString();
      const href = linkTo({ view: 'search', q: query, since: incident.firstAt, until });
      const look = {
        class: 'button',
        'aria-label': visible(`Lines of ${name}`),
        'data-acts-on': `lines of ${id}`,
      };
      actions.append(element('a', { ...look, href }, 'Lines'));
    }
    const isShown = id === this.#shown;
    const show = () => {
      this.#shown = isShown ? '' : id;
      void this.#view
        .refresh()
        .then(() => this.#page.querySelector('.card:has(.history)')?.scrollIntoView(NEAREST));
    };
    const label = `${isShown ? 'Close the history' : 'History'} of ${name}, ${id}`;
    actions.append(
      button(isShown ? 'Close' : 'History', show, { label, actsOn: `history of ${id}` }),
    );
    return actions;
  }

  /** @param {string} rule */
  #test(rule) {
    this.#rehearsal = rehearsalCard(rule);
    void this.#view.refresh().then(() => this.#rehearsal?.scrollIntoView(NEAREST));
  }

  /** @param {Promise<unknown>} answer */
  async #act(answer) {
    this.#refusal?.remove();
    this.#refusal = null;
    try {
      await answer;
    } catch (error) {
      this.#refusal = element('p', { class: 'bar bad' }, visible(reasonOf(error)));
      // Told once, and not again with every refresh.
      const told = element('div', { role: 'alert' }, this.#refusal);
      this.#page.prepend(told);
      told.scrollIntoView(NEAREST);
      return;
    }
    await this.#view.refresh();
  }

  /** @param {Silence[]} silences */
  #silencesCard(silences) {
    const columns = [
      { name: 'Silenced' },
      { name: 'Until', number: true },
      { name: 'By' },
      { name: 'Why' },
      { name: 'Actions', hidden: true },
    ];
    const rows = silences.map(({ id, query, until, who, why }) => {
      const end = () => this.#act(send('DELETE', `/api/silences/${id}`));
      const label = `End the silence of ${query}`;
      return [
        element('code', {}, visible(query)),
        whenText(until),
        visible(who),
        visible(why),
        element(
          'div',
          { class: 'actions' },
          actingButton('End', end, { label, actsOn: `silence ${id}` }),
        ),
      ];
    });
    return card('Silences', counted(silences.length, 'silence'), tableOf(columns, rows));
  }
}

/** Since when, and for how long. @param {Incident} incident */
const timesOf = (incident) => [
  whenText(incident.openedAt),
  lengthText(endOf(incident) - Date.parse(incident.openedAt)),
];

/** Each once, as it was seen last. @param {Incident[]} open @param {Incident[]} over */
function togetherOf(open, over) {
  return [...new Map([...open, ...over].map((incident) => [incident.id, incident])).values()];
}

/** What the bars show, and which are not in the list. @param {Incident[]} all @param {{ isCut: boolean, openCount: number }} list */
function listedText(all, { isCut, openCount }) {
  if (openCount > INCIDENTS_SHOWN)
    return `${INCIDENTS_SHOWN} of ${formatCount(openCount)} that are open`;
  return isCut || all.length > INCIDENTS_SHOWN
    ? 'those that are open, and the newest of the others'
    : '';
}

/** Who acts here, as they called themselves. */
const who = () => recall('who') || 'somebody on the page';
