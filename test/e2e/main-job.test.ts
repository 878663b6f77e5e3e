/**
 * The main job with everything real: the process, the files, the SMTP server. What is written into the watched
 * folder is counted; what comes out of search, mail, report, archive and notification must agree with the count.
 */
import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import {
  type LogFormat,
  LogGenerator,
  type LogTruth,
  sumTruths,
} from '../support/log-generator.ts';
import { SmtpSink } from '../support/smtp-sink.ts';
import { waitFor } from '../support/wait-for.ts';

const FORMATS: readonly LogFormat[] = [
  'pino',
  'logfmt',
  'syslog',
  'nginx-access',
  'log4j',
  'python',
];
const ENTRIES_PER_FORMAT = 33_400;
const NEEDLE = 'quuxfailure';
const HOUR_MS = 3_600_000;

type Stats = Readonly<{ total: number; levels: Readonly<Record<string, number>> }>;

const configOf = (sink: SmtpSink): string => `
[alert:needle]
when = ${NEEDLE}
threshold = 5
window = 2h
severity = high
description = The needle was seen
notify = file, email

[email]
host = ${sink.host}
port = ${sink.port}
from = logstead@example.org
to = ops@example.org

[rotation]
idle = 1s

[notify]
success = file
failure = file, email
`;

test('a log dropped in is searched, watched, reported, archived and mailed', {
  timeout: 180_000,
}, async () => {
  await using sink = await SmtpSink.listen();
  using project = TestProject.make(configOf(sink));
  const logs = new Writers(project);

  logs.write(ENTRIES_PER_FORMAT * 0.4);
  let daemon = await DaemonProcess.start(project);
  try {
    logs.write(ENTRIES_PER_FORMAT * 0.2);
    logs.rotateByRename('pino');
    logs.write(ENTRIES_PER_FORMAT * 0.2);
    expect(await daemon.stop()).toMatchObject({ code: 0 });
    logs.write(ENTRIES_PER_FORMAT);
    daemon = await DaemonProcess.start(project);

    const truth = sumTruths(logs.truths());
    expect(truth.lineCount).toBeGreaterThanOrEqual(200_000);
    await waitForTotal(project, truth.entryCount);
    const stats = (await project.cliJson(['stats', '--json'])) as Stats;
    expect(stats).toMatchObject({ total: truth.entryCount, levels: truth.levels });
    await expectNeedles(project, truth.needleCount);

    await expectAlertMail(sink);
    await expectRotation(project, logs);
    await expectFailureMail(project, sink);
    expect((await project.cliJson(['stats', '--json'])) as Stats).toMatchObject({
      total: truth.entryCount + 1,
    });
  } finally {
    expect(await daemon.stop()).toMatchObject({ code: 0 });
  }
});

class Writers {
  readonly #project: TestProject;
  readonly #generators: ReadonlyMap<LogFormat, LogGenerator>;

  constructor(project: TestProject) {
    this.#project = project;
    const startMs = Date.now() - HOUR_MS;
    this.#generators = new Map(
      FORMATS.map((format, index) => [
        format,
        new LogGenerator({
          format,
          entryCount: ENTRIES_PER_FORMAT,
          seed: index + 1,
          startMs,
          spanMs: HOUR_MS / 2,
          needle: { word: NEEDLE, every: 5_000 },
        }),
      ]),
    );
  }

  write(entriesMax: number): void {
    for (const [format, generator] of this.#generators) {
      appendFileSync(
        this.#project.folder.join('logs', `${format}.log`),
        generator.next(entriesMax),
      );
    }
  }

  rotateByRename(format: LogFormat): void {
    const path = this.#project.folder.join('logs', `${format}.log`);
    renameSync(path, `${path}.1`);
  }

  truths(): LogTruth[] {
    return [...this.#generators.values()].map((generator) => generator.truth);
  }
}

async function waitForTotal(project: TestProject, total: number): Promise<void> {
  let found = 0;
  await waitFor(
    async () => {
      found = ((await project.cliJson(['stats', '--json'])) as Stats).total;
      return found >= total;
    },
    { what: `${total} entries`, found: () => `${found} entries`, timeoutMs: 60_000 },
  );
}

async function expectNeedles(project: TestProject, count: number): Promise<void> {
  const { stdout, code } = await project.cli(['search', NEEDLE, '--json', '--limit', '0']);
  expect(code).toBe(0);
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records.length).toBe(count);
  for (const record of records) {
    expect(Object.keys(record)).toEqual([
      'timestamp',
      'level',
      'severity',
      'source',
      'message',
      'tags',
      'metadata',
      'file',
      'offset',
    ]);
    expect(record['message']).toContain(NEEDLE);
  }
}

async function expectAlertMail(sink: SmtpSink): Promise<void> {
  const [mail] = await sink.waitForMail(1);
  expect(mail?.subject).toMatch(/^needle: \d+ in .+, high$/);
  expect(mail?.text).toContain(NEEDLE);
  expect(mail?.html).toContain(NEEDLE);
}

async function expectRotation(project: TestProject, logs: Writers): Promise<void> {
  const { folder } = project;
  const old = new Date(Date.now() - 60_000);
  for (const name of readdirSync(folder.join('logs')))
    utimesSync(folder.join('logs', name), old, old);
  const result = await project.cli(['rotate']);
  expect(result).toMatchObject({ code: 0 });
  expect(readdirSync(folder.join('logs'))).toEqual([]);

  const archived = readdirSync(folder.join('archives'), { recursive: true, withFileTypes: true });
  const bytes = archived
    .filter((found) => found.isFile() && !found.name.endsWith('.json'))
    .reduce((sum, found) => sum + readFileSync(`${found.parentPath}/${found.name}`).length, 0);
  expect(bytes).toBe(sumTruths(logs.truths()).byteCount);

  const reports = readdirSync(folder.join('reports'));
  expect(reports.some((name) => name.endsWith('.txt'))).toBe(true);
  const notices = await waitFor(() => {
    const names = readdirSync(folder.join('notifications'));
    return names.some((name) => /SUCCESS.*\.txt$/.test(name)) && names;
  });
  expect(notices.some((name) => /SUCCESS.*\.json$/.test(name))).toBe(true);
}

/** A file stands where the archive needs a folder: the stage fails, says so by mail, and the log stays where it is. */
async function expectFailureMail(project: TestProject, sink: SmtpSink): Promise<void> {
  const { folder } = project;
  folder.write('logs/late.log', '2026-01-01T00:00:00Z INFO stays here\n');
  const old = new Date(Date.now() - 60_000);
  utimesSync(folder.join('logs/late.log'), old, old);
  const mailCount = sink.messages.length;
  folder.write('archives/late', 'in the way');

  const result = await project.cli(['rotate']);
  expect(result.code).toBe(4);
  expect(result.stderr).toContain('archive');
  expect(readdirSync(folder.join('logs'))).toEqual(['late.log']);
  // The run's report comes by mail too, before or after.
  const failed = await waitFor(async () =>
    (await sink.waitForMail(mailCount + 1)).find((mail) => mail.subject?.includes('FAILED')),
  );
  expect(failed.text).toContain('archive');

  rmSync(folder.join('archives/late'));
  expect(await project.cli(['rotate'])).toMatchObject({ code: 0 });
  expect(readdirSync(folder.join('logs'))).toEqual([]);
}
