/** What this browser remembers for the page. One that may keep nothing remembers it while the page is open. */

/** @type {Map<string, string>} */
const here = new Map();

/** @param {string} name @returns {string | null} */
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return here.get(name) ?? null;
  }
}

/** @param {string} name @param {string} text */
export function remember(name, text) {
  here.set(name, text);
  try {
    localStorage.setItem(name, text);
  } catch {
    // Then it is not there any more when the page is loaded anew.
  }
}
