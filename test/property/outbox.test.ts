/**
 * Notifications of hours, to a mail server that is slow, refuses and is away, and to a webhook like it, by deliverers that are
 * killed: each is delivered or given up, once but where a kill forgot the answer, within the budget, and no end before its beginning.
 */
import { expect, test } from 'vitest';
import { Database } from '../../src/base/database.ts';
import type { Notification } from '../../src/model/notification.ts';
import { DIGEST_EVERY_MS } from '../../src/notify/mail-plan.ts';
import { Outbox, type OutboxRow } from '../../src/notify/outbox.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { alertNotice, NEWEST_MS, notification } from '../support/notices.ts';

/** `OUTBOX_CASES` and `OUTBOX_SEED`: more of them, or others. */
const CASES = Number(process.env.OUTBOX_CASES ?? 10);
const SEED = Number(process.env.OUTBOX_SEED ?? 1);
const STEPS = 150;
const MAILS_MAX = 3;
const FILES_MAX = 4;
const HOOKS_MAX = 3;
const BUDGET = 5;
const HOUR_MS = 3_600_000;
const CHANNELS = ['file', 'email', 'webhook:pager'] as const;
const RECIPIENTS = ['ann@example.org', 'ben@example.org'];
const PAUSES_MS = [0, 400, 3_000, 20_000, 4 * 60_000, 20 * 60_000];
/** Long enough for what waits for its hour, and for every retry. */
const SETTLED_MS = 40 * HOUR_MS;

type Sent = Readonly<{ row: OutboxRow; atMs: number; isForgotten: boolean }>;

test('Each notification is delivered or given up, once, in order, and within the budget', {
  timeout: 600_000,
}, () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const scene = new Scene(seed);
    scene.live();
    expect({ seed, ...scene.outcome() }).toEqual({
      ...{ seed, unsettled: [], twice: [], early: [], overBudget: [], changedDigests: [] },
    });
    scene.close();
  }
});

class Scene {
  readonly #random: () => number;
  readonly #database = Database.open(':memory:');
  #outbox: Outbox;
  #nowMs = NEWEST_MS;
  #incidentCount = 0;
  readonly #open: string[] = [];
  /** Of the deliverer that runs. */
  #underWay: OutboxRow[] = [];
  readonly #sent: Sent[] = [];
  /** What each digest had when it was tried first. */
  readonly #digests = new Map<string, string>();
  readonly #changedDigests: string[] = [];
  #serverIsAway = false;

  constructor(seed: number) {
    this.#random = randomOf(seed);
    this.#outbox = this.#openOutbox();
  }

