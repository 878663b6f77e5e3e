/**
 * A progress bar on the error output, where somebody looks at it; the one door to `cli-progress`.
 *
 *     export  [##############----------]  62 %  6,201,000 of 10,000,000 entries  410,000/s  9 s left
 */
import progress from 'cli-progress';
import { formatBytes } from '../base/byte-size.ts';
import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { formatCount } from '../base/number-text.ts';
import type { CliContext } from './context.ts';

export type ProgressOptions = Readonly<{
  /** What is done, in one word. */
  name: string;
  total: number;
  unit: 'bytes' | 'entries';
}>;

export interface Progress extends Disposable {
  /** So much is done; cheap, may be called often. */
  at(done: number): void;
}

/** The bar takes what the texts leave of a window. */
const TEXT_COLUMNS = 72;
const BAR_COLUMNS = { min: 10, max: 64 };
const FRAMES_A_SECOND = 5;
/** Short work needs no bar. */
const SHOWN_AFTER_MS = 500;

/** Nothing is shown where nobody looks (a pipe), or where the total is not known (0). */
export function openProgress(
  { errorOutput, clock }: Pick<CliContext, 'errorOutput' | 'clock'>,
  options: ProgressOptions,
): Progress {
  if (errorOutput.isTTY !== true || options.total <= 0) {
    return { at: () => {}, [Symbol.dispose]: () => {} };
  }
  return new Bar(errorOutput, clock, options);
}

class Bar implements Progress {
  readonly #bar: progress.SingleBar;
  readonly #clock: Clock;
  readonly #options: ProgressOptions;
  readonly #startedMs: number;
  #isShown = false;

  constructor(stream: NodeJS.WriteStream, clock: Clock, options: ProgressOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#startedMs = clock.monotonicMs();
    const room = (stream.columns ?? 80) - TEXT_COLUMNS;
    const columns = Math.max(BAR_COLUMNS.min, Math.min(BAR_COLUMNS.max, room));
    this.#bar = new progress.SingleBar({
      stream,
      fps: FRAMES_A_SECOND,
      // Ctrl-C may end a command at once: nobody would show it again.
      hideCursor: false,
      clearOnComplete: true,
      linewrap: null,
      // The work does not give timers a turn: it draws itself.
      synchronousUpdate: true,
      format: (_options, { value }) => this.#line(value, columns),
    });
  }

  at(done: number): void {
    if (!this.#isShown) {
      if (this.#clock.monotonicMs() - this.#startedMs < SHOWN_AFTER_MS) return;
      this.#isShown = true;
      this.#bar.start(this.#options.total, done);
    }
    this.#bar.update(done);
  }

  [Symbol.dispose](): void {
    if (this.#isShown) this.#bar.stop();
  }

  #line(value: number, columns: number): string {
    const elapsedMs = this.#clock.monotonicMs() - this.#startedMs;
    return progressLine({ ...this.#options, done: value, elapsedMs, columns });
  }
}

export type ProgressLine = ProgressOptions &
  Readonly<{ done: number; elapsedMs: number; columns: number }>;

/** One line: how much of what, how fast, how long still. */
export function progressLine(line: ProgressLine): string {
  const { name, total, unit, elapsedMs, columns } = line;
  const done = Math.min(total, line.done);
  const filled = Math.round((done / total) * columns);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(columns - filled)}]`;
  const percent = `${Math.floor((done / total) * 100)} %`.padStart(5);
  const text = (amount: number): string =>
    unit === 'bytes' ? formatBytes(amount) : formatCount(amount);
  const amounts =
    unit === 'bytes'
      ? `${text(done)} of ${text(total)}`
      : `${text(done)} of ${text(total)} entries`;
  const perSecond = elapsedMs === 0 ? 0 : Math.round((done / elapsedMs) * 1_000);
  const left =
    perSecond === 0 ? '' : `  ${formatDuration(((total - done) / perSecond) * 1_000)} left`;
  return `${name}  ${bar} ${percent}  ${amounts}  ${text(perSecond)}/s${left}`;
}
