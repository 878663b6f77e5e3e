/** Buttons that copy a text, and say what became of it: a browser may refuse. */
import { button, element } from './elements.js';

/** What became of it is said so long: then the button has its name again, as another text may be there to copy. */
const SAID_MS = 5_000;

/**
 * @param {string} name
 * @param {string | (() => string)} text
 * @param {{ class?: string, key?: string, symbol?: string }} look
 */
export function copying(name, text, look) {
  const label = element('span', {}, name);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  async function act() {
    const isCopied = await copy(typeof text === 'string' ? text : text());
    label.textContent = isCopied ? 'Copied' : 'The browser refused';
    clearTimeout(timer);
    timer = setTimeout(() => {
      label.textContent = name;
    }, SAID_MS);
  }
  const made = button('', () => void act(), look);
  made.insertBefore(label, made.querySelector('kbd'));
  return made;
}

/** @param {string} text @returns {Promise<boolean>} whether it was copied */
async function copy(text) {
  // Browsers give pages that came over a network unencrypted no clipboard, and still copy what an event of theirs has.
  const { clipboard } = /** @type {{ clipboard?: Clipboard }} */ (navigator);
  if (clipboard === undefined) return copyByEvent(text);
  return clipboard.writeText(text).then(
    () => true,
    () => copyByEvent(text),
  );
}

/** @param {string} text */
function copyByEvent(text) {
  let isTaken = false;
  const put = (/** @type {ClipboardEvent} */ event) => {
    event.preventDefault();
    event.clipboardData?.setData('text/plain', text);
    isTaken = event.clipboardData !== null;
  };
  document.addEventListener('copy', put);
  const isDone = document.execCommand('copy');
  document.removeEventListener('copy', put);
  return isDone && isTaken;
}
