/** Exit codes of every command. A contract: scripts rely on them. */

export const EXIT = {
  DONE: 0,
  NOTHING_FOUND: 1,
  USAGE: 2,
  NOT_RUNNING: 3,
  STAGE_FAILED: 4,
  NO_LOG_FILE: 5,
  STATE_IN_USE: 6,
  DAMAGE_FOUND: 7,
  HARM_FOUND: 8,
  SELFTEST_FAILED: 9,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
