/** Calling off a question while its thread is busy with it: through shared memory, since no message reaches it then. */

/** As much of an AbortSignal as a loop that never yields can use: aborted once `cancelled[0]` is 1. */
export function calledOffBy(cancelled: Int32Array): AbortSignal {
  return {
    get aborted() {
      return Atomics.load(cancelled, 0) === 1;
    },
  } as AbortSignal;
}
