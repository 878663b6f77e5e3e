/**
 * What clocks did that rules have to know: a machine that was off or asleep, a clock that was set, a daemon that did not run.
 *
 * - A gap (the machine was off or asleep, the clock was set forward): silence begins anew behind it.
 * - A step (the clock was set back by more than a minute, running or not): time begins anew.
 * - A daemon that did not run is neither: lines were written, and are read now; what is told of them says so.
 */
import type { AlertControl } from '../alert/alert-control.ts';
import type { AlertEvent } from '../alert/alert-event.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { ClockWatch } from './clock-watch.ts';
import type { Absence, Presence } from './presence.ts';

/** Back by less, arrival stands still until the clock has come up again. */
const STEP_US_MIN = 60_000_000;

type Jump = Extract<AlertControl, { kind: 'gap' | 'step' }>;

export class IngestClocks {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #presence: Presence | null;
  readonly #watch: ClockWatch;
  readonly #committedAtUs: number | null;
  readonly #onJump: (jump: Jump) => void;

  constructor(
    parts: Readonly<{ clock: Clock; log: Log; presence: Presence | null }>,
    options: Readonly<{ committedAtUs: number | null; onJump: (jump: Jump) => void }>,
  ) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#presence = parts.presence;
    this.#watch = new ClockWatch(parts.clock);
    this.#committedAtUs = options.committedAtUs;
    this.#onJump = options.onJump;
  }

  get #absence(): Absence | null {
    return this.#presence?.absence ?? null;
  }

  /** Before the first line is read. */
  start(): void {
    const nowUs = this.#clock.nowMs() * 1_000;
    const committedUs = this.#committedAtUs;
    if (committedUs !== null && committedUs - nowUs > STEP_US_MIN) {
      this.#jump({ kind: 'step', fromUs: committedUs, toUs: nowUs });
    } else if (this.#absence?.isMachineOff) {
      const { fromMs, toMs } = this.#absence;
      this.#jump({ kind: 'gap', fromUs: fromMs * 1_000, toUs: toMs * 1_000 });
    }
  }

  /** In every round. `againMs`: at the latest so long from now. */
  look(againMs?: number): void {
    this.#presence?.touch(againMs);
    const jump = this.#watch.look();
    if (jump === null) return;
    const { kind, fromMs, toMs } = jump;
    this.#jump({ kind, fromUs: Math.round(fromMs * 1_000), toUs: Math.round(toMs * 1_000) });
  }

  /** An opening about lines that were written while nobody read says so. */
  withAbsence(event: AlertEvent): AlertEvent {
    const absence = this.#absence;
    const { notification, incident } = event;
    if (absence === null || notification?.event.kind !== 'alert') return event;
    const { fromMs, toMs } = absence;
    if (notification.event.what !== 'opened') return event;
    if (incident.lastAtMs < fromMs || incident.firstAtMs > toMs) return event;
    const notice = { ...notification.event, unwatched: { fromMs, toMs } };
    return { ...event, notification: { ...notification, event: notice } };
  }

  #jump(jump: Jump): void {
    const what =
      jump.kind === 'gap'
        ? 'Time passed in which nothing was written: the machine was off or asleep, or its clock was set forward'
        : 'The clock was set back: rules begin anew there';
    this.#log.warn({ fromMs: jump.fromUs / 1_000, toMs: jump.toUs / 1_000 }, what);
    this.#onJump(jump);
  }
}
