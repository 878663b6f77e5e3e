/** A panel under its button: opened by it, closed by Escape, by a click elsewhere, or when the focus goes elsewhere. */
import { byId } from './elements.js';

/** @param {string} name of the button; the panel is `name-panel` @param {() => void} onOpen fills it */
export function openPanel(name, onOpen) {
  const opener = /** @type {HTMLButtonElement} */ (byId(name));
  const panel = byId(`${name}-panel`);
  const isOpen = () => !panel.hidden;

  /** @param {boolean} open */
  function show(open) {
    panel.hidden = !open;
    opener.setAttribute('aria-expanded', String(open));
    if (!open) return;
    onOpen();
    const first = panel.querySelector('input, button, a');
    /** @type {HTMLElement | null} */ (first)?.focus({ preventScroll: true });
  }
  opener.setAttribute('aria-expanded', 'false');
  opener.setAttribute('aria-controls', panel.id);
  opener.addEventListener('click', () => show(!isOpen()));
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    show(false);
    opener.focus();
  });
  panel.addEventListener('focusout', ({ relatedTarget }) => {
    // Null: what had it is gone, or the window is left.
    const to = /** @type {Node | null} */ (relatedTarget);
    if (to !== null && isOpen() && !panel.contains(to) && !opener.contains(to)) show(false);
  });
  document.addEventListener('pointerdown', (event) => {
    const target = /** @type {Node} */ (event.target);
    if (isOpen() && !panel.contains(target) && !opener.contains(target)) show(false);
  });
  return { open: () => show(true), close: () => show(false) };
}

/** Fields of a panel lie inside the form of the query: they are sent by their own button, or by Enter. @param {string} fields @param {string} name @param {() => void} act */
export function onEnterOrClick(fields, name, act) {
  byId(name).addEventListener('click', act);
  byId(fields).addEventListener('keydown', (event) => {
    // The first Enter ends a word that is composed.
    if (event.key !== 'Enter' || event.isComposing) return;
    if (!(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    act();
  });
}
