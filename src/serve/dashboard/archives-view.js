/** Files that were put away: what, when, how large, with which hash; found by a piece of their path or their source. */
import { ask, isCalledOff, Refused, reasonOf } from './api.js';
import { askAgain, wasAnswered } from './asking-again.js';
import {
  actingButton,
  bytesText,
  counted,
  element,
  formatCount,
  tableOf,
  visible,
} from './elements.js';
import { sayAsking, verdictOf } from './page-view.js';
import { whenText } from './time.js';

/** @typedef {{ path: string, originalPath: string, sha256: string | null, bytes: number, lines: number | null, source: string,
 *   compression: string, storedBytes: number | null, first: string | null, last: string | null, moved: string }} Archive */

const PAGE_ROWS = 100;
const TYPING_PAUSE_MS = 150;

/** @param {HTMLElement} page */
export function openArchives(page) {
  const head = element('div', { role: 'status' });
  const rows = element('div');
  const more = element('p', { class: 'more' });
  const text = element('input', {
    type: 'search',
    id: 'archive-text',
    placeholder: 'a piece of the path',
  });
  const label = element('label', { for: 'archive-text' }, 'Find');
  /** @type {Archive[]} */
  let found = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;

  async function load() {
    try {
      const question = { text: text.value.trim(), limit: PAGE_ROWS, offset: found.length };
      const answer = await ask('/api/archives', question);
      wasAnswered(head);
      asking.end();
      found = [...found, ...answer.archives];
      head.replaceChildren(...headOf(answer, question.text));
      rows.replaceChildren(
        found.length === 0 ? element('p', { class: 'empty' }, 'None.') : table(found),
      );
      more.replaceChildren(
        ...(found.length < answer.total
          ? [
              actingButton(`${formatCount(answer.total - found.length)} more`, load, {
                actsOn: 'more archives',
              }),
            ]
          : []),
      );
    } catch (error) {
      if (isCalledOff(error)) return;
      asking.end();
      head.replaceChildren(element('p', { class: 'bar bad' }, visible(reasonOf(error))));
      if (!(error instanceof Refused)) askAgain(head, () => void load());
    }
  }
  text.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      found = [];
      void load();
    }, TYPING_PAUSE_MS);
  });
  page.append(
    head,
    element('section', { class: 'card' }, element('p', { class: 'line' }, label, text), rows, more),
  );
  const asking = sayAsking(rows, () => rows.childElementCount === 0);
  void load();
  return () => {
    clearTimeout(typing);
    asking.end();
    wasAnswered(head);
  };
}

/** @param {{ total: number, bytes: number, storedBytes: number }} answer @param {string} text what was looked for */
function headOf({ total, bytes, storedBytes }, text) {
  if (total === 0 && text !== '')
    return verdictOf('No archived file has this in its path', visible(text));
  if (total === 0)
    return verdictOf(
      'No file is archived',
      'Finished files are moved here by the rotation; logstead rotate does it now.',
    );
  const factor =
    bytes > storedBytes && storedBytes > 0
      ? ` · ${(bytes / storedBytes).toPrecision(2)} × smaller`
      : '';
  return verdictOf(
    `${counted(total, 'archived file')}: ${bytesText(bytes)} of logs in ${bytesText(storedBytes)}`,
    `Each was read back and compared before its original went${factor} · get one back with `,
    element('code', {}, 'logstead archives restore'),
  );
}

/** @param {Archive[]} archives */
function table(archives) {
  const columns = [
    { name: 'Source and file' },
    { name: 'Entries from' },
    { name: 'to' },
    { name: 'Lines', number: true },
    { name: 'Size', number: true },
    { name: 'Stored', number: true },
    { name: 'SHA-256' },
    { name: 'Archived', number: true },
  ];
  return tableOf(
    columns,
    archives.map((archive) => [
      [
        element('b', {}, visible(archive.source)),
        element('small', {}, element('code', {}, visible(archive.path))),
      ],
      archive.first === null ? '–' : whenText(archive.first),
      archive.last === null ? '–' : whenText(archive.last),
      archive.lines === null ? '–' : formatCount(archive.lines),
      bytesText(archive.bytes),
      [
        archive.storedBytes === null ? '–' : bytesText(archive.storedBytes),
        element('small', {}, archive.compression),
      ],
      archive.sha256 === null
        ? 'not read back yet'
        : element('code', { title: archive.sha256 }, `${archive.sha256.slice(0, 12)}…`),
      whenText(archive.moved),
    ]),
  );
}
