/** What the views besides the search have in common: a sentence at the top, and looking again from time to time. */
import { isCalledOff, reasonOf } from './api.js';
import { element, visible } from './elements.js';

/**
 * Fills a view, again every `everyMs` while it is shown. What was there stays until the new is there.
 * @param {HTMLElement} page
 * @param {() => Promise<(Node | string)[]>} make
 * @param {{ everyMs?: number }} [options] without it the view stays as it is until `refresh`
 * @returns {{ refresh: () => Promise<void>, stop: () => void }}
 */
export function keepShown(page, make, { everyMs } = {}) {
  let isOver = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  async function refresh() {
    clearTimeout(timer);
    try {
      const parts = await make();
      // Somebody who types, or has chosen a button, is not disturbed.
      const isBusy =
        page.contains(document.activeElement) &&
        everyMs !== undefined &&
        page.childElementCount > 0;
      if (!isOver && !isBusy) page.replaceChildren(...parts);
      else if (!isOver) replaceKeepingFocus(page, parts);
    } catch (error) {
      if (isOver || isCalledOff(error)) return;
      const says = element('p', { class: 'bar bad', role: 'alert' }, visible(reasonOf(error)));
      page.querySelector(':scope > .bad')?.remove();
      page.prepend(says);
    }
    if (!isOver && everyMs !== undefined) timer = setTimeout(() => void refresh(), everyMs);
  }
  void refresh();
  return {
    refresh,
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/**
 * The element with the focus is found again: by what it acts upon, or else by its label, which several may share: `Enter`
 * would act upon another.
 * @param {HTMLElement} page @param {(Node | string)[]} parts
 */
function replaceKeepingFocus(page, parts) {
  const active = /** @type {HTMLElement} */ (document.activeElement);
  if (active.matches('input, select')) return;
  const name = nameOf(active);
  page.replaceChildren(...parts);
  for (const other of page.querySelectorAll('button, a')) {
    if (nameOf(other) !== name) continue;
    /** @type {HTMLElement} */ (other).focus({ preventScroll: true });
    return;
  }
}

/** @param {Element} control */
const nameOf = (control) =>
  control.getAttribute('data-acts-on') ?? control.getAttribute('aria-label') ?? control.textContent;

/** The sentence a person would say, and what stands behind it. @param {string} verdict @param {...(Node | string)} sub */
export function verdictOf(verdict, ...sub) {
  return [
    element('h1', { class: 'verdict' }, visible(verdict)),
    element('p', { class: 'sub' }, ...sub),
  ];
}
