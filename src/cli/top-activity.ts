/**
 * What arrived in the last ten minutes, by source: in steps of ten seconds, for `top`. Pure but for the store it asks.
 *
 * It begins with what the store knows by the times that entries carry, and goes on with what arrives: a file that is caught
 * up with shows as the lines it brings now.
 */
import type { StoreReader } from '../engine/store-reader.ts';
import { newestSequence } from '../serve/follow.ts';

export const STEP_MS = 10_000;
export const STEP_COUNT = 60;
/** Rates are over so many looks: one alone jumps. */
const RATE_MS = 5_000;

type Look = Readonly<{ atMs: number; count: number; warnings: number; errors: number }>;

export type SourceActivity = Readonly<{
  source: string;
  linesPerSecond: number;
  warningsPerMinute: number;
  errorsPerMinute: number;
  /** Entries of each step, the present one last. */
  steps: readonly number[];
  errorSteps: readonly number[];
}>;

class Source {
  readonly steps = new Array<number>(STEP_COUNT).fill(0);
  readonly errorSteps = new Array<number>(STEP_COUNT).fill(0);
  looks: Look[] = [];

  shift(stepCount: number): void {
    for (let step = 0; step < Math.min(stepCount, STEP_COUNT); step += 1) {
      for (const steps of [this.steps, this.errorSteps]) {
        steps.shift();
        steps.push(0);
      }
    }
  }
}

export class TopActivity {
  readonly #reader: StoreReader;
  readonly #sources = new Map<string, Source>();
  #sequence: number;
  #step: number;

  constructor(reader: StoreReader, nowMs: number) {
    this.#reader = reader;
    this.#sequence = newestSequence(reader);
    this.#step = Math.floor(nowMs / STEP_MS);
    this.#fill(nowMs);
  }

  /** Take in what arrived since the last look. */
  look(nowMs: number): void {
    const step = Math.floor(nowMs / STEP_MS);
    for (const source of this.#sources.values()) source.shift(step - this.#step);
    this.#step = step;
    const found = new Map<string, { count: number; warnings: number; errors: number }>();
    const newest = newestSequence(this.#reader);
    if (newest > this.#sequence) {
      const arrived = { afterSequence: this.#sequence, upToSequence: newest };
      const request = { query: { kind: 'everything' }, ...arrived } as const;
      for (const group of this.#reader.groupBy(request, { by: ['source', 'level'] })) {
        const [name = '', level = ''] = group.values;
        const counts = found.get(name) ?? { count: 0, warnings: 0, errors: 0 };
        found.set(name, counts);
        counts.count += group.count;
        if (level === 'WARN') counts.warnings += group.count;
        if (level === 'ERROR' || level === 'FATAL') counts.errors += group.count;
      }
      this.#sequence = newest;
    }
    for (const name of found.keys()) this.#source(name);
    for (const [name, source] of this.#sources) {
      const counts = found.get(name) ?? { count: 0, warnings: 0, errors: 0 };
      source.steps[STEP_COUNT - 1]! += counts.count;
      source.errorSteps[STEP_COUNT - 1]! += counts.errors;
      source.looks.push({ atMs: nowMs, ...counts });
      source.looks = source.looks.filter(({ atMs }) => atMs > nowMs - 60_000);
    }
  }

  sources(nowMs: number): SourceActivity[] {
    return [...this.#sources].map(([name, { steps, errorSteps, looks }]) => {
      const recent = looks.filter(({ atMs }) => atMs > nowMs - RATE_MS);
      const sum = (pick: (look: Look) => number, of: readonly Look[]): number =>
        of.reduce((total, look) => total + pick(look), 0);
      return {
        source: name,
        linesPerSecond: sum(({ count }) => count, recent) / (RATE_MS / 1_000),
        warningsPerMinute: sum(({ warnings }) => warnings, looks),
        errorsPerMinute: sum(({ errors }) => errors, looks),
        steps,
        errorSteps,
      };
    });
  }

  #source(name: string): Source {
    let source = this.#sources.get(name);
    if (source === undefined) {
      source = new Source();
      this.#sources.set(name, source);
    }
    return source;
  }

  #fill(nowMs: number): void {
    const untilUs = (Math.floor(nowMs / STEP_MS) + 1) * STEP_MS * 1_000;
    const fromUs = untilUs - STEP_COUNT * STEP_MS * 1_000;
    const options = { bucketUs: STEP_MS * 1_000, by: 'source' } as const;
    const filters = [
      { query: { kind: 'everything' }, of: (source: Source) => source.steps },
      {
        query: { kind: 'level', comparison: '>=', level: 'ERROR' },
        of: (source: Source) => source.errorSteps,
      },
    ] as const;
    for (const { query, of } of filters) {
      for (const { startUs, counts } of this.#reader.histogram(
        { query, fromUs, untilUs },
        options,
      )) {
        const step = Math.round((startUs - fromUs) / (STEP_MS * 1_000));
        for (const [name, count] of counts) of(this.#source(name))[step] = count;
      }
    }
  }
}
