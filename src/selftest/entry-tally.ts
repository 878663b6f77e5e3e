/** Which of the proving lines are in a store: each once, not at all, twice, or not as it was written. */
import type { Clock } from '../base/clock.ts';
import { systemDisk } from '../base/disk.ts';
import { StoreReader } from '../engine/store-reader.ts';
import { readProvingLine } from './proving-line.ts';

export type Tally = Readonly<{
  /** Numbers of lines, of which one at least is there. */
  found: number;
  lost: readonly number[];
  doubled: readonly number[];
  /** Texts that are no whole line. */
  altered: readonly string[];
}>;

export type TallyOptions = Readonly<{
  clock: Clock;
  /** The state database; its segments lie beside it. */
  databasePath: string;
  /** How many lines were written, by source: numbers from 0 on. */
  written: ReadonlyMap<string, number>;
}>;

type Count = { readonly seen: Uint8Array; readonly altered: string[] };

/** By source. What is in the store of other sources is left out. */
export function tallyStore(options: TallyOptions): Map<string, Tally> {
  const { clock, databasePath, written } = options;
  const counts = new Map<string, Count>();
  for (const [source, lineCount] of written) {
    counts.set(source, { seen: new Uint8Array(lineCount), altered: [] });
  }
  using reader = StoreReader.open({ disk: systemDisk, clock, database: databasePath });
  const query = { kind: 'everything' } as const;
  for (const { columns, rows, count } of reader.matches({ query })) {
    for (const row of rows.subarray(0, count)) {
      const source = columns.names.sources.valueOf(columns.source[row]!);
      const counted = counts.get(source);
      if (counted !== undefined) addEntry(counted, columns.rawBytes(row).toString('utf8'));
    }
  }
  return new Map([...counts].map(([source, count]) => [source, tallyOf(count)]));
}

/** An entry may hold more than one line. */
function addEntry({ seen, altered }: Count, text: string): void {
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const sequence = readProvingLine(line);
    if (sequence === null || sequence >= seen.length) altered.push(line);
    else seen[sequence] = Math.min(255, seen[sequence]! + 1);
  }
}

function tallyOf({ seen, altered }: Count): Tally {
  const lost: number[] = [];
  const doubled: number[] = [];
  seen.forEach((count, sequence) => {
    if (count === 0) lost.push(sequence);
    if (count > 1) doubled.push(sequence);
  });
  return { found: seen.length - lost.length, lost, doubled, altered };
}
