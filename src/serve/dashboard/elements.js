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

/** The element of the page with this id, of which we know the type. @template {Element} T @param {string} id @returns {T} */
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

/** @param {number} count */
export function formatCount(count) {
  return count.toLocaleString('en-US');
}
