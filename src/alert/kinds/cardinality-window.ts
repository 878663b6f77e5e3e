/**
 * Kind `cardinality at least`: the condition holds at t when at least `distinct` different values came in
 * (t − window, t]. Exact whatever the order of arrival, and without a sketch.
 *
 * A line of value v adds one to [x, x + window), but for the part where a neighbour of the same value is counted already:
 * one piece. The sum of the pieces is a step function; where it reaches `distinct`, the condition holds. A line is let
 * go of when its whole piece lies inside one incident, or between two lines of its value, or is too old to meet another.
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
    this.#lineCount += 1;
    const startUs = Math.max(etUs, before + windowUs);
    const endUs = Math.min(etUs + windowUs, after);
    if (startUs < endUs) this.#raise({ startUs, endUs, keptUs }, book);
    const incident = this.#incidentAround(etUs, book);
    if (incident === null) return;
    incident.lastUs = Math.max(incident.lastUs, etUs);
    incident.firstUs = Math.min(incident.firstUs, etUs);
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
      const kept = lines.filter((line, index) => {
        const before = lines[index - 1]?.etUs ?? Number.NEGATIVE_INFINITY;
        const after = lines[index + 1]?.etUs ?? Number.POSITIVE_INFINITY;
        if (after - before <= windowUs) return false;
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
    for (let index = first; index < last; index += 1) {
      const step = this.#steps[index]!;
      step.count += 1;
      if (step.count < this.#distinct) continue;
      const untilUs = this.#steps[index + 1]!.fromUs;
      const incident = book.add({ startUs: step.fromUs, endUs: untilUs, keptUs });
      incident.firstUs = Math.min(incident.firstUs, untilUs - this.spanUs);
      incident.lastUs = Math.max(incident.lastUs, step.fromUs);
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

  #incidentAround(etUs: number, book: IncidentBook): IncidentState | null {
    for (let index = book.incidents.length - 1; index >= 0; index -= 1) {
      const incident = book.incidents[index]!;
      if (incident.openUs - this.spanUs < etUs && etUs < incident.endUs) return incident;
    }
    return null;
  }
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
