/** The lines around an entry in its file, as they were written: ten more each time somebody asks. */
import { ask, isCalledOff, reasonOf } from './api.js';
import { button, element, visible } from './elements.js';
import { rowOf } from './entry-row.js';

const FIRST_LINES = 3;
const STEP_LINES = 10;
/** The daemon gives no more. */
const LINES_MAX = 200;

export class EntryContext {
  box = element('div', {
    class: 'context',
    role: 'group',
    'aria-label': 'Lines around it in its file',
  });
  #lines = element('div', { class: 'context-lines' });
  #id;
  #before = FIRST_LINES;
  #after = FIRST_LINES;
  #earlier;
  #later;

  /** @param {string} id @param {string} file */
  constructor(id, file) {
    this.#id = id;
    this.#earlier = button(`${STEP_LINES} earlier`, () => this.#more({ before: STEP_LINES }), {
      key: 'b',
      symbol: 'up',
    });
    this.#later = button(`${STEP_LINES} later`, () => this.#more({ after: STEP_LINES }), {
      key: 'a',
      symbol: 'down',
    });
    const where = element('code', {}, visible(file));
    this.box.append(
      element('p', {}, this.#earlier, element('span', {}, 'Around this line in ', where)),
      this.#lines,
      element('p', {}, this.#later),
    );
    if (id === '' || file === '') this.box.hidden = true;
    else void this.#load();
  }

  /** @param {{ before?: number, after?: number }} more */
  #more({ before = 0, after = 0 }) {
    this.#before = Math.min(LINES_MAX, this.#before + before);
    this.#after = Math.min(LINES_MAX, this.#after + after);
    void this.#load();
  }

  async #load() {
    const question = { id: this.#id, before: this.#before, after: this.#after };
    try {
      const answer = await ask('/api/context', question, `context ${this.#id}`);
      /** @type {{ records: import('./api.js').EntryRecord[], index: number }} */
      const { records, index } = answer;
      const rows = records.map((record, at) => {
        const row = rowOf({ record, hits: [] });
        row.setAttribute('role', 'presentation');
        for (const cell of row.children) cell.removeAttribute('role');
        if (at === index) {
          row.classList.add('asked');
          row.setAttribute('aria-current', 'true');
        }
        return row;
      });
      this.#lines.replaceChildren(...rows);
      this.#earlier.disabled = index < this.#before || this.#before === LINES_MAX;
      this.#later.disabled = records.length - 1 - index < this.#after || this.#after === LINES_MAX;
    } catch (error) {
      if (!isCalledOff(error)) this.#lines.replaceChildren(visible(reasonOf(error)));
    }
  }
}
