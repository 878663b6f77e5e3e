/** The schedule of `[rotation]`, and those of sections that have one of their own: when each runs next, started and ended together. */
import { Schedule, type ScheduleOptions } from './schedule.ts';

export type SchedulesOptions = Omit<ScheduleOptions, 'expression' | 'run'> &
  Readonly<{
    expression: string;
    /** Expressions by section. */
    sections: ReadonlyMap<string, string>;
    /** `section` null: everything but those. */
    run: (section: string | null) => Promise<void>;
  }>;

export class Schedules implements AsyncDisposable {
  readonly #general: Schedule;
  readonly #all: readonly Schedule[];

  private constructor(general: Schedule, others: readonly Schedule[]) {
    this.#general = general;
    this.#all = [general, ...others];
  }

  static async start(options: SchedulesOptions): Promise<Schedules> {
    const { expression, sections, run, ...shared } = options;
    await using starting = new AsyncDisposableStack();

    const general = starting.use(
      await Schedule.start({ ...shared, expression, run: () => run(null) }),
    );
    const others: Schedule[] = [];
    for (const [name, own] of sections) {
      const schedule = await Schedule.start({ ...shared, expression: own, run: () => run(name) });
      others.push(starting.use(schedule));
    }
    starting.move();
    return new Schedules(general, others);
  }

  /** Of the run that makes the report. */
  nextRunAtMs(): number | null {
    return this.#general.nextRunAtMs();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const schedule of this.#all) await schedule[Symbol.asyncDispose]();
  }
}
