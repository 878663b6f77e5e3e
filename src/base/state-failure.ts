/**
 * What SQLite says of a state database that it cannot use, and the system of a disk that takes or gives nothing, as an error that
 * tells an operator what to do: no fault of the program, so no stack.
 */
import { type ErrorCode, messageOf, OperatorError, systemCodeOf } from './errors.ts';

/** SQLite's own codes for a page that makes no sense, and for a file that is no database. */
const DAMAGE_CODES: readonly number[] = [11, 26];
export const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
/** Where a quota or a limit of a file's size is met, and where `logstead.db-shm` has no room: SQLite does not say of what kind it is. */
const SQLITE_IOERR_WRITE = 778;
const SQLITE_IOERR_SHMSIZE = 4874;
/** The rest of a code says which kind of it. */
const CODE_MASK = 0xff;

type Refusal = Readonly<{ code: ErrorCode; hint: string }>;

const FULL: Refusal = {
  code: 'DISK_FULL',
  hint: 'The disk is full, takes no more files (df -i), or a quota is used up: make room there',
};
const READ_ONLY: Refusal = {
  code: 'STATE_UNREADABLE',
  hint: 'The disk is read-only, as the kernel makes one after an error (dmesg)',
};
const NOT_WRITTEN: Refusal = {
  code: 'DISK_FULL',
  hint: 'The disk takes nothing: make room there where it is full or a quota is used up (df, quota); else look whether it is well (dmesg)',
};
const FAILING: Refusal = {
  code: 'STATE_UNREADABLE',
  hint: 'Look whether the disk is well (dmesg), and whether all files are there',
};

const SYSTEM_REFUSALS: Readonly<Record<string, Refusal>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: READ_ONLY,
  EIO: FAILING,
};
/** Kinds of "read-only" are about what it may open, and stay as they are. */
const SQLITE_REFUSALS: Readonly<Record<number, Refusal>> = {
  [SQLITE_READONLY]: READ_ONLY,
  [SQLITE_IOERR_WRITE]: NOT_WRITTEN,
  [SQLITE_IOERR_SHMSIZE]: NOT_WRITTEN,
  [SQLITE_IOERR]: FAILING,
  [SQLITE_FULL]: FULL,
};

/** Anything else that was thrown stays as it is. */
export function asStateFailure(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof OperatorError) return thrown;
  if (!('errcode' in thrown)) {
    const refusal = SYSTEM_REFUSALS[systemCodeOf(thrown) ?? ''];
    return refusal === undefined ? thrown : refused(refusal, thrown.message);
  }
  const wholeCode = Number(thrown.errcode);
  const code = wholeCode & CODE_MASK;
  if (DAMAGE_CODES.includes(code)) return damagedState(messageOf(thrown));
  const refusal =
    SQLITE_REFUSALS[wholeCode] ?? (code === SQLITE_READONLY ? undefined : SQLITE_REFUSALS[code]);
  return refusal === undefined
    ? thrown
    : refused(refusal, `Cannot use the state database: ${messageOf(thrown)}`);
}

/** `said`: by SQLite. */
export function damagedState(said: string): OperatorError {
  return new OperatorError('STATE_UNREADABLE', `The state database is damaged: ${said}`, {
    hint: 'Look whether its disk is well (dmesg); then restore a backup into an empty state folder, or stop Logstead and run "logstead check --rebuild"',
  });
}

function refused({ code, hint }: Refusal, message: string): OperatorError {
  return new OperatorError(code, message, { hint });
}
