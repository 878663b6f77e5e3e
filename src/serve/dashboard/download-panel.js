/** All that was found, as a file. */
import { asked } from './address.js';
import { addressOf } from './api.js';
import { byId, element, formatCount } from './elements.js';
import { openPanel } from './panel.js';
import { splitQuery } from './terms.js';
import { timezone } from './time.js';

/** The server ends a file there, without a word in it. */
const ROWS_MAX = 10_000_000;
const FORMATS = [
  ['ndjson', 'JSON lines'],
  ['csv', 'CSV, for a spreadsheet'],
  ['raw', 'The lines as they were'],
];

export function openDownloadPanel() {
  openPanel('download', () => {
    const { q, since, until, order } = asked;
    const { stages } = splitQuery(q);
    const links = FORMATS.map(([format = '', name = '']) => {
      const href = addressOf('/api/download', { q, since, until, order, tz: timezone, format });
      return element('a', { href, download: '' }, name);
    });
    const note =
      stages === ''
        ? `All entries that match, ${formatCount(ROWS_MAX)} at most`
        : 'What the query makes';
    byId('download-list').replaceChildren(element('p', {}, note), ...links);
  });
}
