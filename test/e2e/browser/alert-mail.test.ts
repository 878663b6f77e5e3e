/**
 * The alert mail through a real mail server: the daemon signs in to exim4 over STARTTLS, the mail is read back from its
 * maildir, drawn by a browser as wide as a phone and a desktop, and its links are followed to the daemon.
 */
import { appendFileSync, chmodSync, mkdirSync } from 'node:fs';
import type { ParsedMail } from 'mailparser';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../../support/daemon-process.ts';
import { EXIM_LOGIN, EximServer } from '../../support/exim-server.ts';
import { needsProgram, needsRoot } from '../../support/needs.ts';
import { SINK_CERTIFICATE_PATH } from '../../support/smtp-sink.ts';
import { TestBrowser } from './test-browser.ts';

const BASE = 'https://web-01.example';

const configOf = ({ port }: EximServer, passwordPath: string): string => `
[alert:payments-timeouts]
when = level>=error timeout
threshold = 5
window = 5s
resolve_after = 0s
severity = high
notify = email
description = Runbook: wiki/ledger-db

[email]
host = localhost
port = ${port}
secure = starttls
user = ${EXIM_LOGIN.user}
password_file = ${passwordPath}
from = logstead@example.org
to = ops@example.org

[notify]
link = ${BASE}
timezone = Europe/Berlin
`;

/** Two hours of quiet trouble, then five timeouts in two files within four seconds. */
function writeLogs(project: TestProject): string[] {
  const nowMs = Date.now();
  const app: string[] = [];
  const worker: string[] = [];
  const line = (agoMs: number, text: string): string =>
    `${new Date(nowMs - agoMs).toISOString()} ${text}\n`;
  for (let minute = 120; minute > 1; minute -= 1) {
    app.push(line(minute * 60_000, `INFO POST /charge 200 ${minute} ms trace=02aa${minute}`));
    if (minute % 9 === 0)
      app.push(line(minute * 60_000 - 5, 'ERROR upstream ledger-db timeout after 10000 ms'));
  }
  const matches: string[] = [];
  const match = (lines: string[], agoMs: number, text: string): void => {
    matches.push(text);
    lines.push(line(agoMs, `ERROR ${text}`));
  };
  app.push(line(4_400, 'INFO POST /charge started amount=18.00 currency=EUR trace=02aa71'));
  app.push(line(4_200, 'WARN upstream ledger-db slow, retry 2 of 3 trace=02aa71'));
  match(
    app,
    4_000,
    'POST /charge failed: upstream ledger-db timeout after 30000 ms status=504 attempt=3',
  );
  app.push(line(3_990, 'INFO POST /charge 504 30013 ms trace=02aa71'));
  app.push(line(3_900, 'DEBUG pool ledger-db size=20 busy=20 waiting=31'));
  match(
    app,
    3_000,
    'POST /refund failed: upstream ledger-db timeout after 30000 ms status=504 attempt=1',
  );
  match(
    app,
    2_000,
    'POST /charge failed: upstream ledger-db timeout after 30000 ms status=504 attempt=2',
  );
  match(worker, 1_500, 'settlement batch 4460: ledger-db timeout after 2000 ms, retry 2 of 3');
  worker.push(line(1_200, 'INFO settlement batch 4461 started, 212 items'));
  worker.push(line(1_100, 'INFO settlement batch 4461: connecting to ledger-db'));
  match(worker, 1_000, 'settlement batch 4461: ledger-db timeout after 2000 ms, retry 3 of 3');
  mkdirSync(project.folder.join('logs/payments'), { recursive: true });
  appendFileSync(project.folder.join('logs/payments/app.log'), app.join(''));
  appendFileSync(project.folder.join('logs/payments/worker.log'), worker.join(''));
  return matches;
}

