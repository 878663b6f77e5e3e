/**
 * Kind `cardinality at least`: the condition holds at t when at least `distinct` different values came in
 * (t − window, t]. Exact whatever the order of arrival, and without a sketch.
 *
 * A line of value v adds one to [x, x + window), but for the part where a neighbour of the same value is counted already:
 * one piece. The sum of the pieces is a step function; where it reaches `distinct`, the condition holds. A line is let
 * go of at once when it adds nothing to what lines of its value around it cover; and when its whole piece lies inside one
 * incident, or is too old to meet another.
 */
import type { IncidentBook, IncidentState } from '../incident-book.ts';
import type { Match, Window } from './window.ts';

const SWEEP_LINES_MIN = 16;

export type CardinalityBounds = Readonly<{ distinct: number; windowUs: number }>;

export type SavedCardinality = readonly (readonly [value: string, lines: readonly SavedLine[]])[];

type SavedLine = readonly [etUs: number, keptUs: number];

/** A line of one value. */
type Line = Readonly<{ etUs: number; keptUs: number }>;

/** From `fromUs` to the next step, `count` different values lie in the window. */
type Step = { fromUs: number; count: number };

export class CardinalityWindow implements Window {
  readonly spanUs: number;
  readonly dueUs = Number.POSITIVE_INFINITY;
  readonly #distinct: number;
  readonly #values = new Map<string, Line[]>();
  #steps: Step[] = [];
  #lineCount = 0;
  #sweepAtCount = SWEEP_LINES_MIN;

  constructor(bounds: CardinalityBounds, saved: SavedCardinality | null = null) {
    this.spanUs = bounds.windowUs;
    this.#distinct = bounds.distinct;
    for (const [value, lines] of saved ?? []) {
      this.#values.set(
        value,
        lines.map(([etUs, keptUs]) => ({ etUs, keptUs })),
      );
      this.#lineCount += lines.length;
    }
    this.#rebuildSteps();
  }

  get heldCount(): number {
    return this.#lineCount;
  }

  add(match: Match, book: IncidentBook): void {
    if (this.#lineCount >= this.#sweepAtCount) this.forget(match.horizonUs, book);
    const { etUs, keptUs } = match;
    const lines = this.#linesOf(match.value!);
    let at = lines.length;
    while (at > 0 && lines[at - 1]!.etUs > etUs) at -= 1;
    const before = lines[at - 1]?.etUs ?? Number.NEGATIVE_INFINITY;
    const after = lines[at]?.etUs ?? Number.POSITIVE_INFINITY;
    const windowUs = this.spanUs;
    lines.splice(at, 0, { etUs, keptUs: Math.max(etUs, keptUs - windowUs) });
    this.#lineCount += 1 - dropCovered(lines, at, windowUs);
    const startUs = Math.max(etUs, before + windowUs);
    const endUs = Math.min(etUs + windowUs, after);
    if (startUs < endUs) this.#raise({ startUs, endUs, keptUs }, book);
    book.noteLine(etUs, windowUs, null);
  }

  decide(): void {}

  /** Different values, of which there are at least so many; lines are not counted. */
  countOf(): number {
    return this.#distinct;
  }

  /** Lines inside an incident count too: while they are held, a line among them keeps the incident for longer. */
  mayForget(): boolean {
    return this.#lineCount > 0;
  }

  forget(horizonUs: number, book: IncidentBook): void {
    const windowUs = this.spanUs;
    this.#lineCount = 0;
    for (const [value, lines] of this.#values) {
      const kept = lines.filter((line) => {
        const around = book.incidents[book.indexAround(line.etUs)];
        const isInside =
          around !== undefined &&
          around.openUs <= line.etUs &&
          line.etUs + windowUs <= around.endUs;
        return !isInside && line.keptUs + windowUs > horizonUs;
      });
      if (kept.length === 0) this.#values.delete(value);
      else this.#values.set(value, kept);
      this.#lineCount += kept.length;
    }
    this.#rebuildSteps();
    this.#sweepAtCount = Math.max(SWEEP_LINES_MIN, 4 * this.#distinct, 2 * this.#lineCount);
  }

  cut(heldMax: number): number {
    const before = this.#lineCount;
    const byAge = [...this.#values.values()].flat().map(({ keptUs }) => keptUs);
    const goneCount = byAge.length - heldMax;
    if (goneCount <= 0) return 0;
    byAge.sort((a, b) => a - b);
    const agedUs = byAge[goneCount - 1]!;
    this.#lineCount = 0;
    for (const [value, lines] of this.#values) {
      const kept = lines.filter(({ keptUs }) => keptUs > agedUs);
      if (kept.length === 0) this.#values.delete(value);
      else this.#values.set(value, kept);
      this.#lineCount += kept.length;
    }
    this.#rebuildSteps();
    return before - this.#lineCount;
  }

  save(): SavedCardinality {
    return [...this.#values].map(([value, lines]) => [
      value,
      lines.map(({ etUs, keptUs }) => [etUs, keptUs] as const),
    ]);
  }

  #linesOf(value: string): Line[] {
    const known = this.#values.get(value);
    if (known !== undefined) return known;
    const lines: Line[] = [];
    this.#values.set(value, lines);
    return lines;
  }

  /** One more value in `[startUs, endUs)`. */
  #raise(
    { startUs, endUs, keptUs }: Readonly<{ startUs: number; endUs: number; keptUs: number }>,
    book: IncidentBook,
  ): void {
    const first = this.#stepAt(startUs);
    const last = this.#stepAt(endUs);
    const earlier = new Set<IncidentState>();
    for (let index = first; index < last; index += 1) {
      const step = this.#steps[index]!;
      step.count += 1;
      if (step.count < this.#distinct) continue;
      const untilUs = this.#steps[index + 1]!.fromUs;
      const around = book.incidents[book.indexAround(step.fromUs)];
      const openUs = around?.openUs ?? Number.POSITIVE_INFINITY;
      const incident = book.add({ startUs: step.fromUs, endUs: untilUs, keptUs });
      if (incident !== around || step.fromUs < openUs) earlier.add(incident);
    }
    for (const incident of earlier) this.#noteFirst(incident);
  }

  /**
   * An incident that begins earlier now begins with the oldest of the lines by which each value counts at that moment. Its newest
   * is the last that came while it was there: which older ones are still held when it grows depends on when state was written.
   */
  #noteFirst(incident: IncidentState): void {
    const { openUs } = incident;
    for (const lines of this.#values.values()) {
      const etUs = newestUntil(lines, openUs);
      if (etUs > openUs - this.spanUs) incident.firstUs = Math.min(incident.firstUs, etUs);
    }
  }

  /** Index of the step that begins at this moment, made if need be. */
  #stepAt(atUs: number): number {
    const steps = this.#steps;
    let at = steps.length;
    while (at > 0 && steps[at - 1]!.fromUs >= atUs) at -= 1;
    if (steps[at]?.fromUs === atUs) return at;
    steps.splice(at, 0, { fromUs: atUs, count: steps[at - 1]?.count ?? 0 });
    return at;
  }

  /**
   * The steps of the lines that are held. Those let go of had their piece inside an incident, where all is decided, or
   * under that of others.
   */
  #rebuildSteps(): void {
    const changes = [...this.#values.values()].flatMap((lines) => coverageOf(lines, this.spanUs));
    changes.sort((a, b) => a.atUs - b.atUs);
    const steps: Step[] = [];
    let count = 0;
    for (const { atUs, by } of changes) {
      count += by;
      const last = steps.at(-1);
      if (last?.fromUs === atUs) last.count = count;
      else steps.push({ fromUs: atUs, count });
    }
    this.#steps = steps;
  }
}

