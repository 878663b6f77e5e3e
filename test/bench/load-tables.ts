/** What the benchmark of the write path prints, as Markdown. */
import type { ControlResult } from './control-side.ts';
import type { Corpus } from './corpus.ts';
import type { PhaseResult } from './phases-side.ts';
import type { SideResult } from './side.ts';

const MIB = 1024 * 1024;

type Row = Readonly<{
  name: string;
  /** Of one run, in the unit that is printed. */
  measure: (result: SideResult, corpus: Corpus) => number;
  print: (value: number) => string;
  /** Whether more is better: the ratio then says how many times as much, else how many times as little. */
  moreIsBetter?: boolean;
}>;

const microseconds = (value: number): string => `${value.toFixed(2)} µs`;
const mebibytes = (value: number): string => `${Math.round(value)} MiB`;
const thousands = (value: number): string => `${Math.round(value / 1_000).toLocaleString('en')} k`;

const ROWS: readonly Row[] = [
  {
    name: 'CPU per entry, all threads',
    measure: (result) => (result.cpuMs / result.entryCount) * 1_000,
    print: microseconds,
  },
  {
    name: 'the same on a free machine (estimate)',
    measure: (result) => (result.cpuMs / result.entryCount / result.slowness) * 1_000,
    print: microseconds,
  },
  { name: 'slowness', measure: (result) => result.slowness, print: (value) => value.toFixed(2) },
  {
    name: 'entries per second, file to searchable',
    measure: (result) => (result.entryCount / result.wallMs) * 1_000,
    print: thousands,
    moreIsBetter: true,
  },
  { name: 'peak memory (VmHWM)', measure: (result) => result.peakBytes / MIB, print: mebibytes },
  {
    name: 'bytes on disk per byte of log',
    measure: (result, corpus) => (result.diskBytes / corpus.byteCount) * 100,
    print: (value) => `${value.toFixed(1)} %`,
  },
];

/** Two contestants on the same entries: medians of the rounds. */
export function peerTable(
  results: Readonly<Record<'Logstead' | 'SQLite FTS5', readonly SideResult[]>>,
  corpus: Corpus,
): string {
  const lines = ROWS.map((row) => {
    const of = (name: keyof typeof results): number =>
      median(results[name].map((result) => row.measure(result, corpus)));
    const [ours, theirs] = [of('Logstead'), of('SQLite FTS5')];
    const ratio = row.moreIsBetter ? ours / theirs : theirs / ours;
    const better =
      ratio >= 1 ? `${ratio.toFixed(1)} × better` : `${(1 / ratio).toFixed(1)} × worse`;
    const verdict = row.name === 'slowness' ? '' : better;
    return `| ${row.name} | ${row.print(ours)} | ${row.print(theirs)} | ${verdict} |`;
  });
  const rounds = results.Logstead.length;
  return `${title(corpus)}; medians of ${rounds} rounds in turns, without alert rules.

| from file to searchable | Logstead | SQLite FTS5 | Logstead is |
| --- | ---: | ---: | --- |
${lines.join('\n')}
`;
}

/** One size, with and without alert rules. */
export type Grown = Readonly<{ corpus: Corpus; withRules: SideResult; withoutRules: SideResult }>;

/** Logstead alone, with more and more entries. */
export function growthTable(grown: readonly Grown[]): string {
  const row = (name: string, cellOf: (each: Grown) => string): string =>
    `| ${name} | ${grown.map(cellOf).join(' | ')} |`;
  const lines = ROWS.map(({ name, measure, print }) =>
    row(name, ({ corpus, withRules }) => print(measure(withRules, corpus))),
  );
  const old = row('the same when everything is hours old', ({ corpus, withoutRules }) => {
    const { denseDiskBytes = null } = withoutRules;
    return denseDiskBytes === null
      ? ''
      : `${((denseDiskBytes / corpus.byteCount) * 100).toFixed(1)} %`;
  });
  const bare = ROWS.map(({ name, measure, print }) =>
    row(`without rules: ${name}`, ({ corpus, withoutRules }) =>
      print(measure(withoutRules, corpus)),
    ),
  );
  return `How the cost grows, with four alert rules that match 3 in 100 entries:

${row('entries', ({ corpus }) => `${(corpus.entryCount / 1e6).toFixed(1)} million`)}
| --- |${' ---: |'.repeat(grown.length)}
${[...lines, old, ...bare].join('\n')}
`;
}

export function phaseTable({ phases, totalNs, slowness, entryCount }: PhaseResult): string {
  const lines = phases.map(({ name, ns }) => {
    const percent = (ns / totalNs) * 100;
    return `| ${name} | ${Math.round(ns)} | ${Math.round(ns / slowness)} | ${percent.toFixed(1)} % |`;
  });
  return `Where it goes: ${entryCount.toLocaleString('en')} entries on one thread under the profiler of V8, which costs a little itself; the start of the process is included.

| phase | CPU ns an entry | on a free machine | share |
| --- | ---: | ---: | ---: |
${lines.join('\n')}
| all | ${Math.round(totalNs)} | ${Math.round(totalNs / slowness)} | |
`;
}

export function controlTable(bulk: ControlResult, steady: ControlResult): string {
  const delay = ({ control, empty }: ControlResult, key: 'p999Ms' | 'longestMs'): string =>
    `${control[key].toFixed(1)} ms, ${empty[key].toFixed(1)} ms`;
  return `The whole daemon: catching up with ${bulk.entryCount.toLocaleString('en')} entries while ${bulk.queryCount} heavy queries are answered, and following ${steady.entryCount.toLocaleString('en')} lines written steadily. Beside the control thread's delay that of an empty process of Node in the same seconds.

| | catching up | steady |
| --- | ---: | ---: |
| control thread, an empty process: p99.9 | ${delay(bulk, 'p999Ms')} | ${delay(steady, 'p999Ms')} |
| control thread, an empty process: longest | ${delay(bulk, 'longestMs')} | ${delay(steady, 'longestMs')} |
| peak memory (VmHWM) | ${mebibytes(bulk.peakBytes / MIB)} | ${mebibytes(steady.peakBytes / MIB)} |
`;
}

function title(corpus: Corpus): string {
  return `${corpus.entryCount.toLocaleString('en')} entries, ${mebibytes(corpus.byteCount / MIB)}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
