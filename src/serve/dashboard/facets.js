/**
 * What is in the entries found: levels, sources, tags, fields, each with its count. A click takes only those, or leaves
 * them out. A facet does not count its own choice: people see what they left out.
 */
import { asked } from './address.js';
import { ask, callOff, isCalledOff } from './api.js';
import { button, byId, counted, element, formatCount, icon, visible } from './elements.js';
import { fieldTerm, filterOf, splitQuery, termOf, withoutTerms } from './terms.js';
import { timezone } from './time.js';

const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'none'];
const VALUES_SHOWN = 8;
/** So many are looked through for those that the query names: they are listed however rare they are, or nobody sees them, or can take them back. */
const VALUES_ASKED = 100;
const FIELDS_SHOWN = 5;
/** Fields with more values than this are identities, not groups: they are named, not listed. */
const VALUES_OF_GROUP_MAX = 200;
/** Counts come when nobody has asked for anything else for so long. */
const PAUSE_MS = 300;
/** By these the questions under way are called off. */
const SLOTS = [
  'facet counts',
  'facet fields',
  'values of level',
  'values of source',
  'values of tag',
];

/** @typedef {{ name: string, count: number }} Value @typedef {{ name: string, count: number, distinct: number | null, values: { value: string, count: number }[] }} Field */

export class Facets {
  #box = byId('facets');
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Fields that somebody opened. @type {Set<string>} */
  #opened = new Set();
  /** By the term that asks for it. @type {Map<string, number>} */
  #counts = new Map();
  #narrow;

  /** @param {(term: string) => void} narrow */
  constructor(narrow) {
    this.#narrow = narrow;
  }

