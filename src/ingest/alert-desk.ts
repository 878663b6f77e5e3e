/**
 * Where people's wishes about alerts become part of the sequence of lines, and where that sequence is written down: every
 * batch of rows with the times the rules saw, every wish at its place. From that a replay says what was said.
 *
 * All is kept until a commit takes it (`take`), and written in that commit's transaction (`record`).
 */
import { randomBytes } from 'node:crypto';
import type { AlertControl } from '../alert/alert-control.ts';
import type { AlertEvent, Batch } from '../alert/alert-event.ts';
import type { AlertLog, BatchRecord } from '../alert/alert-log.ts';
import {
  ARCHIVE_DAMAGED,
  archiveAcknowledged,
  archiveUnacknowledged,
} from '../alert/archive-incidents.ts';
import type { Evaluator } from '../alert/evaluator.ts';
import { checkIncidentQuery } from '../alert/incident-match.ts';
import type { IncidentStore } from '../alert/incident-store.ts';
import { OperatorError } from '../base/errors.ts';
import type { AlertRequest } from '../model/alert-request.ts';
import { timestampText } from '../model/entry-record.ts';
import type { Silence } from '../model/silence.ts';

/** More silences at a time are a program's, and every notification is compared with each. */
const SILENCES_MAX = 1_000;
/** Names and reasons are for people. */
const TEXT_CHARACTERS_MAX = 500;
const YEAR_US = 366 * 86_400_000_000;

export type AlertDeskParts = Readonly<{
  evaluator: Evaluator;
  incidents: IncidentStore;
  alertLog: AlertLog;
}>;

type AckRequest = Extract<AlertRequest, { kind: 'acknowledge' | 'unacknowledge' }>;

type Done = Readonly<{ control: AlertControl; batch: Batch; sequence: number }>;

/** What belongs to one commit. */
export type TakenWishes = Readonly<{ batches: readonly BatchRecord[]; controls: readonly Done[] }>;

export class AlertDesk {
  readonly #parts: AlertDeskParts;
  #batches: BatchRecord[] = [];
  #controls: Done[] = [];

  constructor(parts: AlertDeskParts) {
    this.#parts = parts;
  }

  /** The rules have looked at rows, or time alone has made them say something. */
  noteBatch(rows: Readonly<{ first: number; count: number }>, batch: Batch): void {
    this.#batches.push({ ...rows, ...batch });
  }

  /** What the rules say to it. Throws USAGE or QUERY_INVALID for what cannot be done. */
  act(request: AlertRequest, batch: Batch, sequence: number): AlertEvent[] {
    const control = this.#controlOf(request, batch);
    if (control.kind === 'acknowledge' || control.kind === 'unacknowledge') {
      // No rule has said it, so none is asked, and nothing of it is in the sequence of lines.
      const incident = this.#parts.incidents.find(control.incident);
      const note = [control.who, control.why].filter((text) => text !== '').join(': ');
      if (incident?.rule === ARCHIVE_DAMAGED) {
        const eventOf =
          control.kind === 'acknowledge' ? archiveAcknowledged : archiveUnacknowledged;
        return [eventOf(incident, batch.atUs / 1000, note)];
      }
    }
    const events = this.#parts.evaluator.control(control, batch);
    this.#controls.push({ control, batch, sequence });
    return events;
  }

  /** What clocks did. */
  note(control: AlertControl, batch: Batch, sequence: number): AlertEvent[] {
    const events = this.#parts.evaluator.control(control, batch);
    this.#controls.push({ control, batch, sequence });
    return events;
  }

  /** What is to be written with the commit that begins now. */
  take(): TakenWishes {
    const taken = { batches: this.#batches, controls: this.#controls };
    this.#batches = [];
    this.#controls = [];
    return taken;
  }

  /** Inside the transaction of the lines. */
  record({ batches, controls }: TakenWishes): void {
    const { alertLog, incidents } = this.#parts;
    alertLog.addBatches(batches);
    for (const { control, batch, sequence } of controls) {
      alertLog.addControl(control, batch, sequence);
      if (control.kind === 'silence') incidents.putSilence(control.silence);
      if (control.kind === 'unsilence') incidents.endSilence(control.silence, batch.readCompleteUs);
    }
  }

  #controlOf(request: AlertRequest, batch: Batch): AlertControl {
    const who = named(request.who);
    const why = named(request.why);
    switch (request.kind) {
      case 'acknowledge':
      case 'unacknowledge':
        return { kind: request.kind, incident: this.#incident(request), who, why };
      case 'silence':
        return { kind: 'silence', silence: this.#silenceOf(request, { who, why, batch }) };
      case 'unsilence':
        return { kind: 'unsilence', silence: this.#silence(request.silence), who, why };
    }
  }

  /** An incident that is open and, where that is to be taken back, acknowledged. */
  #incident({ kind, incident: id }: AckRequest): string {
    const incident = this.#parts.incidents.find(id);
    const doing = kind === 'acknowledge' ? 'acknowledge' : 'take back the acknowledgement of';
    const refuse = (found: string): OperatorError =>
      new OperatorError('USAGE', `Cannot ${doing} incident "${named(id)}": ${found}`, {
        hint: 'List what is open with "logstead alerts list --state open"',
      });
    if (incident === null) throw refuse('none has this id, or several do');
    if (incident.resolvedAtMs !== null) throw refuse('it is over');
    if (kind === 'unacknowledge' && incident.acknowledgedAtMs === null) {
      throw refuse('nobody has acknowledged it, or it got worse since');
    }
    return incident.id;
  }

  #silenceOf(
    { query, untilMs }: Extract<AlertRequest, { kind: 'silence' }>,
    { who, why, batch }: Readonly<{ who: string; why: string; batch: Batch }>,
  ): Silence {
    checkIncidentQuery(query);
    const fromUs = batch.readCompleteUs;
    const untilUs = Math.round(untilMs * 1000);
    if (!(untilUs > batch.atUs) || untilUs > batch.atUs + YEAR_US) {
      const given = Number.isFinite(untilUs) ? timestampText(untilUs) : 'no time';
      throw new OperatorError(
        'USAGE',
        `Cannot silence until ${given}: expected a time within the next year`,
      );
    }
    const isCurrent = (silence: Silence): boolean => silence.untilUs > fromUs;
    if (this.#parts.evaluator.silences.filter(isCurrent).length >= SILENCES_MAX) {
      throw new OperatorError(
        'USAGE',
        `Cannot silence: there are ${SILENCES_MAX} silences already`,
      );
    }
    return { id: randomBytes(4).toString('hex'), query, fromUs, untilUs, who, why };
  }

  #silence(id: string): string {
    const found = this.#parts.evaluator.silences.filter((silence) => silence.id.startsWith(id));
    if (found.length === 1 && id.length >= 4) return found[0]!.id;
    throw new OperatorError(
      'USAGE',
      `Cannot end silence "${named(id)}": none has this id, or several do`,
      {
        hint: 'List them with "logstead alerts silence"',
      },
    );
  }
}

function named(text: string): string {
  return text.length <= TEXT_CHARACTERS_MAX ? text : `${text.slice(0, TEXT_CHARACTERS_MAX)}…`;
}
