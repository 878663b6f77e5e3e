/** The door to signals for other processes: those that are told to open their log files anew. */

/** Throws what the system says (`ESRCH`, `EPERM`). */
export function signalProcess(pid: number, signal: 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2'): void {
  process.kill(pid, signal);
}
