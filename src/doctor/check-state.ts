/** The state database, as far as SQLite can tell by itself: whether its pages make sense. */
import { existsSync } from 'node:fs';
import { Database, isDatabaseFailure } from '../base/database.ts';
import { OperatorError } from '../base/errors.ts';
import { asStateFailure, damagedState } from '../base/state-failure.ts';
import { type Finding, well } from './finding.ts';

const CHECK = 'state';

export function checkState(databasePath: string): Finding[] {
  if (!existsSync(databasePath)) return [];
  try {
    using database = Database.open(databasePath, { readOnly: true });
    const [first] = database.prepare('PRAGMA quick_check(1)').all();
    const said = String(first?.quick_check);
    if (said === 'ok') return [well(CHECK, `the state database: ${databasePath} is whole`)];
    return [damaged(damagedState(said))];
  } catch (cause) {
    const failure = asStateFailure(cause);
    if (failure instanceof OperatorError) return [damaged(failure)];
    // Nobody may read it, or somebody has it for himself: other checks say what is wrong.
    if (isDatabaseFailure(cause)) return [];
    throw cause;
  }
}

function damaged({ message, hint }: OperatorError): Finding {
  return { check: CHECK, verdict: 'fail', harm: 'lines', text: message, fix: hint ?? null };
}
