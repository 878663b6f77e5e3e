/** What SQLite says of a state database that is damaged, as an error that tells an operator what to do. */
import { messageOf, OperatorError } from './errors.ts';

/** SQLite's own codes for a page that makes no sense, and for a file that is no database. */
const DAMAGE_CODES: readonly number[] = [11, 26];
/** The rest of a code says which kind of it. */
const CODE_MASK = 0xff;

/** Anything else that was thrown stays as it is. */
export function asStateFailure(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return thrown;
  if (!DAMAGE_CODES.includes(Number(thrown.errcode) & CODE_MASK)) return thrown;
  return damagedState(messageOf(thrown));
}

/** `said`: by SQLite. */
export function damagedState(said: string): OperatorError {
  return new OperatorError('STATE_UNREADABLE', `The state database is damaged: ${said}`, {
    hint: 'Look whether its disk is well (dmesg); then restore a backup into an empty state folder, or stop Logstead and run "logstead check --rebuild"',
  });
}
