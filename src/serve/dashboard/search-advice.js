/** Nothing was found: what would be, with how many, one click away; and what lies around the one entry of a link. */
import { asked } from './address.js';
import { ask } from './api.js';
import { button, byId, counted, element, visible } from './elements.js';
import { splitQuery, withoutTerms } from './terms.js';
import { timezone } from './time.js';

/** Terms that are tried without; each is a question to the store. */
const TRIED_MAX = 4;
/** Before and behind an entry that somebody linked to. */
const AROUND_MS = 300_000;

/**
 * @param {(changes: Partial<typeof asked>) => void} onTake
 * @param {() => boolean} isNothing whether it is still so when the answers are there
 */
export async function emptyAdvice(onTake, isNothing) {
  const { q, since, until } = asked;
  const { terms } = splitQuery(q);
  /** @type {{ text: string, changes: Partial<typeof asked> }[]} */
  const offers = [];
  if (since !== '' || until !== '')
    offers.push({ text: 'All times', changes: { since: '', until: '' } });
  if (terms.length > 1) {
    for (const { text } of terms.slice(-TRIED_MAX)) {
      const without = withoutTerms(q, (other) => other === text);
      if (without !== null) offers.push({ text: `Without ${text}`, changes: { q: without } });
    }
  }
  const counts = await Promise.all(
    offers.map(async ({ changes }, index) => {
      const question = { q, since, until, ...changes, tz: timezone };
      const { total } = await ask('/api/stats', question, `advice ${index}`).catch(() => ({
        total: 0,
      }));
      return total;
    }),
  );
  if (!isNothing()) return;
  const buttons = offers.flatMap(({ text, changes }, index) => {
    const count = counts[index] ?? 0;
    if (count === 0) return [];
    return [
      button(`${visible(text)}: ${counted(count, 'entry', 'entries')}`, () => onTake(changes)),
    ];
  });
  if (buttons.length === 0 && q === '' && since === '') {
    byId('advice').replaceChildren(
      element(
        'p',
        {},
        'Nothing read yet. Write or copy a log file into a folder that is followed: its lines appear here within a second.',
      ),
    );
    return;
  }
  byId('advice').replaceChildren(...buttons);
}

/** @param {Date} at of the entry @param {(changes: Partial<typeof asked>) => void} onTake */
export function offerAround(at, onTake) {
  const [since = '', until = ''] = [-AROUND_MS, AROUND_MS].map((ms) =>
    new Date(at.getTime() + ms).toISOString(),
  );
  byId('linked').hidden = false;
  byId('linked').replaceChildren(
    element('p', {}, element('b', {}, 'One entry'), ' that somebody linked to'),
    button('Search five minutes around it', () => onTake({ q: '', since, until })),
  );
}
