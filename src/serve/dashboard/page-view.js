/** What the views besides the search have in common: a sentence at the top, and looking again from time to time. */
import { isCalledOff, Refused, reasonOf } from './api.js';
import { askAgain, wasAnswered } from './asking-again.js';
import { element, placeChildren, visible } from './elements.js';

/** What somebody marked stays while they copy it; not for ever, or the view would be of yesterday. */
const MARKED_MS_MAX = 60_000;
/** An answer that is there by then needs no word. */
const PATIENCE_MS = 400;

/** What was there before, and is again, is not touched; a function is called only if it is shown. @typedef {Node[] | (() => Node[])} Parts */

/**
 * Fills a view, again every `everyMs` while it is shown. What was there stays until the new is there.
 * @param {HTMLElement} page
 * @param {() => Promise<Parts>} make
 * @param {{ everyMs?: number }} [options] without it the view stays as it is until `refresh`
 * @returns {{ refresh: () => Promise<void>, stop: () => void }}
 */
export function keepShown(page, make, { everyMs } = {}) {
  let isOver = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let shownAtMs = performance.now();
  /** @param {boolean} isByItself */
  async function refresh(isByItself) {
    clearTimeout(timer);
    try {
      const parts = await make();
      wasAnswered(page);
      const isCopied = isMarked(page) && performance.now() - shownAtMs < MARKED_MS_MAX;
      // What opened a dialog has the focus again when that is closed.
      const isKept = isByItself && (isCopied || document.querySelector('dialog[open]') !== null);
      if (!isOver && !isKept) {
        showKeepingFocus(page, parts);
        shownAtMs = performance.now();
      }
    } catch (error) {
      if (isOver || isCalledOff(error)) return;
      const says = element('p', { class: 'bar bad', role: 'alert' }, visible(reasonOf(error)));
      page.querySelector(':scope > .bad')?.remove();
      asking.end();
      page.prepend(says);
      if (!(error instanceof Refused) && everyMs === undefined)
        askAgain(page, () => void refresh(true));
    }
    if (!isOver && everyMs !== undefined) timer = setTimeout(() => void refresh(true), everyMs);
  }
  const asking = sayAsking(page, () => page.childElementCount === 0);
  void refresh(false);
  return {
    refresh: () => refresh(false),
    stop() {
      isOver = true;
      clearTimeout(timer);
      asking.end();
      wasAnswered(page);
    },
  };
}

/**
 * An empty page looks as if it were broken: where the answer takes a while, it says that it was asked for.
 * @param {HTMLElement} box @param {() => boolean} isEmpty whether there is still nothing
 */
export function sayAsking(box, isEmpty) {
  const says = element('p', { class: 'note', role: 'status' });
  const patience = setTimeout(() => {
    if (!isEmpty()) return;
    box.append(says);
    says.textContent = 'The daemon was asked…';
  }, PATIENCE_MS);
  return {
    end() {
      clearTimeout(patience);
      says.remove();
    },
  };
}

/** Whether text of it is marked. @param {HTMLElement} page */
function isMarked(page) {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && page.contains(selection.anchorNode);
}

/**
 * The element with the focus is found again: by what it acts upon, or else by its label, which several may share: `Enter`
 * would act upon another. Somebody who types is not disturbed.
 * @param {HTMLElement} page @param {Parts} parts
 */
function showKeepingFocus(page, parts) {
  const active = /** @type {HTMLElement} */ (document.activeElement);
  const isInside = page.contains(active);
  if (isInside && active.matches('input, select')) return;
  const name = nameOf(active);
  placeChildren(page, typeof parts === 'function' ? parts() : parts);
  if (!isInside || document.activeElement === active) return;
  for (const other of page.querySelectorAll('button, a')) {
    if (nameOf(other) !== name) continue;
    /** @type {HTMLElement} */ (other).focus({ preventScroll: true });
    return;
  }
  // Its row is gone, as was asked for: the next key begins here, not at the top of the page.
  page.querySelector('h1')?.focus({ preventScroll: true });
}

/** @param {Element} control */
const nameOf = (control) =>
  control.getAttribute('data-acts-on') ?? control.getAttribute('aria-label') ?? control.textContent;

/** The sentence a person would say, and what stands behind it. @param {string} verdict @param {...(Node | string)} sub */
export function verdictOf(verdict, ...sub) {
  return [
    element('h1', { class: 'verdict', tabindex: '-1' }, visible(verdict)),
    element('p', { class: 'sub' }, ...sub),
  ];
}
