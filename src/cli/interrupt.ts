/**
 * For commands that only read: Ctrl-C and SIGTERM end them at once, even in the middle of a scan.
 *
 * They have nothing to finish. A handler would wait for the event loop, which a scan does not give a turn.
 */

export function endOnInterrupt(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal);
}
