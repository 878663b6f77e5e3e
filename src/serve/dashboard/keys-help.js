/** What the keys do, for the help. */
import { element } from './elements.js';

const KEYS = {
  Search: [
    ['/', 'search box'],
    ['Tab', 'take a proposal'],
    ['Esc', 'close, then clear'],
    ['t', 'time range'],
    ['[ ]', 'earlier, later'],
    ['z Z', 'zoom to the mark, out'],
    ['f', 'filters'],
    ['s', 'saved queries'],
  ],
  Entries: [
    ['j k', 'next, previous'],
    ['e E', 'next, previous error'],
    ['Enter', 'unfold'],
    ['b a', 'more before, after'],
    ['i x', 'only, without the value'],
    ['r', 'same trace'],
    ['y c', 'copy permalink, line'],
    ['v', 'text or JSON'],
    ['w C', 'wrap long lines, columns'],
  ],
  Live: [
    ['l', 'live on, off'],
    ['Space', 'pause, resume'],
  ],
  'Go to': [
    ['g s', 'search'],
    ['g p', 'patterns'],
    ['g i', 'incidents'],
    ['g o', 'sources'],
    ['g a', 'archives'],
    ['g r', 'reports'],
    ['d', 'theme'],
    ['?', 'this help'],
  ],
};

export function keysHelp() {
  return Object.entries(KEYS).map(([title, keys]) =>
    element(
      'section',
      {},
      element('h3', {}, title),
      element(
        'dl',
        {},
        ...keys.map(([names = '', says = '']) =>
          element(
            'div',
            {},
            element(
              'dt',
              {},
              ...names.split(' ').flatMap((name) => [element('kbd', {}, name), ' ']),
            ),
            element('dd', {}, says),
          ),
        ),
      ),
    ),
  );
}
