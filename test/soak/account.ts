/** Every line of every writer, looked for in the index by the number it carries: there once, whole, or named here. */
import { systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { readProvingLine } from '../../src/selftest/proving-line.ts';
import type { TestProject } from '../support/daemon-process.ts';
import { waitFor } from '../support/wait-for.ts';
import type { SoakDaemon } from './soak-daemon.ts';

export type Account = Readonly<{
  written: number;
  missing: number;
  doubled: number;
  altered: number;
  /** Which lines are lost and doubled, a run of numbers each, and what is no line. */
  troubles: readonly string[];
}>;

/** What is still on its way at the end must arrive within this. */
const ARRIVAL_MS_MAX = 120_000;

/** `written`: source → lines. */
export async function accountOf(
  project: TestProject,
  written: ReadonlyMap<string, number>,
  daemon: SoakDaemon,
): Promise<Account> {
  await waitFor(async () => (await daemon.lagBytes()) === 0, { timeoutMs: ARRIVAL_MS_MAX });
  let account = countLines(project, written);
  await waitFor(
    () => {
      account = countLines(project, written);
      return account.missing === 0;
    },
    { timeoutMs: ARRIVAL_MS_MAX },
  ).catch(() => null);
  return account;
}

function countLines(project: TestProject, written: ReadonlyMap<string, number>): Account {
  using reader = StoreReader.open({
    disk: systemDisk,
    clock: systemClock,
    database: project.folder.join('state/logstead.db'),
  });
  const tally = new Tally(written);
  for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
    for (let index = 0; index < count; index += 1) {
      const row = rows[index]!;
      tally.take({
        source: columns.names.sources.valueOf(columns.source[row]!),
        generation: columns.generation[row]!,
        offset: columns.offset[row]!,
        bytes: Buffer.from(columns.rawBytes(row)),
      });
    }
  }
  return tally.account();
}

type Piece = Readonly<{ source: string; generation: number; offset: number; bytes: Buffer }>;

/** More says nothing more. */
const TROUBLES_MAX = 40;
/** Of a line that is not as it was written. */
const SHOWN_LENGTH = 200;

class Tally {
  /** Source → how often each line was seen. */
  readonly #seen: ReadonlyMap<string, Uint8Array>;
  /** A writer that stood still in the middle of a line: its halves are entries of their own, side by side. */
  readonly #halves: Piece[] = [];
  /** Source → generations in which a line was that had been seen before. */
  readonly #again = new Map<string, Set<number>>();

  constructor(written: ReadonlyMap<string, number>) {
    this.#seen = new Map([...written].map(([source, count]) => [source, new Uint8Array(count)]));
  }

  take(piece: Piece): void {
    if (!this.#takeLines(piece)) this.#halves.push(piece);
  }

  account(): Account {
    const pieces = joinedPieces(this.#halves.splice(0));
    const altered = pieces.filter((piece) => !this.#takeLines(piece));
    const all = [...this.#seen.values()];
    const sumOf = (countOf: (times: number) => number): number =>
      all.reduce((sum, lines) => sum + lines.reduce((of, times) => of + countOf(times), 0), 0);
    return {
      written: all.reduce((sum, lines) => sum + lines.length, 0),
      missing: sumOf((times) => (times === 0 ? 1 : 0)),
      doubled: sumOf((times) => Math.max(0, times - 1)),
      altered: altered.length,
      troubles: [
        ...[...this.#seen].flatMap(([source, lines]) => this.#troublesOf(source, lines)),
        ...altered.slice(0, TROUBLES_MAX).map(describe),
      ],
    };
  }

  #troublesOf(source: string, lines: Uint8Array): string[] {
    const again = [...(this.#again.get(source) ?? [])];
    return runsOf(lines, (times) => times !== 1)
      .slice(0, TROUBLES_MAX)
      .map(([from, to]) => {
        const what = lines[from] === 0 ? 'lost' : `seen ${lines[from]} times`;
        return `${source}: lines ${from} to ${to} ${what}`;
      })
      .concat(again.length === 0 ? [] : `${source}: seen again in generations ${again.join(', ')}`);
  }

  /** False where not every line of it is whole; then none is counted. */
  #takeLines({ source, generation, bytes }: Piece): boolean {
    const seen = this.#seen.get(source);
    if (seen === undefined) return true;
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    const sequences = lines.map(readProvingLine);
    if (!sequences.every((sequence) => sequence !== null && sequence < seen.length)) return false;
    for (const sequence of sequences) {
      const times = seen[sequence!]!;
      if (times > 0)
        this.#again.set(source, (this.#again.get(source) ?? new Set()).add(generation));
      seen[sequence!] = Math.min(0xff, times + 1);
    }
    return true;
  }
}

function describe({ source, generation, offset, bytes }: Piece): string {
  const text = JSON.stringify(bytes.toString('utf8').slice(0, SHOWN_LENGTH));
  return `${source}: altered in generation ${generation} at ${offset}, ${bytes.length} bytes: ${text}`;
}

/** First and last index of each run of the same value that is wanted. */
function runsOf(values: Uint8Array, isWanted: (value: number) => boolean): [number, number][] {
  const runs: [number, number][] = [];
  for (let from = 0; from < values.length; ) {
    let to = from;
    while (values[to + 1] === values[from] && to + 1 < values.length) to += 1;
    if (isWanted(values[from]!)) runs.push([from, to]);
    from = to + 1;
  }
  return runs;
}

/** Pieces of one file that touch each other, as one. */
function joinedPieces(pieces: readonly Piece[]): Piece[] {
  const sorted = pieces.toSorted((a, b) => a.generation - b.generation || a.offset - b.offset);
  const joined: Piece[] = [];
  for (const piece of sorted) {
    const before = joined.at(-1);
    const touches =
      before?.generation === piece.generation &&
      before.offset + before.bytes.length === piece.offset;
    if (!touches || before === undefined) joined.push(piece);
    else joined.splice(-1, 1, { ...before, bytes: Buffer.concat([before.bytes, piece.bytes]) });
  }
  return joined;
}