/**
 * Lines between two others of their value that are no farther apart than the window go: what is between those is covered
 * without them. Of several in a row the next is asked about the last that stays, or a hole would be left. Only those around
 * the new line, at index `at`, may be such now. Returns how many went.
 */
function dropCovered(lines: Line[], at: number, windowUs: number): number {
  const { length } = lines;
  // Nearly always the newest: one line before it may go.
  let write = at === length - 1 ? Math.max(0, length - 2) : 0;
  for (let read = write; read < length; read += 1) {
    const before = lines[write - 1]?.etUs ?? Number.NEGATIVE_INFINITY;
    const after = lines[read + 1]?.etUs ?? Number.POSITIVE_INFINITY;
    if (after - before <= windowUs) continue;
    lines[write] = lines[read]!;
    write += 1;
  }
  lines.length = write;
  return length - write;
}

/** Of sorted lines the stamp of the newest that is not later than this moment; −infinity: there is none. */
function newestUntil(lines: readonly Line[], untilUs: number): number {
  let at = lines.length - 1;
  while (at >= 0 && lines[at]!.etUs > untilUs) at -= 1;
  return lines[at]?.etUs ?? Number.NEGATIVE_INFINITY;
}

/** Where one more value counts and where it ceases to: the union of the pieces of its lines. */
function coverageOf(lines: readonly Line[], windowUs: number): { atUs: number; by: number }[] {
  const changes: { atUs: number; by: number }[] = [];
  let untilUs = Number.NEGATIVE_INFINITY;
  for (const { etUs } of lines) {
    if (etUs > untilUs) {
      if (changes.length > 0) changes.push({ atUs: untilUs, by: -1 });
      changes.push({ atUs: etUs, by: 1 });
    }
    untilUs = etUs + windowUs;
  }
  if (changes.length > 0) changes.push({ atUs: untilUs, by: -1 });
  return changes;
}