  /** Something else is asked: what is counted for the question before is wanted no more. */
  stop() {
    clearTimeout(this.#timer);
    for (const slot of SLOTS) callOff(slot);
  }

  /** Count for what is asked now, in a moment. */
  later() {
    this.stop();
    this.#timer = setTimeout(() => void this.#show(), PAUSE_MS);
  }

  /** @param {string} term @returns {number | null} */
  countOf(term) {
    return this.#counts.get(term) ?? null;
  }

  async #show() {
    const range = { since: asked.since, until: asked.until, tz: timezone };
    const q = filterOf(asked.q);
    try {
      const stats = ask('/api/stats', { ...range, q }, 'facet counts');
      // Where every facet leaves out terms of its own, nobody else looks at what became of it.
      stats.catch(() => {});
      const [levels, sources, tags, found] = await Promise.all([
        this.#values('level', q, range, stats),
        this.#values('source', q, range, stats),
        this.#values('tag', q, range, stats),
        ask('/api/fields', { ...range, q }, 'facet fields'),
      ]);
      levels.sort((one, other) => LEVELS.indexOf(one.name) - LEVELS.indexOf(other.name));
      this.#counts.clear();
      const sections = [
        this.#section({ name: 'level', title: 'Level', values: levels }),
        this.#section({ name: 'source', title: 'Source', values: sources }),
        ...(tags.length === 0 ? [] : [this.#section({ name: 'tag', title: 'Tags', values: tags })]),
        ...this.#fieldSections(found),
      ];
      this.#box.replaceChildren(...sections);
    } catch (error) {
      if (!isCalledOff(error)) this.#box.replaceChildren();
    }
  }

  /**
   * Without the terms about this name itself; where there are none, what is counted anyway is enough.
   * @param {'level' | 'source' | 'tag'} name
   * @param {string} q
   * @param {Record<string, string>} range
   * @param {Promise<any>} stats
   * @returns {Promise<Value[]>}
   */
  async #values(name, q, range, stats) {
    const about = new RegExp(`^-?${name}[:<>=!]`);
    const others = withoutTerms(q, (text) => about.test(text));
    if (others === null) {
      /** @type {Record<string, number>} */
      const counts = (await stats)[`${name}s`];
      // Names that are numbers come first in an object, whatever their counts.
      const values = Object.entries(counts).map(([value, count]) => ({ name: value, count }));
      return values.toSorted((one, other) => other.count - one.count).slice(0, VALUES_SHOWN);
    }
    const question = { ...range, q: others, field: name, limit: VALUES_ASKED };
    /** @type {{ values: Value[] }} */
    const { values } = await ask('/api/values', question, `values of ${name}`);
    const terms = new Set(splitQuery(q).terms.map(({ text }) => text));
    const isNamed = (/** @type {Value} */ { name: value }) =>
      terms.has(termOf(name, value)) || terms.has(`-${termOf(name, value)}`);
    return values.filter((value, index) => index < VALUES_SHOWN || isNamed(value));
  }

  /** @param {{ fields: Field[], entryCount: number }} found */
  #fieldSections({ fields, entryCount }) {
    const isGroup = (/** @type {Field} */ { name, distinct }) =>
      this.#opened.has(name) || (distinct !== null && distinct <= VALUES_OF_GROUP_MAX);
    const groups = fields.filter(isGroup).slice(0, FIELDS_SHOWN + this.#opened.size);
    const others = fields.filter((field) => !groups.includes(field));
    const sections = groups.map(({ name, count, distinct, values }) => {
      const section = this.#section({
        name,
        title: visible(name),
        values: values.map(({ value, count }) => ({ name: value, count })),
        note: distinct === null ? 'many values' : counted(distinct, 'value'),
        isField: true,
      });
      const without = entryCount - count;
      if (without > 0)
        section.append(element('p', { class: 'out' }, `without: ${formatCount(without)}`));
      return section;
    });
    if (others.length > 0) {
      const links = others.slice(0, 20).map(({ name }) =>
        button(
          visible(name),
          () => {
            this.#opened.add(name);
            void this.#show();
          },
          { class: 'link', label: `Show values of ${name}` },
        ),
      );
      sections.push(element('section', { class: 'others' }, heading('More fields', ''), ...links));
    }
    if (fields.length > 0)
      sections.push(
        element('p', { class: 'note' }, `Fields of the newest ${formatCount(entryCount)}`),
      );
    return sections;
  }

  /** @param {{ name: string, title: string, values: Value[], note?: string, isField?: boolean }} facet `isField`: a field, which may be called like a level */
  #section({ name, title, values, note = 'entries', isField = false }) {
    const isLevel = name === 'level' && !isField;
    const top = Math.max(1, ...values.map(({ count }) => count));
    const terms = splitQuery(asked.q).terms.map(({ text }) => text);
    const least = isLevel ? levelAtLeast(terms) : -1;
    const list = element('ul');
    for (const { name: value, count } of values) {
      const term = isField ? fieldTerm(name, value) : termOf(name, value);
      this.#counts.set(term, count);
      const isIn = terms.includes(term);
      const isOut = terms.includes(`-${term}`) || (least >= 0 && LEVELS.indexOf(value) > least);
      const text = element('span', { class: 'value' }, visible(value));
      const only = button('', () => this.#narrow(term));
      only.setAttribute('aria-pressed', String(isIn));
      const sign = isLevel && /^(FATAL|ERROR|WARN|INFO)$/.test(value) ? icon(value) : '';
      const bar = element('i');
      bar.style.width = `${Math.max(1, (count / top) * 100)}%`;
      const mark = isIn ? icon('tick') : sign;
      only.append(
        element('span', { class: 'sign' }, mark),
        element('span', { class: 'visually-hidden' }, visible(`Only ${name} `)),
        text,
        element('span', { class: 'number' }, ` ${formatCount(count)}`),
        bar,
      );
      const without = button('−', () => this.#narrow(`-${term}`), {
        label: `Without ${name} ${value}`,
      });
      without.setAttribute('aria-pressed', String(terms.includes(`-${term}`)));
      const look = `${isIn ? 'on' : ''} ${isOut ? 'off' : ''} level-${isLevel ? value : 'none'}`;
      list.append(element('li', { class: look }, only, without));
    }
    return element('section', {}, heading(title, note), list);
  }
}

/** Where `level>=warn` stands in the list; -1: nothing of this kind is asked. @param {string[]} terms */
function levelAtLeast(terms) {
  const level = terms.map((text) => /^level:?>=(\w+)$/i.exec(text)?.[1]).find((name) => name);
  return level === undefined
    ? -1
    : LEVELS.findIndex((name) => name.toLowerCase().startsWith(level.toLowerCase()));
}

/** @param {string} title @param {string} note */
function heading(title, note) {
  return element('h2', {}, title, element('span', {}, note));
}
