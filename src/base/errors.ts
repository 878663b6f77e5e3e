/**
 * Errors that an operator reads: what was being done, to what, what was found, and what to do next.
 *
 * `code` is from one catalogue, so that programs and tests can match it; people read the message.
 * Sentence case, active voice, no contraction, no final stop; strings quoted, numbers with units.
 */

/** Every code that reaches an operator, and what it stands for. */
export const ERROR_CODES = {
  CONFIG_INVALID: 'the config file has mistakes; all are listed',
  CONFIG_UNREADABLE: 'the config file cannot be read',
  QUERY_INVALID: 'a query cannot be understood; column and suggestion are given',
  QUERY_STOPPED: 'a query met its deadline or was called off; nothing is known of the rest',
  STATE_IN_USE: 'another process holds the state folder',
  STATE_NEWER: 'the state folder was written by a newer version',
  STATE_UNREADABLE: 'the state folder cannot be read or written',
  SEGMENT_CORRUPT: 'bytes of a segment do not match their checksum or version',
  DAEMON_NOT_RUNNING: 'no daemon answers on this state folder',
  DAEMON_REFUSED: 'the daemon understood the request and refused it',
  BACKUP_UNREADABLE: 'a folder holds no backup, or not of this store',
  DISK_FULL: 'too little is free on the disk of the index; nothing is read until there is more',
  STAGE_FAILED: 'one stage of a run failed; later stages were not started',
  ARCHIVE_FAILED: 'a file could not be archived; it stays where it is',
  REPORT_FAILED: 'a report could not be written',
  NOTIFY_FAILED: 'a notification could not be delivered',
  FILE_UNREADABLE: 'a log file cannot be read',
  SERVICE_FAILED: 'the system service could not be installed, removed or asked',
  CLUSTER_UNREACHABLE: 'a server of the ClickHouse cluster does not answer',
  CLUSTER_REFUSED: 'the cluster refuses the name, the password or the right to do something',
  CLUSTER_UNSUITABLE: 'a server of the cluster is too old, or its tables are not those of Logstead',
  CLUSTER_FAILED: 'the cluster could not do what was asked of it; nothing of it is shown',
  USAGE: 'the command line cannot be understood',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export type OperatorErrorOptions = Readonly<{
  /** What the operator can do about it, as a sentence. */
  hint?: string;
  cause?: unknown;
}>;

export class OperatorError extends Error {
  override name = 'OperatorError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: OperatorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** The message of anything thrown; for text that is shown, never for decisions. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a system error (`ENOENT`, `EACCES`, …), or undefined. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
