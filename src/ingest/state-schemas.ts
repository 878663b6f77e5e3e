/**
 * The tables of all rooms that lie in the state database, for whoever is about to change it: a room that opens its own finds out too
 * late that a newer version wrote those of another.
 */

import { ALERT_LOG_SCHEMA } from '../alert/alert-log.ts';
import { ALERT_SCHEMA } from '../alert/alert-tables.ts';
import { type Database, isDatabaseFailure, type Schema } from '../base/database.ts';
import { META_SCHEMA } from '../base/state-meta.ts';
import { ENGINE_SCHEMA } from '../engine/catalog.ts';
import { OUTBOX_SCHEMA } from '../notify/outbox-tables.ts';
import { LEDGER_SCHEMA } from '../watch/ledger.ts';
import { ARCHIVE_SCHEMA } from './archive-schema.ts';
import { ASIDE_SCHEMA } from './aside-book.ts';
import { CLUSTER_SCHEMA } from './cluster-schema.ts';
import { DOUBLED_HOURS_SCHEMA } from './doubled-hours.ts';
import { IMPORT_SCHEMA } from './import-book.ts';
import { LAST_LINES_SCHEMA } from './last-lines.ts';
import { HISTORY_SCHEMA } from './pattern-history.ts';
import { RUN_SCHEMA } from './run-book.ts';
import { SAVED_QUERY_SCHEMA } from './saved-queries.ts';

const STATE_SCHEMAS: readonly Schema[] = [
  META_SCHEMA,
  ENGINE_SCHEMA,
  LEDGER_SCHEMA,
  ALERT_SCHEMA,
  ALERT_LOG_SCHEMA,
  OUTBOX_SCHEMA,
  ARCHIVE_SCHEMA,
  ASIDE_SCHEMA,
  CLUSTER_SCHEMA,
  DOUBLED_HOURS_SCHEMA,
  IMPORT_SCHEMA,
  LAST_LINES_SCHEMA,
  HISTORY_SCHEMA,
  RUN_SCHEMA,
  SAVED_QUERY_SCHEMA,
];

/** Throws STATE_NEWER where a newer version wrote any of it. Nothing is changed. */
export function refuseNewerState(database: Database): void {
  database.refuseNewer(STATE_SCHEMAS);
}

/** The same as far as a damaged database still says. */
export function refuseNewerDamaged(database: Database): void {
  try {
    refuseNewerState(database);
  } catch (cause) {
    if (!isDatabaseFailure(cause)) throw cause;
  }
}
