/**
 * "Alert on lines like this": a section of the config for lines like an entry, to copy, and what it would have fired in the
 * last days. The browser writes no config: whoever may do that pastes it.
 */
import { ask, isCalledOff, reasonOf } from './api.js';
import { copying } from './copying.js';
import { button, element, visible } from './elements.js';
import { saidOf } from './rehearsal-card.js';
import { timezone } from './time.js';

/** Also said in words. */
const SINCE = '7d';

/**
 * @param {string} id of the entry
 * @returns {{ opener: HTMLElement, box: HTMLElement }}
 */
export function ruleLike(id) {
  const box = element('div', { class: 'rule-like', role: 'status' });
  box.hidden = true;
  const opener = button('Alert on lines like this', () => {
    box.hidden = !box.hidden;
    opener.setAttribute('aria-expanded', String(!box.hidden));
    if (!box.hidden) void show();
  });
  opener.setAttribute('aria-expanded', 'false');
  return { opener, box };

  async function show() {
    box.replaceChildren('Reading what is stored …');
    try {
      /** @type {{ config: string, rehearsal: import('./rehearsal-card.js').Rehearsal }} */
      const { config, rehearsal } = await ask('/api/rules/like', {
        id,
        since: SINCE,
        tz: timezone,
      });
      const lines = config
        .trimEnd()
        .split('\n')
        .map((line) => `${visible(line)}\n`);
      box.replaceChildren(
        element('p', {}, 'For the config; the daemon takes it with ', code('logstead reload'), ':'),
        element('pre', { class: 'whole', tabindex: '0', 'aria-label': 'The rule' }, ...lines),
        element('p', {}, 'In the last 7 days it would have sent ', ...saidOf(rehearsal)),
        element('p', { class: 'actions' }, copying('Copy rule', config, { symbol: 'copy' })),
      );
    } catch (error) {
      if (!isCalledOff(error)) box.replaceChildren(visible(reasonOf(error)));
    }
  }
}

/** @param {string} text */
const code = (text) => element('code', {}, text);
