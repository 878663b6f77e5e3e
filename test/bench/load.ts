/**
 * `npm run bench:load`: fifty searches at a time over HTTP while a daemon takes in 100,000 lines a second. No search may
 * fail, reading may not fall behind by a second, and memory may not grow with the lines.
 *
 * A real daemon in a folder of its own; a child process writes the lines at an even pace; searches are asked from here, each
 * of the fifty at once again when it was answered. Rates and numbers are set below or by arguments:
 *
 *     npm run bench:load -- --seconds 60 --rate 100000 --searches 50 --save
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { saveSection } from './results.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '100000' },
    searches: { type: 'string', default: '50' },
    save: { type: 'boolean', default: false },
    writer: { type: 'string' },
  },
});
const SECONDS = Number(values.seconds);
const RATE = Number(values.rate);
const SEARCHES = Number(values.searches);
const LAG_MS_MAX = 1_000;
/** A piece of a second that is written at once. */
const TICK_MS = 20;
/** What people ask while something is wrong: words, rare and frequent, levels, fields, counts. */
const QUERIES = [
  'timeout',
  'level>=error',
  'route:/charge status:504',
  'trace:t1234',
  'level:warn retry',
  'timeout | count by level',
];

type Sample = Readonly<{ lagMs: number; lagBytes: number; residentBytes: number; entries: number }>;

if (values.writer === undefined) await main();
else await write(values.writer);

async function main(): Promise<void> {
  using project = TestProject.make();
  await using daemon = await DaemonProcess.start(project);
  const { http } = (await project.cliJson(['status', '--json'])) as { http: { url: string } };
  const writer = fork(fileURLToPath(import.meta.url), [
    '--writer',
    project.folder.join('logs/load.log'),
    '--seconds',
    values.seconds,
    '--rate',
    values.rate,
  ]);
  const endMs = performance.now() + SECONDS * 1_000;
  const tookMs: number[] = [];
  const failures = new Map<string, number>();
  const agent = new Agent({ keepAlive: true, maxSockets: SEARCHES });
  const samples: Sample[] = [];
  await Promise.all([
    ...Array.from({ length: SEARCHES }, (_, index) =>
      searchUntil(endMs, { url: http.url, index, agent, tookMs, failures }),
    ),
    sampleUntil(endMs, { url: http.url, pid: daemon.pid, samples }),
    once(writer, 'exit'),
  ]);
  agent.destroy();
  report(tookMs, failures, samples);
  await daemon.stop();
}

type Searching = Readonly<{
  url: string;
  index: number;
  agent: Agent;
  tookMs: number[];
  failures: Map<string, number>;
}>;

async function searchUntil(
  endMs: number,
  { url, index, agent, tookMs, failures }: Searching,
): Promise<void> {
  for (let turn = index; performance.now() < endMs; turn += 1) {
    const q = encodeURIComponent(QUERIES[turn % QUERIES.length]!);
    const startedMs = performance.now();
    const failed = await ask(`${url}/api/search?q=${q}&since=10m&limit=100`, agent).then(
      ({ status }) => (status === 200 ? null : `status ${status}`),
      (error: Error) => error.message,
    );
    tookMs.push(performance.now() - startedMs);
    if (failed !== null) failures.set(failed, (failures.get(failed) ?? 0) + 1);
  }
}

function ask(url: string, agent?: Agent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    }).on('error', reject);
  });
}

async function sampleUntil(
  endMs: number,
  { url, pid, samples }: Readonly<{ url: string; pid: number; samples: Sample[] }>,
): Promise<void> {
  while (performance.now() < endMs) {
    const { text } = await ask(`${url}/api/status`);
    const { ingest } = JSON.parse(text) as {
      ingest: { lagBytes: number; entryCount: number; files: { lagMs: number }[] };
    };
    const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    samples.push({
      lagMs: Math.max(0, ...ingest.files.map(({ lagMs }) => lagMs)),
      lagBytes: ingest.lagBytes,
      residentBytes: Number(resident) * 1_024,
      entries: ingest.entryCount,
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function report(
  tookMs: number[],
  failures: ReadonlyMap<string, number>,
  samples: readonly Sample[],
): void {
  tookMs.sort((one, other) => one - other);
  const at = (share: number): string =>
    `${(tookMs[Math.floor(tookMs.length * share)] ?? 0).toFixed(0)} ms`;
  const worstLagMs = Math.max(...samples.map(({ lagMs }) => lagMs));
  const half = samples.slice(Math.floor(samples.length / 2));
  const residentMax = (list: readonly Sample[]): number =>
    Math.max(...list.map(({ residentBytes }) => residentBytes)) / 1e6;
  const failed = [...failures].map(([what, count]) => `${count} × ${what}`).join(', ');
  const text = `\`npm run bench:load -- --seconds ${SECONDS} --rate ${RATE} --searches ${SEARCHES}\`

| what | figure |
| --- | --- |
| searches answered at ${SEARCHES} at a time | ${tookMs.length} (${(tookMs.length / SECONDS).toFixed(1)}/s), p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)} |
| errors | ${failed === '' ? 'none' : failed} |
| entries taken in | ${samples.at(-1)?.entries.toLocaleString('en-US')} of ${(SECONDS * RATE).toLocaleString('en-US')} offered |
| worst lag | ${worstLagMs} ms, ${(Math.max(...samples.map(({ lagBytes }) => lagBytes)) / 1e6).toFixed(1)} MB |
| memory of the daemon, largest in the first and the second half | ${residentMax(samples.slice(0, samples.length - half.length)).toFixed(0)} MB, ${residentMax(half).toFixed(0)} MB |
`;
  process.stdout.write(text);
  if (values.save) saveSection('Searching while lines arrive', text);
  if (failures.size > 0 || worstLagMs > LAG_MS_MAX) process.exitCode = 1;
}

/** The writing side, a process of its own: so many lines a second, evenly. */
async function write(path: string): Promise<void> {
  const file = openSync(path, 'a');
  const startedMs = performance.now();
  let written = 0;
  for (;;) {
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs > SECONDS * 1_000) break;
    const wanted = Math.floor((elapsedMs / 1_000) * RATE);
    const lines: string[] = [];
    const stamp = new Date().toISOString();
    for (; written < wanted; written += 1) lines.push(lineOf(written, stamp));
    if (lines.length > 0) writeSync(file, `${lines.join('\n')}\n`);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  closeSync(file);
}

function lineOf(number: number, stamp: string): string {
  const failed = number % 500 === 0;
  const level = failed ? 'ERROR' : number % 50 === 0 ? 'WARN' : 'INFO';
  const what = failed
    ? 'POST /charge failed: timeout after 30000 ms'
    : level === 'WARN'
      ? `retry ${number % 3} of 3`
      : `POST /charge done in ${number % 900} ms`;
  return `${stamp} ${level} [api] ${what} route=/charge status=${failed ? 504 : 200} trace=t${number % 100_000}`;
}