  live(): void {
    for (let step = 0; step < STEPS; step += 1) {
      const busy = this.#chance(0.1) ? 12 : 2;
      for (let count = Math.floor(this.#random() * busy); count > 0; count -= 1) this.#say();
      if (this.#chance(0.05)) this.#serverIsAway = !this.#serverIsAway;
      this.#begin();
      this.#nowMs += this.#pick(PAUSES_MS);
      this.#end(0.7);
      if (this.#chance(0.05)) this.#kill();
      if (this.#chance(0.03)) this.#outbox = this.#openOutbox();
    }
    this.#serverIsAway = false;
    for (const endMs = this.#nowMs + SETTLED_MS; this.#nowMs < endMs; this.#nowMs += 60_000) {
      this.#begin();
      this.#end(1);
    }
  }

  outcome(): Readonly<Record<string, unknown[]>> {
    const { waiting } = this.#outbox.counts();
    return {
      unsettled: waiting === 0 ? [] : [waiting],
      twice: this.#twice(),
      early: this.#early(),
      overBudget: RECIPIENTS.flatMap((recipient) => this.#overBudget(recipient)),
      changedDigests: this.#changedDigests,
    };
  }

  close(): void {
    this.#database.close();
  }

  #openOutbox(): Outbox {
    return Outbox.open(this.#database, { email: RECIPIENTS, routes: [], budget: BUDGET });
  }

  #say(): void {
    if (this.#open.length > 0 && this.#chance(0.4)) {
      const index = Math.floor(this.#random() * this.#open.length);
      const [incident] = this.#open.splice(index, 1);
      this.#outbox.enqueue(this.#notificationOf(incident!, 'resolved'));
      return;
    }
    this.#incidentCount += 1;
    const incident = `${this.#incidentCount}${this.#chance(0.2) ? '!' : ''}`;
    this.#open.push(incident);
    this.#outbox.enqueue(this.#notificationOf(incident, 'opened'));
  }

  #notificationOf(incidentId: string, what: 'opened' | 'resolved'): Notification {
    const opening = { key: `alert:${incidentId}:opened`, finding: '' };
    const severity = incidentId.endsWith('!') ? 'critical' : 'high';
    const event = alertNotice({ what, incidentId, opening, severity });
    const key = `alert:${incidentId}:${what}`;
    return notification(event, { key, channels: CHANNELS, createdAtMs: this.#nowMs });
  }

  #begin(): void {
    const numbers = this.#underWay.flatMap((row) => row.numbers);
    const countOf = (channel: string) =>
      this.#underWay.filter((row) => row.channel === channel).length;
    const rows = this.#outbox.due(this.#nowMs, {
      fileCount: FILES_MAX - countOf('file'),
      hookCount: HOOKS_MAX,
      mailCount: MAILS_MAX - countOf('email'),
      underWay: numbers,
    });
    for (const row of rows) this.#noteDigest(row);
    this.#underWay.push(...rows);
  }

  /** Some of what is under way comes to its end. */
  #end(share: number): void {
    const ended = this.#underWay.filter(() => this.#chance(share));
    this.#underWay = this.#underWay.filter((row) => !ended.includes(row));
    for (const row of ended) {
      const outcome = this.#tried(row);
      if (outcome === 'sent') this.#sent.push({ row, atMs: this.#nowMs, isForgotten: false });
      const error = outcome === 'sent' ? null : 'no';
      this.#outbox.record({ numbers: row.numbers, outcome, error, atMs: this.#nowMs });
    }
  }

  #tried({ channel }: OutboxRow): 'sent' | 'retry' | 'hold' | 'dead' {
    if (channel !== 'file' && this.#serverIsAway) return 'retry';
    const dice = this.#random();
    if (dice < 0.8) return 'sent';
    return dice < 0.95 ? 'retry' : dice < 0.98 ? 'hold' : 'dead';
  }

  /** The next process knows nothing of what was under way: some of it had arrived. */
  #kill(): void {
    for (const row of this.#underWay) {
      if (this.#chance(0.5)) this.#sent.push({ row, atMs: this.#nowMs, isForgotten: true });
    }
    this.#underWay = [];
    this.#outbox = this.#openOutbox();
  }

  #noteDigest({ event, key, numbers }: OutboxRow): void {
    if (event.kind !== 'digest') return;
    const content = numbers.toSorted((a, b) => a - b).join();
    if ((this.#digests.get(key) ?? content) !== content) this.#changedDigests.push(key);
    this.#digests.set(key, content);
  }

  #twice(): number[] {
    const certain = this.#sent.filter(({ isForgotten }) => !isForgotten);
    const numbers = certain.flatMap(({ row }) => row.numbers);
    return numbers.filter((number, index) => numbers.indexOf(number) !== index);
  }

  /** Ends that somebody got before the beginning, which they got later, or which is in no mail of theirs. */
  #early(): string[] {
    const seen = new Set<string>();
    const keyOf = this.#keys();
    const early: string[] = [];
    for (const { row } of this.#sent) {
      const keys = row.numbers.map((number) => keyOf.get(number)!);
      for (const key of keys) seen.add(`${row.channel} ${row.recipient} ${key}`);
      for (const key of keys.filter((each) => each.endsWith(':resolved'))) {
        const opening = `${row.channel} ${row.recipient} ${key.replace(/resolved$/, 'opened')}`;
        if (row.channel !== 'file' && !seen.has(opening) && this.#isSent(opening))
          early.push(opening);
      }
    }
    return early;
  }

  #isSent(identity: string): boolean {
    const keyOf = this.#keys();
    return this.#sent.some(({ row: { channel, recipient, numbers } }) =>
      numbers.some((number) => `${channel} ${recipient} ${keyOf.get(number)!}` === identity),
    );
  }

  #keys(): ReadonlyMap<number, string> {
    const rows = this.#database
      .prepare(
        'SELECT d.number, n.key FROM deliveries d JOIN notifications n ON n.number = d.notification',
      )
      .all();
    return new Map(rows.map((row) => [Number(row.number), String(row.key)]));
  }

  /** Hours in which a recipient got more than that: twice as many where there are critical ones, and a digest now and then. */
  #overBudget(recipient: string): string[] {
    const mails = this.#sent.filter(
      ({ row, isForgotten }) =>
        row.channel === 'email' && row.recipient === recipient && !isForgotten,
    );
    const mailsMax = 2 * BUDGET + HOUR_MS / DIGEST_EVERY_MS + MAILS_MAX;
    return mails.flatMap(({ atMs }) => {
      const within = mails.filter((each) => each.atMs > atMs - HOUR_MS && each.atMs <= atMs);
      return within.length > mailsMax ? [`${recipient}: ${within.length}`] : [];
    });
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}
