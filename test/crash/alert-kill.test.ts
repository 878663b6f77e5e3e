/**
 * kill -9 at any moment between a line and its mail: the daemon finds the same incidents as one that was never killed,
 * loses no mail, and a mail that went out twice is recognised by its Message-ID.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { SmtpSink } from '../support/smtp-sink.ts';

const BATCHES = 6;
/** More with `ALERT_KILLS=200`. */
const KILLS = Number(process.env.ALERT_KILLS ?? 3);
const TIMEOUT_MS = 120_000 + KILLS * 10_000;

const RULE = `
[alert:bursts]
when = level>=error
threshold = 3
window = 5s
group_by = batch
severity = high
`;

type IncidentLine = Readonly<{
  rule: string;
  group: Readonly<{ batch: string }>;
  openedAt: string;
  firstAt: string;
  lastAt: string;
  count: number;
  notified: number;
}>;

test(
  'a daemon killed again and again tells of the same incidents as one that was not, each once',
  async () => {
    await using sink = await SmtpSink.listen();
    const email = `
[email]
host = ${sink.host}
port = ${sink.port}
from = logstead@example.org
to = ops@example.org
`;
    using project = TestProject.make(`${email}${RULE}notify = email, file\n`);
    let daemon = await DaemonProcess.start(project);
    try {
      for (let batch = 0; batch < BATCHES; batch += 1) {
        append(project, batch);
        if (batch % Math.ceil(BATCHES / KILLS) !== 1) continue;
        // Somewhere between reading, firing, committing, sending and recording.
        await waitForFraction(batch);
        await daemon.kill9();
        daemon = await DaemonProcess.start(project);
      }
      await daemon.waitFor(async () => (await incidentsOf(project)).length === BATCHES, {
        what: 'every incident',
        timeoutMs: 30_000,
      });
      await daemon.waitFor(() => new Set(messageIds(sink)).size === BATCHES, {
        what: 'every mail',
        timeoutMs: 30_000,
      });
    } finally {
      await daemon[Symbol.asyncDispose]();
    }
    const killed = await incidentsOf(project);
    expect(killed.map(({ notified }) => notified)).toEqual(killed.map(() => 1));

    using clean = TestProject.make(`${RULE}notify = file\n`);
    clean.folder.write('logs/app.log', readFileSync(project.folder.join('logs/app.log')));
    await using other = await DaemonProcess.start(clean);
    await other.waitFor(async () => (await incidentsOf(clean)).length === BATCHES, {
      what: 'every incident of the run without a kill',
      timeoutMs: 30_000,
    });
    expect(killed).toEqual(await incidentsOf(clean));
  },
  TIMEOUT_MS,
);

/** Three to five errors of one batch, among other lines. */
function append(project: TestProject, batch: number): void {
  const lines = Array.from({ length: 3 + (batch % 3) }, (_, index) => {
    const time = new Date(Date.now() + index).toISOString();
    return `time=${time} level=error msg="payment failed" batch=${batch} try=${index}\n`;
  });
  project.folder.append(
    'logs/app.log',
    `${lines.join('')}time=${new Date().toISOString()} level=info msg=ok\n`,
  );
}

async function incidentsOf(project: TestProject): Promise<IncidentLine[]> {
  const { stdout } = await project.cli(['alerts', '--json', '--limit', '0']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as IncidentLine)
    .map(({ rule, group, openedAt, firstAt, lastAt, count, notified }) => {
      return { rule, group, openedAt, firstAt, lastAt, count, notified };
    })
    .sort((a, b) => Number(a.group.batch) - Number(b.group.batch));
}

function messageIds(sink: SmtpSink): string[] {
  return sink.messages.map(({ raw }) => /^Message-ID: (.*)$/im.exec(raw.toString())?.[1] ?? '');
}

/** Up to half a second, another for every batch: long enough for all that happens between a line and its mail. */
function waitForFraction(batch: number): Promise<void> {
  const waitMs = (batch * 137) % 500;
  return new Promise((resolve) => setTimeout(resolve, waitMs));
}
