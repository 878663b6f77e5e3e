/** The rules at work: what each saw, and what it holds in memory. */
import { button, card, counted, element, formatCount, visible } from './elements.js';
import { keptTable } from './kept-table.js';

/** @typedef {{ name: string, kind: string, counters: Record<string, number>, groupCount: number, heldLineCount: number, openIncidentCount: number }} Rule */

const COLUMNS = [
  { name: 'Rule' },
  { name: 'Kind' },
  { name: 'Open', number: true },
  { name: 'Groups', number: true },
  { name: 'Lines held', number: true },
  { name: 'Saw' },
  { name: 'Actions', hidden: true },
];

/** The card, which is made once: there may be a thousand rules. @param {(rule: string) => void} onTest @returns {(rules: Rule[]) => HTMLElement} */
export function rulesCard(onTest) {
  const table = keptTable(COLUMNS, {
    keyOf: ({ name }) => name,
    saidOf: (
      /** @type {Rule} */ { kind, counters, groupCount, heldLineCount, openIncidentCount },
    ) => JSON.stringify([kind, counters, groupCount, heldLineCount, openIncidentCount]),
    cellsOf: (rule) => cellsOf(rule, onTest),
  });
  let shown = none();
  let count = 0;
  return (rules) => {
    const rows = table(rules);
    if (rules.length !== count)
      shown = rules.length === 0 ? none() : card('Rules', counted(rules.length, 'rule'), rows);
    count = rules.length;
    return shown;
  };
}

function none() {
  return card(
    'Rules',
    '',
    element(
      'p',
      { class: 'empty' },
      'None is written yet: an ',
      element('code', {}, '[alert:NAME]'),
      ' section in the config makes one.',
    ),
  );
}

/** @param {Rule} rule @param {(rule: string) => void} onTest */
function cellsOf(rule, onTest) {
  const { name, kind, counters, groupCount, heldLineCount, openIncidentCount } = rule;
  const test = button('Would have fired', () => onTest(name), {
    label: `Would have fired: ${name}`,
  });
  return [
    element('b', {}, visible(name)),
    kind,
    formatCount(openIncidentCount),
    formatCount(groupCount),
    formatCount(heldLineCount),
    element('small', {}, saidOf(counters)),
    element('div', { class: 'actions' }, test),
  ];
}

/** `matchedCount` as `matched 412`. @param {Record<string, number>} counters */
function saidOf(counters) {
  const said = Object.entries(counters).filter(([, count]) => count > 0);
  return said
    .map(([name, count]) => {
      const words = name
        .replace(/Count$/, '')
        .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      return `${visible(words)} ${formatCount(count)}`;
    })
    .join(', ');
}
