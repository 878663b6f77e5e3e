/** Anything thrown by a command → what people read, and the exit code. */
import { CommanderError } from 'commander';
import { type ErrorCode, messageOf, OperatorError } from '../base/errors.ts';
import { asStateFailure } from '../base/state-failure.ts';
import { QueryError } from '../query/query-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { queryErrorText } from './query-error-text.ts';

const EXIT_OF_CODE: Readonly<Record<ErrorCode, ExitCode>> = {
  CONFIG_INVALID: EXIT.USAGE,
  CONFIG_UNREADABLE: EXIT.USAGE,
  QUERY_INVALID: EXIT.USAGE,
  QUERY_STOPPED: EXIT.STAGE_FAILED,
  CLUSTER_UNREACHABLE: EXIT.STAGE_FAILED,
  CLUSTER_REFUSED: EXIT.STAGE_FAILED,
  CLUSTER_UNSUITABLE: EXIT.STAGE_FAILED,
  CLUSTER_FAILED: EXIT.STAGE_FAILED,
  USAGE: EXIT.USAGE,
  STATE_IN_USE: EXIT.STATE_IN_USE,
  STATE_NEWER: EXIT.USAGE,
  STATE_UNREADABLE: EXIT.STAGE_FAILED,
  SEGMENT_CORRUPT: EXIT.DAMAGE_FOUND,
  DAEMON_NOT_RUNNING: EXIT.NOT_RUNNING,
  DAEMON_REFUSED: EXIT.STAGE_FAILED,
  BACKUP_UNREADABLE: EXIT.USAGE,
  DISK_FULL: EXIT.STAGE_FAILED,
  STAGE_FAILED: EXIT.STAGE_FAILED,
  ARCHIVE_FAILED: EXIT.STAGE_FAILED,
  REPORT_FAILED: EXIT.STAGE_FAILED,
  NOTIFY_FAILED: EXIT.STAGE_FAILED,
  FILE_UNREADABLE: EXIT.USAGE,
  SERVICE_FAILED: EXIT.STAGE_FAILED,
};

/** Links of a cause chain that are shown; deeper ones repeat. */
const CAUSES_SHOWN_MAX = 4;

export function exitCodeOf(caught: unknown): ExitCode {
  const thrown = firstOf(caught);
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.DONE : EXIT.USAGE;
  return thrown instanceof OperatorError ? EXIT_OF_CODE[thrown.code] : EXIT.STAGE_FAILED;
}

/** The message, its causes and the hint; empty where commander has printed it already. */
export function explainError(caught: unknown): string {
  const thrown = asStateFailure(firstOf(caught));
  if (thrown instanceof CommanderError) return '';
  if (!(thrown instanceof OperatorError)) {
    // Not an error we foresaw: the stack is what a report needs.
    return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  }
  if (thrown instanceof QueryError) return queryErrorText(thrown);
  const lines = [thrown.message];
  let cause: unknown = thrown.cause;
  for (let shown = 0; cause !== undefined && shown < CAUSES_SHOWN_MAX; shown += 1) {
    const reason = messageOf(cause);
    // Many messages end with what the system said.
    if (lines.at(-1)?.endsWith(reason) !== true) lines.push(`  because: ${reason}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (thrown.hint !== undefined) lines.push(`  ${thrown.hint}`);
  return lines.join('\n');
}

/** What went wrong, where what was open could not be closed either, as on a full disk: that follows from it. */
function firstOf(thrown: unknown): unknown {
  let first = thrown;
  while (first instanceof SuppressedError) first = first.suppressed;
  return first;
}
