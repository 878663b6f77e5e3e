/** Rules, incidents and the desk for wishes on one database: what ingest does with them, without files. */
import type { AlertEvent } from '../../src/alert/alert-event.ts';
import { AlertLog } from '../../src/alert/alert-log.ts';
import { Evaluator } from '../../src/alert/evaluator.ts';
import { IncidentStore } from '../../src/alert/incident-store.ts';
import type { Rule } from '../../src/alert/rule.ts';
import type { Database } from '../../src/base/database.ts';
import { AlertDesk } from '../../src/ingest/alert-desk.ts';
import type { AlertRequest } from '../../src/model/alert-request.ts';
import { ColumnNames } from '../../src/model/entry-columns.ts';
import type { Outbox } from '../../src/notify/outbox.ts';
import { type AlertRow, columnsOf } from './alert-rows.ts';

export class AlertScene {
  readonly names = new ColumnNames();
  readonly evaluator: Evaluator;
  readonly incidents: IncidentStore;
  readonly alertLog: AlertLog;
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #desk: AlertDesk;
  #sequence = 1;
  #nowUs: number;

  constructor(
    parts: Readonly<{ database: Database; outbox: Outbox }>,
    rules: readonly Rule[],
    nowUs: number,
  ) {
    this.#database = parts.database;
    this.#outbox = parts.outbox;
    this.#nowUs = nowUs;
    this.incidents = IncidentStore.open(parts.database);
    this.alertLog = AlertLog.open(parts.database);
    this.evaluator = Evaluator.start(rules, this.names, { host: 'web-01' });
    const { evaluator, incidents, alertLog } = this;
    this.#desk = new AlertDesk({ evaluator, incidents, alertLog });
  }

  rows(rows: readonly AlertRow[]): AlertEvent[] {
    const columns = columnsOf(rows, { names: this.names, sequence: this.#sequence });
    const batch = this.#batch();
    this.#desk.noteBatch({ first: this.#sequence, count: rows.length }, batch);
    this.#sequence += rows.length;
    return this.#commit(this.evaluator.evaluate(columns, { from: 0, to: columns.count }, batch));
  }

  read(nowUs: number): AlertEvent[] {
    this.#nowUs = nowUs;
    return this.#commit(this.evaluator.tick(this.#batch()));
  }

  async act(request: AlertRequest): Promise<void> {
    this.#commit(this.#desk.act(request, this.#batch(), this.#sequence - 1));
  }

  #batch(): Readonly<{ atUs: number; readCompleteUs: number }> {
    return { atUs: this.#nowUs, readCompleteUs: this.#nowUs };
  }

  #commit(events: AlertEvent[]): AlertEvent[] {
    this.#database.transaction(() => {
      this.#desk.record(this.#desk.take());
      this.incidents.record(this.evaluator.unsaved(), events);
      for (const { notification } of events) {
        if (notification !== null) this.#outbox.enqueue(notification);
      }
    });
    this.evaluator.markSaved();
    return events;
  }
}
