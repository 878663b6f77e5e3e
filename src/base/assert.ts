/**
 * Assertions for what only our own code can get wrong: arithmetic, contracts, closed switches.
 *
 * Input (config, logs, disk bytes, requests) never meets an assertion: it gets an `OperatorError`.
 * A failed assertion ends the process; the service manager restarts it from durable state.
 */

export class AssertionFailed extends Error {
  override name = 'AssertionFailed';
}

/** Check one invariant; `invariant` states it positively. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new AssertionFailed(`This must always hold: ${invariant}`);
}

/** Close a switch over a union: the compiler refuses the call while a case is missing. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`This case cannot happen: ${JSON.stringify(value)}`);
}
