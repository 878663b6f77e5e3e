/**
 * The rotations of a daemon: those of the schedules, those of files that came to their size or age, and those that somebody
 * asks for.
 *
 * - One at a time, whoever asks.
 * - Moves that an earlier process left are settled before any of them begins.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Settings } from '../config/settings.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import type { RunStatus } from '../model/notification.ts';
import { BoundWatch } from './bound-watch.ts';
import { type RotationRequest, refuseUnknownWatch } from './rotation-request.ts';
import type { RotationResult } from './rotation-run.ts';
import { recoverOnThread, rotateOnThread } from './rotation-thread.ts';
import { lastDueAtMs } from './schedule.ts';
import { Schedules } from './schedules.ts';

export type RotationsOptions = Readonly<{
  clock: Clock;
  log: Log;
  settings: Settings;
  ingest: IngestService;
  /** Calls off the one that is going; it aborts before these are closed. */
  signal: AbortSignal;
}>;

export type RotationsStatus = Readonly<{
  nextRunAtMs: number | null;
  last: Readonly<{ run: string; status: RunStatus; finishedAtMs: number }> | null;
}>;

export class Rotations implements AsyncDisposable {
  readonly #options: RotationsOptions;
  readonly #parts = new AsyncDisposableStack();
  #settings: Settings;
  #schedule: Schedules | null = null;
  #recovering: Promise<void> = Promise.resolve();
  /** The one that is going, and whether it is about everything. */
  #rotating: Promise<RotationResult> | null = null;
  #rotatesAll = false;
  #last: RotationsStatus['last'] = null;

  private constructor(options: RotationsOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  static async start(options: RotationsOptions): Promise<Rotations> {
    const { clock, log, ingest, signal } = options;
    const rotations = new Rotations(options);
    const parts = rotations.#parts;
    rotations.#recovering = rotations.#recover().catch((cause: unknown) => {
      if (signal.aborted) return;
      log.error({ cause }, 'Interrupted moves could not be settled; the next rotation tries again');
    });
    rotations.#schedule = rotations.#startSchedule();
    parts.defer(() => rotations.#schedule?.[Symbol.asyncDispose]());
    parts.use(
      BoundWatch.start({
        clock,
        watches: () => rotations.#settings.watches,
        archivable: () => ingest.archivable(),
        run: () => rotations.#rotateAlone({ run: 'rotate', onlyLargeOrOld: true }),
        onError: (cause) => {
          if (!signal.aborted) log.error({ cause }, 'Files at their size or age were not rotated');
        },
      }),
    );
    parts.defer(async () => void (await rotations.#rotating?.catch(() => null)));
    parts.defer(() => rotations.#recovering);
    return rotations;
  }

  status(): RotationsStatus {
    return { nextRunAtMs: this.#schedule?.nextRunAtMs ?? null, last: this.#last };
  }

  /** Make one rotation now, or join the one that is going. */
  async rotate(watch: string | null = null): Promise<RotationResult> {
    if (watch !== null) {
      refuseUnknownWatch(this.#settings, watch);
      return this.#rotateAlone({ run: 'rotate', watch });
    }
    if (this.#rotating !== null && this.#rotatesAll) return this.#rotating;
    return this.#rotateAlone({ run: 'rotate' });
  }

  /** Make the run that was due while no daemon was there. */
  async makeUp(): Promise<void> {
    const { log, clock, ingest, signal } = this.#options;
    const { enabled, schedule, timezone } = this.#settings.rotation;
    try {
      const sinceMs = await ingest.lastRunAtMs();
      if (!enabled || sinceMs === null) return;
      const range = { sinceMs, nowMs: clock.nowMs() };
      const dueAtMs = lastDueAtMs({ expression: schedule, timezone }, range);
      if (dueAtMs === null) return;
      log.info({ dueAtMs }, 'Makes up for a rotation that was due while Logstead did not run');
      await this.rotate();
    } catch (cause) {
      if (!signal.aborted) log.error({ cause }, 'A rotation could not be made up for');
    }
  }

  /** The one that is going keeps the settings it began with. */
  async reconfigure(settings: Settings): Promise<void> {
    const before = this.#schedule;
    before?.end();
    this.#settings = settings;
    this.#schedule = this.#startSchedule();
    await before?.[Symbol.asyncDispose]();
  }

  /** No rotation starts any more; one that is going is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  /** One that is going may be about other files. */
  async #rotateAlone(request: RotationRequest): Promise<RotationResult> {
    while (this.#rotating !== null) await this.#rotating.catch(() => null);
    this.#rotatesAll = request.watch === undefined && request.onlyLargeOrOld !== true;
    this.#rotating = this.#rotate(request).finally(() => {
      this.#rotating = null;
    });
    return this.#rotating;
  }

  async #rotate(request: RotationRequest): Promise<RotationResult> {
    const { clock, log, ingest, signal } = this.#options;
    await this.#recovering;
    const result = await rotateOnThread(ingest, request, { settings: this.#settings, signal });
    const status = result.status === 'failed' ? 'FAILED' : 'SUCCESS';
    this.#last = { run: 'rotate', status, finishedAtMs: clock.nowMs() };
    const archived = result.outcome.archived.length;
    if (result.failure === null) log.info({ archived }, 'Rotation done');
    else log.error({ archived, ...result.failure }, 'Rotation failed');
    return result;
  }

  /** Settle what an earlier process left unfinished. */
  async #recover(): Promise<void> {
    const { log, ingest, signal } = this.#options;
    if ((await ingest.unfinishedMoves()).length === 0) return;
    for (const move of await recoverOnThread(ingest, { settings: this.#settings, signal })) {
      log.info({ ...move }, 'Settled a move that was interrupted');
    }
  }

  #startSchedule(): Schedules | null {
    const { clock, log, signal } = this.#options;
    const { enabled, schedule, timezone } = this.#settings.rotation;
    if (!enabled) return null;
    const own = this.#settings.watches.flatMap(({ name, rotation }) =>
      rotation.schedule === null ? [] : [[name, rotation.schedule] as const],
    );
    return Schedules.start({
      clock,
      expression: schedule,
      timezone,
      sections: new Map(own),
      run: async (watch, dueAtMs) => {
        if (clock.nowMs() - dueAtMs > LATE_MS)
          log.info({ dueAtMs }, 'Makes up for a rotation that was due while the machine slept');
        if (watch === null) await this.rotate();
        else await this.#rotateAlone({ run: 'rotate', watch, isOwnSchedule: true });
      },
      onMissed: (dueAtMs) =>
        log.warn({ dueAtMs, why: 'still running' }, 'A scheduled rotation did not start'),
      onError: (cause) => {
        if (!signal.aborted) log.error({ cause }, 'A scheduled rotation failed');
      },
    });
  }
}

/** Nobody has to be told of a rotation that begins as late as that. */
const LATE_MS = 2 * 60_000;