test('an alert mail arrives through exim4, is whole on a phone and a desktop, and its link gives its lines', {
  timeout: 150_000,
}, async (context) => {
  const program = needsProgram(context, 'exim4');
  needsRoot(context);
  await using browser = await TestBrowser.open(context);
  await using exim = await EximServer.listen(program);
  using project = TestProject.make();
  const passwordPath = project.folder.write('password', EXIM_LOGIN.password);
  chmodSync(passwordPath, 0o600);
  project.configure(configOf(exim, passwordPath));
  const env = { NODE_EXTRA_CA_CERTS: SINK_CERTIFICATE_PATH };
  await using daemon = await DaemonProcess.start(project, { env });
  const matches = writeLogs(project);

  // Two deliveries of one moment lie in the maildir in any order.
  const mails = await exim.waitForMails(2);
  const opened = mails.find(({ inReplyTo }) => inReplyTo === undefined);
  const over = mails.find(({ inReplyTo }) => inReplyTo !== undefined);
  expectOpened(opened!, matches);
  expect(over).toMatchObject({
    subject: `Re: ${opened!.subject}`,
    inReplyTo: opened!.messageId,
    references: opened!.messageId,
  });
  expect(over!.text).toContain('RESOLVED, SEVERITY HIGH');
  expect(exim.log()).toMatch(/X=TLS1\.\d.* A=plain:u /);
  for (const [name, mail] of [
    ['opened', opened!],
    ['resolved', over!],
  ] as const) {
    await expectDrawn(browser, name, mail.html as string);
  }
  await expectLinks(project, opened!, matches);
  expect(browser.complaints).toEqual([]);
  expect((await daemon.stop()).code).toBe(0);
});

function expectOpened(mail: ParsedMail, matches: readonly string[]): void {
  expect(mail.subject).toMatch(/^payments-timeouts: 5 in (3|2\.\d+) s, high$/);
  expect(mail.from!.value[0]).toMatchObject({ address: 'logstead@example.org' });
  expect(mail.from!.text).toContain('Logstead on ');
  expect(mail.text).toContain(matches[0]!.slice(0, 40));
  expect(mail.text).toContain('INFO  POST /charge started amount=18.00');
  expect(mail.text).toContain('DEBUG pool ledger-db size=20 busy=20');
  expect(mail.text).toMatch(/3 more matches: 2 in payments\/app, 1 in payments\/worker/);
  const [chart] = mail.attachments;
  expect(chart).toMatchObject({ contentType: 'image/png', cid: 'matches', related: true });
  expect(chart!.content.length).toBeGreaterThan(300);
}

/** No sideways scrolling down to 320 px, the chart visible, buttons as large as a thumb, nothing loaded from anywhere. */
async function expectDrawn(browser: TestBrowser, name: string, html: string): Promise<void> {
  for (const [width, colorScheme] of [
    [320, 'light'],
    [375, 'light'],
    [375, 'dark'],
    [800, 'light'],
  ] as const) {
    const page = await browser.page({
      viewport: { width, height: 700 },
      colorScheme,
      javaScriptEnabled: false,
      deviceScaleFactor: 2,
    });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.setContent(html, { waitUntil: 'load' });
    const shots = process.env['MAIL_SCREENSHOTS'];
    if (shots !== undefined) {
      await page.screenshot({
        path: `${shots}/${name}-${width}-${colorScheme}.png`,
        fullPage: true,
      });
    }
    const box = await page.locator('body').evaluate((body) => ({
      scrollWidth: body.ownerDocument.documentElement.scrollWidth,
      pictures: [...body.querySelectorAll('img')].map(({ naturalWidth, width: shown }) => [
        naturalWidth,
        shown,
      ]),
      buttons: [...body.querySelectorAll('a.bt, a.b2')].map(
        (link) => link.getBoundingClientRect().height,
      ),
    }));
    expect(box.scrollWidth, `${name} at ${width}`).toBeLessThanOrEqual(width);
    expect(box.pictures.length).toBe(1);
    for (const [natural, shown] of box.pictures) {
      expect(natural).toBe(1_152);
      expect(shown).toBeLessThan(width);
    }
    for (const height of box.buttons) expect(height).toBeGreaterThanOrEqual(44);
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([]);
    await page.context().close();
  }
}

async function expectLinks(
  project: TestProject,
  mail: ParsedMail,
  matches: readonly string[],
): Promise<void> {
  const { http } = (await project.cliJson(['status', '--json'])) as { http: { url: string } };
  const [show] = [...mail.text!.matchAll(/https:\/\/web-01\.example\S+/g)].map(([url]) =>
    url.slice(BASE.length),
  );
  const page = await (await fetch(http.url + show!)).text();
  const lines = [...page.matchAll(/<li[^>]*>(.*?)<\/li>/g)].map(([, line]) =>
    line!.replace(/<[^>]*>/g, ''),
  );
  expect(lines.length).toBe(matches.length);
  for (const [index, message] of matches.entries()) {
    expect(lines[index]).toContain(message.replace(/ \w+=.*$/, ''));
  }
  const id = /--incident (\w+)/.exec(mail.text!)![1]!;
  const { stdout } = await project.cli(['search', '--incident', id, '--json', '-n', '0']);
  expect(stdout.trimEnd().split('\n').length).toBe(matches.length);
}
