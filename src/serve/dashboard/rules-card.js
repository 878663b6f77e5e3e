/** The rules at work: what each saw, and what it holds in memory. */
import { button, card, counted, element, formatCount, tableOf, visible } from './elements.js';

/** @typedef {{ name: string, kind: string, counters: Record<string, number>, groupCount: number, heldLineCount: number, openIncidentCount: number }} Rule */

/** @param {Rule[]} rules @param {(rule: string) => void} onTest */
export function rulesCard(rules, onTest) {
  if (rules.length === 0)
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
  const columns = [
    { name: 'Rule' },
    { name: 'Kind' },
    { name: 'Open', number: true },
    { name: 'Groups', number: true },
    { name: 'Lines held', number: true },
    { name: 'Saw' },
    { name: 'Actions', hidden: true },
  ];
  const rows = rules.map(
    ({ name, kind, counters, groupCount, heldLineCount, openIncidentCount }) => [
      element('b', {}, visible(name)),
      kind,
      formatCount(openIncidentCount),
      formatCount(groupCount),
      formatCount(heldLineCount),
      element('small', {}, saidOf(counters)),
      element(
        'div',
        { class: 'actions' },
        button('Would have fired', () => onTest(name), { label: `Would have fired: ${name}` }),
      ),
    ],
  );
  return card('Rules', counted(rules.length, 'rule'), tableOf(columns, rows));
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
