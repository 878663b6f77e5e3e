/**
 * Numbers of entries as runs without a gap. Those of a segment are mostly neighbours: runs of them are few, where a set of
 * them all takes forty bytes an entry.
 */
export class SequenceRuns {
  /** First and last of each run, in order. */
  readonly #ends: readonly number[];

  private constructor(ends: readonly number[]) {
    this.#ends = ends;
  }

  /** Of numbers in any order, which are sorted here. */
  static of(sequences: Float64Array): SequenceRuns {
    const ends: number[] = [];
    for (const sequence of sequences.sort()) push(ends, sequence, sequence);
    return new SequenceRuns(ends);
  }

  /** What is in one of them. */
  static union(parts: readonly SequenceRuns[]): SequenceRuns {
    const runs: (readonly [first: number, last: number])[] = [];
    for (const part of parts) {
      for (let at = 0; at < part.#ends.length; at += 2) {
        runs.push([part.#ends[at]!, part.#ends[at + 1]!]);
      }
    }
    const ends: number[] = [];
    for (const [first, last] of runs.sort((a, b) => a[0] - b[0])) push(ends, first, last);
    return new SequenceRuns(ends);
  }

  /** Whether every number of `other` is here. */
  holds(other: SequenceRuns): boolean {
    return other.#everyRun((first, last) => {
      const at = this.#runAt(first);
      return at >= 0 && this.#ends[at + 1]! >= last;
    });
  }

  /** Whether any number of `other` is here. */
  meets(other: SequenceRuns): boolean {
    return !other.#everyRun((first, last) => {
      const at = this.#runAt(last);
      return at < 0 || this.#ends[at + 1]! < first;
    });
  }

  #everyRun(test: (first: number, last: number) => boolean): boolean {
    for (let at = 0; at < this.#ends.length; at += 2) {
      if (!test(this.#ends[at]!, this.#ends[at + 1]!)) return false;
    }
    return true;
  }

  /** Where the last run is that begins at `sequence` or before; negative: none does. */
  #runAt(sequence: number): number {
    let low = 0;
    let high = this.#ends.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle * 2]! <= sequence) low = middle + 1;
      else high = middle;
    }
    return (low - 1) * 2;
  }
}

/** Runs come by their beginnings: one that touches the last goes on with it. */
function push(ends: number[], first: number, last: number): void {
  const lastBefore = ends.at(-1);
  if (lastBefore === undefined || first > lastBefore + 1) ends.push(first, last);
  else ends[ends.length - 1] = Math.max(lastBefore, last);
}
