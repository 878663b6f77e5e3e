/** What nobody answered is asked again once the daemon answers: what a restart left on the page stayed until somebody did something. */

/** Answers that are waited for at most before it is asked again. */
const ANSWERS_MAX = 64;

/** By what is asked for. @type {Map<unknown, { again: (() => void) | null, failures: number, answersLeft: number }>} */
const unanswered = new Map();

/**
 * Nobody answered. One that fails while others are answered is asked more and more seldom.
 * @param {unknown} name what was asked for @param {() => void} again
 */
export function askAgain(name, again) {
  const failures = (unanswered.get(name)?.failures ?? 0) + 1;
  const answersLeft = Math.min(ANSWERS_MAX, 2 ** (failures - 1));
  unanswered.set(name, { again, failures, answersLeft });
}

/** Something else is asked for in its place, or nothing any more. @param {unknown} name */
export function askNoMore(name) {
  const waiting = unanswered.get(name);
  if (waiting !== undefined) waiting.again = null;
}

/** It was answered, or is of no use any more. @param {unknown} name @returns {boolean} whether it was not before */
export function wasAnswered(name) {
  return unanswered.delete(name);
}

/** The daemon answers. */
export function daemonAnswers() {
  for (const waiting of [...unanswered.values()]) {
    const { again } = waiting;
    waiting.answersLeft -= 1;
    if (again === null || waiting.answersLeft > 0) continue;
    waiting.again = null;
    again();
  }
}
