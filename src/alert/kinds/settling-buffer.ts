/**
 * Lines that are not decided yet, in order of event time: kinds that settle take them out once nothing before
 * them may arrive. Ties are in order of file and position, so that the order of arrival never shows.
 */
import type { Match } from './window.ts';

export type SavedMatch = readonly [
  etUs: number,
  roles: number,
  value: string | null,
  generation: number,
  offset: number,
];

/** What a decided line still has to say. */
export type SettledLine = Pick<Match, 'etUs' | 'roles' | 'value' | 'generation' | 'offset'>;

export class SettlingBuffer {
  readonly #lines: SettledLine[];

  constructor(saved: readonly SavedMatch[] = []) {
    this.#lines = saved.map(([etUs, roles, value, generation, offset]) => {
      return { etUs, roles, value, generation, offset };
    });
  }

  get count(): number {
    return this.#lines.length;
  }

  /** Event time of the first line; infinite: there is none. */
  get firstUs(): number {
    return this.#lines[0]?.etUs ?? Number.POSITIVE_INFINITY;
  }

  newestFirst(): SettledLine[] {
    return this.#lines.toReversed();
  }

  /** Returns the line before it; null: it is the first that is not decided. */
  add({ etUs, roles, value, generation, offset }: Match): SettledLine | null {
    const lines = this.#lines;
    const line = { etUs, roles, value, generation, offset };
    let at = lines.length;
    while (at > 0 && isBefore(line, lines[at - 1]!)) at -= 1;
    lines.splice(at, 0, line);
    return lines[at - 1] ?? null;
  }

  /** Take out the lines before `horizonUs`. */
  take(horizonUs: number): SettledLine[] {
    const lines = this.#lines;
    let count = 0;
    while (count < lines.length && lines[count]!.etUs < horizonUs) count += 1;
    return lines.splice(0, count);
  }

  /**
   * Let go of lines between two others that make them needless; the first and the last stay. While hours are caught up with
   * nothing is decided, and all of their lines wait here.
   */
  thin(isNeedless: (before: SettledLine, line: SettledLine, after: SettledLine) => boolean): void {
    const lines = this.#lines;
    let kept = 0;
    for (let index = 0; index < lines.length; index += 1) {
      const [line, after] = [lines[index]!, lines[index + 1]];
      if (kept > 0 && after !== undefined && isNeedless(lines[kept - 1]!, line, after)) continue;
      lines[kept] = line;
      kept += 1;
    }
    lines.length = kept;
  }

  /** Give up the first lines undecided, but for `heldMax`. */
  cut(heldMax: number): number {
    return this.#lines.splice(0, Math.max(0, this.#lines.length - heldMax)).length;
  }

  save(): SavedMatch[] {
    return this.#lines.map(({ etUs, roles, value, generation, offset }) => {
      return [etUs, roles, value, generation, offset];
    });
  }
}

function isBefore(a: SettledLine, b: SettledLine): boolean {
  if (a.etUs !== b.etUs) return a.etUs < b.etUs;
  if (a.generation !== b.generation) return a.generation < b.generation;
  return a.offset < b.offset;
}
