/** The schedule of `[rotation]`, and those of sections that have one of their own: when each runs next, started and ended together. */
import { Schedule, type ScheduleOptions } from './schedule.ts';

export type SchedulesOptions = Omit<ScheduleOptions, 'expression' | 'run'> &
  Readonly<{
    expression: string;
    /** Expressions by section. */
    sections: ReadonlyMap<string, string>;
    /** `section` null: everything but those. */
    run: (section: string | null, dueAtMs: number) => Promise<void>;
  }>;

export class Schedules implements AsyncDisposable {
  readonly #general: Schedule;
  readonly #all: readonly Schedule[];

  private constructor(general: Schedule, others: readonly Schedule[]) {
    this.#general = general;
    this.#all = [general, ...others];
  }

  static start(options: SchedulesOptions): Schedules {
    const { expression: general, sections, run, ...shared } = options;
    const startOf = (expression: string, section: string | null): Schedule =>
      Schedule.start({ ...shared, expression, run: (dueAtMs) => run(section, dueAtMs) });
    const others = [...sections].map(([name, own]) => startOf(own, name));
    return new Schedules(startOf(general, null), others);
  }

  /** Of the run that makes the report. */
  get nextRunAtMs(): number | null {
    return this.#general.nextRunAtMs;
  }

  /** Start what is due by now, and nothing any more. */
  end(): void {
    for (const schedule of this.#all) schedule.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((schedule) => schedule[Symbol.asyncDispose]()));
  }
}
