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

class Tally {
  readonly #seen: ReadonlyMap<string, Uint8Array>;
  /** A writer that stood still in the middle of a line: its halves are entries of their own, side by side. */
  readonly #halves: Piece[] = [];
  #doubled = 0;

  constructor(written: ReadonlyMap<string, number>) {
    this.#seen = new Map([...written].map(([source, count]) => [source, new Uint8Array(count)]));
  }

  take(piece: Piece): void {
    if (!this.#takeLines(piece)) this.#halves.push(piece);
  }

  account(): Account {
    let altered = 0;
    for (const joined of joinedPieces(this.#halves.splice(0))) {
      if (!this.#takeLines(joined)) altered += 1;
    }
    const all = [...this.#seen.values()];
    return {
      written: all.reduce((sum, lines) => sum + lines.length, 0),
      missing: all.reduce((sum, lines) => sum + lines.reduce((gone, is) => gone + 1 - is, 0), 0),
      doubled: this.#doubled,
      altered,
    };
  }

  /** False where not every line of it is whole; then none is counted. */
  #takeLines({ source, bytes }: Piece): boolean {
    const seen = this.#seen.get(source);
    if (seen === undefined) return true;
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    const sequences = lines.map(readProvingLine);
    if (!sequences.every((sequence) => sequence !== null && sequence < seen.length)) return false;
    for (const sequence of sequences) {
      if (seen[sequence!] === 1) this.#doubled += 1;
      seen[sequence!] = 1;
    }
    return true;
  }
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
