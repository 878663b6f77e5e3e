/**
 * Where the CPU of the write path goes: the same ingest on one thread, under the sampling profiler of V8.
 *
 * Each sample belongs to the function that ran, and that to the phase of its file; a call into the runtime itself
 * (read, write, copy, compress) to the file that made it. The share of a phase times the CPU of the whole is its price. Samples
 * are taken by the wall clock: what waits for the disk (read, write, sync, commit) looks dearer than its CPU.
 */
import { Session } from 'node:inspector/promises';
import { systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { openLog } from '../../src/base/log.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { measureLoad, report, type SideArguments, settingsFor, sideArguments } from './side.ts';

/** Phases in the order in which a line meets them, by files below `src`; the first that fits. */
const PHASES: readonly (readonly [name: string, files: RegExp])[] = [
  ['read files', /^watch\//],
  ['keep in the intake', /^ingest\/(intake|file-feed)/],
  ['parse, append to columns', /^(parse|model)\//],
  ['rules', /^(alert|ingest\/settle-rows)/],
  [
    'words and n-grams',
    /^(engine\/(word-set|gram-set|gram-filter|chunk-words|recent-texts)|query\/words)/,
  ],
  ['sort and encode the word index', /^engine\/(word-index|bits)/],
  ['templates', /^(engine\/(template|pattern)|pattern\/)/],
  [
    'place fields, encode columns',
    /^engine\/(span|gap|open-class|column|chunk-writer|byte-writer|rollup|segment-writer|local-names|segment-footer|entry-class)/,
  ],
  ['zstd', /^engine\/(zstd|segment-output)/],
  ['write, sync, rename', /^(engine\/(segment-store|seal|heads)|base\/disk)/],
  ['commit', /^(base\/database|engine\/(catalog|engine)|ingest\/commits)/],
  ['everything else of ingest', /./],
];

export type PhaseResult = Readonly<{
  entryCount: number;
  slowness: number;
  /** CPU of the whole, ns an entry. */
  totalNs: number;
  phases: readonly Readonly<{ name: string; ns: number }>[];
}>;

type Node = Readonly<{
  id: number;
  callFrame: Readonly<{ url: string; functionName: string }>;
  children?: readonly number[];
}>;
type Profile = Readonly<{
  nodes: readonly Node[];
  samples: readonly number[];
  timeDeltas: readonly number[];
}>;

async function run(side: SideArguments): Promise<void> {
  const log = openLog({ level: 'warn', style: 'json' });
  // Not the system's disk itself, so that nothing is sealed on another thread.
  const disk = { ...systemDisk };
  await using ingest = await Ingest.open({
    ...{ disk, clock: systemClock, log, settings: settingsFor(side) },
  });
  using session = openSession();
  let entryCount = 0;
  const load = await measureLoad(async () => {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    ({ entryCount } = await ingest.drain());
  });
  const { profile } = (await session.post('Profiler.stop')) as { profile: Profile };
  const totalNs = (load.cpuMs / entryCount) * 1e6;
  report({ entryCount, slowness: load.slowness, totalNs, phases: phasesOf(profile, totalNs) });
}

function openSession(): Session & Disposable {
  const session = new Session();
  session.connect();
  return Object.assign(session, { [Symbol.dispose]: () => session.disconnect() });
}

function phasesOf(profile: Profile, totalNs: number): PhaseResult['phases'] {
  const phaseOf = nodePhases(profile.nodes);
  const micros = new Map<string, number>();
  let sum = 0;
  for (const [index, node] of profile.samples.entries()) {
    const phase = phaseOf.get(node);
    const duration = profile.timeDeltas[index]!;
    if (phase === undefined || phase === null) continue;
    micros.set(phase, (micros.get(phase) ?? 0) + duration);
    sum += duration;
  }
  return [...PHASES.map(([name]) => name), 'garbage collection'].map((name) => {
    return { name, ns: ((micros.get(name) ?? 0) / sum) * totalNs };
  });
}

/** The phase of each node of the call tree; null: it idles, or runs the profiler. */
function nodePhases(nodes: readonly Node[]): Map<number, string | null> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const phases = new Map<number, string | null>();
  const visit = (node: Node, above: string | null): void => {
    const { url, functionName } = node.callFrame;
    const file = /\/src\/(.+)\.ts$/.exec(url)?.[1];
    let phase = above;
    if (file !== undefined) phase = PHASES.find(([, files]) => files.test(file))![0];
    if (functionName === '(garbage collector)') phase = 'garbage collection';
    if (functionName === '(idle)' || functionName === '(program)') phase = null;
    phases.set(node.id, phase);
    for (const child of node.children ?? []) visit(byId.get(child)!, phase);
  };
  visit(nodes[0]!, null);
  return phases;
}

await run(sideArguments());
