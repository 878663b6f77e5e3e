/**
 * Making elements. Foreign text goes in as text nodes only: there is no way from here to markup.
 */

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {{ class?: string, [attribute: string]: string | undefined }} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
  const made = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  for (const [attribute, value] of Object.entries(attributes))
    made.setAttribute(attribute, String(value));
  made.append(...children);
  return made;
}

/** A symbol of index.html. @param {string} name */
export function icon(name) {
  return svg('svg', { class: 'i', 'aria-hidden': 'true' }, svg('use', { href: `#${name}` }));
}

/**
 * @param {string} text what stands on it; without control characters
 * @param {() => void} onClick
 * @param {{ class?: string, label?: string, key?: string, symbol?: string, actsOn?: string }} [look] `key`: which key does the
 *   same; `actsOn`: what nothing else on the page acts upon in the same way, where labels may be the same
 */
export function button(text, onClick, look = {}) {
  const made = element('button', {
    type: 'button',
    class: look.class,
    'aria-label': look.label === undefined ? undefined : visible(look.label),
    'data-acts-on': look.actsOn,
  });
  if (look.symbol !== undefined) made.append(icon(look.symbol));
  made.append(text);
  if (look.key !== undefined) {
    made.append(element('kbd', { 'aria-hidden': 'true' }, look.key));
    made.setAttribute('aria-keyshortcuts', look.key);
  }
  made.addEventListener('click', onClick);
  return made;
}

/** What was asked for and is not answered yet: a view that makes itself anew meanwhile does not offer it again. @type {Set<string>} */
const acting = new Set();

/**
 * A button that sends something: it says so until that is answered, and sends it once, however often it is pressed. The second
 * of two quick clicks does nothing, because the list may have moved: under the pointer stands what acts upon something else.
 *
 * @param {string} text
 * @param {() => Promise<unknown>} act
 * @param {Parameters<typeof button>[2] & { actsOn: string }} look
 */
export function actingButton(text, act, look) {
  const { actsOn } = look;
  async function press() {
    if (acting.has(actsOn)) return;
    acting.add(actsOn);
    showActing(actsOn);
    try {
      await act();
    } finally {
      acting.delete(actsOn);
      showActing(actsOn);
    }
  }
  const made = button(text, () => {}, look);
  if (acting.has(actsOn)) made.setAttribute('aria-busy', 'true');
  made.addEventListener('click', ({ detail }) => {
    if (detail < 2) void press();
  });
  return made;
}

/** @param {string} actsOn */
function showActing(actsOn) {
  for (const one of document.querySelectorAll('[data-acts-on]')) {
    if (one.getAttribute('data-acts-on') !== actsOn) continue;
    one.setAttribute('aria-busy', String(acting.has(actsOn)));
  }
}

/** The element of the page with this id, of which we know the type. @template {HTMLElement} T @param {string} id @returns {T} */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element "${id}"`);
  return /** @type {any} */ (found);
}

// What a reader cannot see, or what moves other text: shown as its code, as in the terminal.
// The selectors between text and emoji (U+FE0E, U+FE0F) stay.
const HIDDEN =
  /(?!\ufe0e|\ufe0f)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** @param {string} text one line */
export function visible(text) {
  return text.replace(HIDDEN, (character) => {
    if (character === '\t') return '    ';
    const code = /** @type {number} */ (character.codePointAt(0));
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/**
 * One line with its hits marked.
 * @param {string} line
 * @param {import('./api.js').Hit[]} hits in UTF-16 units of the line
 * @returns {(Node | string)[]}
 */
export function marked(line, hits) {
  const parts = [];
  let at = 0;
  for (const { start, end } of hits) {
    if (start >= line.length) break;
    parts.push(
      visible(line.slice(at, start)),
      element('mark', {}, visible(line.slice(start, end))),
    );
    at = Math.min(end, line.length);
  }
  parts.push(visible(line.slice(at)));
  return parts;
}

const COUNT = new Intl.NumberFormat('en-US');

/** @param {number} count */
export const formatCount = (count) => COUNT.format(count);

/** `1 file`, `12 files`. @param {number} count @param {string} noun @param {string} [nouns] */
export function counted(count, noun, nouns = `${noun}s`) {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** `4,096 B`, `1.9 GB`: decimal, three digits. @param {number} bytes */
export function bytesText(bytes) {
  if (bytes < 10_000) return `${formatCount(bytes)} B`;
  const step = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** step).toPrecision(3))} ${['B', 'kB', 'MB', 'GB', 'TB'][step]}`;
}

/** A level as word with its symbol. @param {string} level */
export function levelChip(level) {
  const chip = element('span', { class: `state level-${level}` });
  if (/^(FATAL|ERROR|WARN|INFO)$/.test(level)) chip.append(icon(level));
  chip.append(element('span', { class: 'level' }, level));
  return chip;
}

/** @typedef {{ name: string, number?: boolean, hidden?: boolean }} Column @typedef {string | Node | (string | Node)[]} Cell */

/**
 * A table of text and elements; on a phone each row becomes a card.
 * @param {Column[]} columns
 * @param {Cell[][]} rows
 */
export function tableOf(columns, rows) {
  const head = columns.map(({ name, number, hidden }) =>
    element(
      'th',
      { scope: 'col', class: number ? 'number' : undefined },
      hidden ? element('span', { class: 'visually-hidden' }, name) : name,
    ),
  );
  return element(
    'table',
    { class: 'rows' },
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows.map((cells) => rowOf(columns, cells))),
  );
}

/** @param {Column[]} columns @param {Cell[]} cells */
export function rowOf(columns, cells) {
  return element(
    'tr',
    {},
    ...cells.map((cell, index) => {
      const { name = '', number, hidden } = columns[index] ?? {};
      const content = Array.isArray(cell) ? cell : [cell];
      const label = hidden || index === 0 ? undefined : name.toLowerCase();
      return element(
        'td',
        { class: number ? 'number' : undefined, 'data-label': label },
        ...content,
      );
    }),
  );
}

/** Makes these all that is in it; those that are there already are not touched. @param {Element} parent @param {Node[]} children */
export function placeChildren(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.childNodes]) {
    if (!wanted.has(child)) child.remove();
  }
  let next = parent.firstChild;
  for (const child of children) {
    if (child === next) next = next.nextSibling;
    else parent.insertBefore(child, next);
  }
}

/** @param {string} title @param {string} note @param {...(Node | string)} content */
export function card(title, note, ...content) {
  return element(
    'section',
    { class: 'card' },
    element('h2', {}, visible(title), ' ', element('small', {}, visible(note))),
    ...content,
  );
}

/** Counts as small bars. @param {number[]} counts @param {string} says */
export function sparkOf(counts, says) {
  const top = Math.max(1, ...counts);
  const width = 88 / counts.length;
  const picture = svg('svg', {
    class: 'spark',
    viewBox: '0 0 88 20',
    role: 'img',
    'aria-label': says,
  });
  for (const [index, count] of counts.entries()) {
    if (count === 0) continue;
    const height = Math.max(1, (count / top) * 20);
    picture.append(svg('rect', { x: index * width, y: 20 - height, width: width * 0.8, height }));
  }
  return picture;
}

/** A pattern with its placeholders as chips. @param {string} pattern */
export function chipsOf(pattern) {
  return pattern
    .split(/(<[a-z]+>)/)
    .map((part) =>
      /^<[a-z]+>$/.test(part)
        ? element('span', { class: 'chip' }, part.slice(1, -1))
        : visible(part),
    );
}
