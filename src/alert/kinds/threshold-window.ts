/**
 * Kind `threshold`: the condition holds at t when at least `threshold` matches lie in (t − window, t].
 *
 * Exact whatever the order of arrival: held are the event times of matches that may still count for an
 * undecided moment. A match is let go of, and counted, as soon as all moments it counts for lie inside one
 * incident, so a flood costs 2 (threshold − 1) lines however long it lasts; and when nothing that may still
 * arrive can meet it.
 */
import type { IncidentBook, IncidentState } from '../incident-book.ts';
import type { Match, Window } from './window.ts';

/** Sweeping is not worth it below this many held lines. */
const SWEEP_LINES_MIN = 8;

export type ThresholdBounds = Readonly<{ threshold: number; windowUs: number }>;

/** Event times as differences to the one before; the same for `kept`, as differences to the event time. */
export type SavedThreshold = Readonly<{ times: readonly number[]; kept: readonly number[] }>;

/** The first `dropped` lines went, the next `same` are as they were, and these follow. */
export type TimesChange = SavedThreshold &
  Readonly<{ kind: 'times'; dropped: number; same: number }>;

export class ThresholdWindow implements Window {
  readonly dueUs = Number.POSITIVE_INFINITY;
  readonly #threshold: number;
  readonly #windowUs: number;
  /** Sorted event times, and beside each until when it is remembered. */
  #times: number[] = [];
  #kept: number[] = [];
  #sweepAtCount: number;
  /** The horizon has to reach this moment before a line in reach of no incident is let go of. */
  #forgetDueUs = Number.NEGATIVE_INFINITY;
  /** `shrunkCount` of the book when it was looked for lines in reach of an incident. */
  #shrunkCount = 0;
  /** Since `takeChange`: how many of the first went, and how many of those that are the first now did not change. */
  #droppedCount = 0;
  #sameCount = 0;

