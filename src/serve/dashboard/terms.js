/**
 * A query as its outermost terms, so that a click can add one, take one out, or leave one out of a count.
 *
 * Only where terms are cut is known here; what they mean, the daemon knows.
 *
 * @typedef {{ text: string, start: number, end: number }} Term
 */

/** @param {string} query @returns {{ terms: Term[], stages: string, hasOr: boolean }} `stages`: from the first `|` on */
export function splitQuery(query) {
  const piece = /"(?:\\.|[^"\\])*"?|\/(?:\\.|[^/\s|])+\/i?|[()|]|\s+|[^\s()"|]/gu;
  /** @type {Term[]} */
  const terms = [];
  let depth = 0;
  let start = -1;
  const close = (/** @type {number} */ end) => {
    if (start >= 0) terms.push({ text: query.slice(start, end), start, end });
    start = -1;
  };
  let end = query.length;
  for (const { 0: text, index } of query.matchAll(piece)) {
    if (text === '(') depth += 1;
    else if (text === ')') depth -= 1;
    if (depth <= 0 && text === '|') {
      end = index;
      break;
    }
    if (depth <= 0 && text.trim() === '') close(index);
    else if (start < 0) start = index;
  }
  close(end);
  const hasOr = terms.some(({ text }) => text === 'OR' || text === 'NOT');
  return { terms: terms.filter(({ text }) => text !== 'AND'), stages: query.slice(end), hasOr };
}

/**
 * The query with a term more; the same term, or its opposite, goes.
 * @param {string} query
 * @param {string} term
 */
export function withTerm(query, term) {
  const { terms, stages, hasOr } = splitQuery(query);
  const texts = terms.map(({ text }) => text);
  if (hasOr) return joined([`(${texts.join(' ')})`, term], stages);
  const opposite = term.startsWith('-') ? term.slice(1) : `-${term}`;
  const rest = texts.filter((text) => text !== term && text !== opposite && text !== '*');
  return joined(texts.includes(term) ? rest : [...rest, term], stages);
}

/** @param {string} query @param {(text: string) => boolean} isLeftOut @returns {string | null} null: nothing goes */
export function withoutTerms(query, isLeftOut) {
  const { terms, stages, hasOr } = splitQuery(query);
  const kept = terms.filter(({ text }) => !isLeftOut(text));
  if (hasOr || kept.length === terms.length) return null;
  return joined(
    kept.map(({ text }) => text),
    stages,
  );
}

/** @param {string[]} texts @param {string} stages */
function joined(texts, stages) {
  return `${texts.join(' ')} ${stages}`.trim();
}

/** Without its stages. @param {string} query */
export function filterOf(query) {
  const { stages } = splitQuery(query);
  return query.slice(0, query.length - stages.length).trim();
}

/** A text as the query language reads it, whatever is in it. @param {string} text */
export function quoted(text) {
  return /^\w[\w./-]*$/.test(text) && !/^(AND|OR|NOT)$/.test(text) ? text : inQuotes(text);
}

/** @param {string} text */
const inQuotes = (text) => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** The query language means something of its own by them: a field that is called so is named in quotes. */
const RESERVED = ['level', 'source', 'file', 'tag', 'since', 'until', 'has'];

/** The term that asks for exactly this level, source, tag or file. @param {string} name @param {string} value */
export function termOf(name, value) {
  return `${name}:${name === 'level' ? value.toLowerCase() : quoted(value)}`;
}

/** The term that asks for exactly this value of a field. @param {string} name @param {string} value */
export function fieldTerm(name, value) {
  return `${fieldName(name)}:=${quoted(value)}`;
}

/** A field as the query language names it. @param {string} name */
export function fieldName(name) {
  const isPlain = /^[\p{L}_@][\p{L}\p{M}\p{N}_./$-]*$/u.test(name);
  return isPlain && !RESERVED.includes(name) ? name : inQuotes(name);
}
