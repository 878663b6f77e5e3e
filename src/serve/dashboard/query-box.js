/**
 * The box a query is typed in: names in colour, the place of a mistake underlined where it stands, what was expected below.
 * The text that is seen lies under the field that is typed in; both have the same letters in the same places.
 */
import { Refused, reasonOf } from './api.js';
import { Completion } from './completion.js';
import { button, byId, element, visible } from './elements.js';

/** Typing that pauses this long is searched; what was asked before is called off. */
const TYPING_PAUSE_MS = 30;
/** What is not finished yet is no mistake yet. */
const MISTAKE_PAUSE_MS = 400;
/** The ends of lines, but for those inside of a quoted text: they are in the value that is looked for. */
const LINE_ENDS = /("(?:\\.|[^"\\])*")|\s*\n\s*/gs;
const PIECES =
  /("(?:\\.|[^"\\])*"?)|(-?[\p{L}_@][\p{L}\p{M}\p{N}_./$-]*)(?=:|>=|<=|<|>)|(\bAND\b|\bOR\b|\bNOT\b|[|()])|(:=?|>=|<=|<|>)/gu;

export class QueryBox {
  #field = /** @type {HTMLTextAreaElement} */ (byId('query'));
  #painted = byId('painted');
  #says = byId('query-error');
  /** @type {{ start: number, end: number, suggestion: string | null } | null} in UTF-16 units */
  #mistake = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #showing;
  /** Whether Enter was pressed, rather than something typed. */
  #isSent = false;
  #onQuery;
  #completion;

  /** @param {(query: string, isStep: boolean) => void} onQuery */
  constructor(onQuery) {
    this.#onQuery = onQuery;
    const field = this.#field;
    this.#completion = new Completion(field, () => this.#ask(false));
    field.addEventListener('input', () => {
      // A query is one line, also where several were pasted.
      const line = field.value.replace(LINE_ENDS, (_, quoted) => quoted ?? ' ');
      if (line !== field.value) field.value = line;
      this.#mistake = null;
      // It was about another text.
      clearTimeout(this.#showing);
      this.#paint();
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#ask(false), TYPING_PAUSE_MS);
    });
    field.addEventListener('scroll', () => {
      this.#painted.scrollLeft = field.scrollLeft;
      this.#painted.scrollTop = field.scrollTop;
    });
    field.addEventListener('keydown', (event) => this.#onKey(event));
    byId('query-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#ask(true);
    });
  }

  get text() {
    return this.#field.value;
  }

  set text(text) {
    this.#field.value = text;
    this.#mistake = null;
    this.#paint();
  }

  focus() {
    this.#field.select();
  }

  /** @param {unknown} error null: the query was understood */
  showError(error) {
    clearTimeout(this.#showing);
    const isTyping = document.activeElement === this.#field && !this.#isSent;
    if (error === null || !isTyping) this.#showNow(error);
    else this.#showing = setTimeout(() => this.#showNow(error), MISTAKE_PAUSE_MS);
  }

  /** @param {unknown} error */
  #showNow(error) {
    const details = error instanceof Refused ? error.details : null;
    this.#says.hidden = error === null;
    this.#field.setAttribute('aria-invalid', String(details?.code === 'QUERY_INVALID'));
    this.#mistake = null;
    if (error !== null) this.#says.replaceChildren(...this.#words(error));
    this.#paint();
  }

  /** @param {unknown} error */
  #words(error) {
    const details = error instanceof Refused ? error.details : null;
    if (details?.column === undefined || details.length === undefined)
      return [visible(reasonOf(error))];
    const { column, length, expected = '', suggestion } = details;
    const characters = Array.from(this.text);
    const start = characters.slice(0, column - 1).join('').length;
    const end = start + characters.slice(column - 1, column - 1 + length).join('').length;
    this.#mistake = { start, end, suggestion: suggestion ?? null };
    const parts = [
      element('b', {}, `Column ${column}: `),
      element('span', {}, `expected ${visible(expected)}.`),
    ];
    if (suggestion !== undefined) {
      const take = button('Use ', () => this.#takeSuggestion(), { key: 'Tab' });
      take.insertBefore(element('b', {}, visible(suggestion)), take.lastChild);
      parts.push(take);
    }
    return [
      ...parts,
      element('small', {}, 'What is shown below is for the last query that was understood.'),
    ];
  }

  #takeSuggestion() {
    const mistake = this.#mistake;
    if (mistake === null || mistake.suggestion === null) return false;
    const { start, end, suggestion } = mistake;
    this.text = this.text.slice(0, start) + suggestion + this.text.slice(end);
    this.#field.focus();
    this.#field.setSelectionRange(start + suggestion.length, start + suggestion.length);
    this.#ask(false);
    return true;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'Enter') this.#ask(true);
    else if (event.key === 'Tab' && !event.shiftKey && this.#takeSuggestion())
      this.#completion.close();
    else if (event.key === 'Escape' && this.text !== '') {
      this.text = '';
      this.#ask(true);
    } else if (event.key === 'Escape') this.#field.blur();
    else return;
    event.preventDefault();
  }

  /** @param {boolean} isStep whether Back comes here again */
  #ask(isStep) {
    clearTimeout(this.#typing);
    this.#isSent = isStep;
    if (isStep) this.#completion.close();
    this.#onQuery(this.text, isStep);
  }

  #paint() {
    const { text } = this;
    const cuts = [...text.matchAll(PIECES)].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
      kind: match[1] !== undefined ? 'text' : match[2] !== undefined ? 'name' : 'sign',
    }));
    const parts = [];
    let at = 0;
    for (const { start, end, kind } of cuts) {
      parts.push(...this.#letters(at, start, ''), ...this.#letters(start, end, kind));
      at = end;
    }
    this.#painted.replaceChildren(...parts, ...this.#letters(at, text.length, ''));
    const { start, end } = this.#mistake ?? { start: 0, end: 0 };
    if (start === text.length && end >= start && this.#mistake !== null)
      this.#painted.append(element('u', {}, ' '));
  }

  /** A piece of the text, with the mistake in it marked. @param {number} from @param {number} until @param {string} kind */
  #letters(from, until, kind) {
    const { start, end } = this.#mistake ?? { start: -1, end: -1 };
    const cuts = [
      from,
      Math.max(from, Math.min(until, start)),
      Math.max(from, Math.min(until, end)),
      until,
    ];
    return [0, 1, 2]
      .map((index) => [cuts[index] ?? 0, cuts[index + 1] ?? 0, index])
      .filter(([begin = 0, stop = 0]) => stop > begin)
      .map(([begin, stop, index]) =>
        element(
          index === 1 ? 'u' : 'span',
          kind === '' ? {} : { class: kind },
          this.text.slice(begin, stop),
        ),
      );
  }
}