  constructor(bounds: ThresholdBounds, saved: SavedThreshold | null = null) {
    this.#threshold = bounds.threshold;
    this.#windowUs = bounds.windowUs;
    this.#sweepAtCount = Math.max(SWEEP_LINES_MIN, 4 * bounds.threshold);
    if (saved !== null) [this.#times, this.#kept] = unpacked(saved);
    this.#sameCount = this.#times.length;
  }

  get spanUs(): number {
    return this.#windowUs;
  }

  get heldCount(): number {
    return this.#times.length;
  }

  add(match: Match, book: IncidentBook): void {
    const times = this.#times;
    const windowUs = this.#windowUs;
    const reach = this.#threshold - 1;
    const { etUs, keptUs } = match;
    // Before, not after: what the line does to incidents is said with the counts as they are.
    if (times.length >= this.#sweepAtCount) this.#sweep(match.horizonUs, book);
    const at = this.#insert(match);
    // Windows of `threshold` neighbours that contain the new line; in order there is exactly one.
    for (let first = Math.max(0, at - reach); first <= at; first += 1) {
      const last = first + reach;
      if (last >= times.length) break;
      if (times[last]! - times[first]! >= windowUs) continue;
      const part = book.add({ startUs: times[last]!, endUs: times[first]! + windowUs, keptUs });
      part.firstUs = Math.min(part.firstUs, times[first]!);
      part.lastUs = Math.max(part.lastUs, times[last]!);
    }
    book.noteLine(etUs, windowUs, keptUs);
  }

  decide(): void {}

  /** Matches of an incident: those that count for a moment of it. */
  countOf(incident: IncidentState): number {
    const from = lowerBound(this.#times, incident.openUs - this.#windowUs, true);
    const to = lowerBound(this.#times, incident.endUs, false);
    return incident.countedLines + Math.max(0, to - from);
  }

  mayForget(horizonUs: number, book: IncidentBook): boolean {
    return this.#forgetDueUs <= horizonUs || this.#shrunkCount !== book.shrunkCount;
  }

  forget(horizonUs: number, book: IncidentBook): void {
    if (this.#times.length > 0) this.#sweep(horizonUs, book);
  }

  cut(heldMax: number): number {
    const goneCount = this.#times.length - heldMax;
    if (goneCount <= 0) return 0;
    const byAge = [...this.#kept].sort((a, b) => a - b);
    const agedUs = byAge[goneCount - 1]!;
    let left = goneCount;
    this.#keep((index) => {
      if (left === 0 || this.#kept[index]! > agedUs) return true;
      left -= 1;
      return false;
    });
    return goneCount - left;
  }

  save(): SavedThreshold {
    return packed(this.#times, this.#kept);
  }

  takeChange(): TimesChange {
    const [dropped, same] = [this.#droppedCount, this.#sameCount];
    this.#droppedCount = 0;
    this.#sameCount = this.#times.length;
    return {
      kind: 'times',
      dropped,
      same,
      ...packed(this.#times.slice(same), this.#kept.slice(same)),
    };
  }

  #insert(match: Match): number {
    const times = this.#times;
    const { etUs } = match;
    const keptUs = Math.max(etUs, match.keptUs - this.#windowUs);
    this.#forgetDueUs = Math.min(this.#forgetDueUs, keptUs + this.#windowUs);
    if (times.length === 0 || times[times.length - 1]! <= etUs) {
      times.push(etUs);
      this.#kept.push(keptUs);
      return times.length - 1;
    }
    const at = lowerBound(times, etUs, true);
    times.splice(at, 0, etUs);
    this.#kept.splice(at, 0, keptUs);
    this.#sameCount = Math.min(this.#sameCount, at);
    return at;
  }

  /**
   * Let go of lines inside an incident, and of lines nothing can meet before `horizonUs`. Lines in reach of an
   * incident stay until it is settled: they are counted with it, or will be when a gap closes.
   */
  #sweep(horizonUs: number, book: IncidentBook): void {
    const { incidents, resolveAfterUs } = book;
    const windowUs = this.#windowUs;
    let current = this.#times.length === 0 ? 0 : book.indexAround(this.#times[0]!);
    this.#forgetDueUs = Number.POSITIVE_INFINITY;
    this.#keep((index) => {
      const timeUs = this.#times[index]!;
      while (current < incidents.length && incidents[current]!.endUs + resolveAfterUs < timeUs) {
        current += 1;
      }
      const incident = incidents[current];
      if (
        incident !== undefined &&
        timeUs >= incident.openUs &&
        timeUs + windowUs <= incident.endUs
      ) {
        incident.countedLines += 1;
        return false;
      }
      const isInReach = incident !== undefined && timeUs > incident.openUs - windowUs;
      if (isInReach) return true;
      const untilUs = this.#kept[index]! + windowUs;
      if (untilUs <= horizonUs) return false;
      this.#forgetDueUs = Math.min(this.#forgetDueUs, untilUs);
      return true;
    });
    this.#shrunkCount = book.shrunkCount;
    this.#sweepAtCount = Math.max(SWEEP_LINES_MIN, 4 * this.#threshold, 2 * this.#times.length);
  }

  /** The line that would be number `index` of those that stay has gone. */
  #noteGone(index: number): void {
    if (index === 0 && this.#sameCount > 0) {
      this.#droppedCount += 1;
      this.#sameCount -= 1;
    } else {
      this.#sameCount = Math.min(this.#sameCount, index);
    }
  }

  #keep(isKept: (index: number) => boolean): void {
    const times = this.#times;
    const kept = this.#kept;
    let write = 0;
    for (let read = 0; read < times.length; read += 1) {
      if (!isKept(read)) {
        this.#noteGone(write);
        continue;
      }
      times[write] = times[read]!;
      kept[write] = kept[read]!;
      write += 1;
    }
    times.length = write;
    kept.length = write;
  }
}

function packed(times: readonly number[], keptUntil: readonly number[]): SavedThreshold {
  return {
    times: times.map((timeUs, index) => timeUs - (times[index - 1] ?? 0)),
    kept: keptUntil.map((keptUs, index) => keptUs - times[index]!),
  };
}

function unpacked(saved: SavedThreshold): [times: number[], kept: number[]] {
  let timeUs = 0;
  const times = saved.times.map((stepUs) => {
    timeUs += stepUs;
    return timeUs;
  });
  return [times, saved.kept.map((lengthUs, index) => times[index]! + lengthUs)];
}

export function timesWith(saved: SavedThreshold, change: TimesChange): SavedThreshold {
  const [times, kept] = unpacked(saved);
  const [moreTimes, moreKept] = unpacked(change);
  const [from, until] = [change.dropped, change.dropped + change.same];
  return packed(
    [...times.slice(from, until), ...moreTimes],
    [...kept.slice(from, until), ...moreKept],
  );
}

/** Index of the first time that is at least `atUs`, or with `after` greater than it. */
function lowerBound(times: readonly number[], atUs: number, after: boolean): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const timeUs = times[middle]!;
    if (timeUs < atUs || (after && timeUs === atUs)) low = middle + 1;
    else high = middle;
  }
  return low;
}
