import { expect, test } from 'vitest';
import type { AlertNotice, NotificationEvent } from '../../../src/model/notification.ts';
import { fileNoticeOf } from '../../../src/notify/file-notice.ts';
import type { Mail } from '../../../src/notify/mail.ts';
import { mailOf } from '../../../src/notify/mail-message.ts';
import {
  alertNotice,
  entryRecord,
  NEWEST_MS,
  outboxRow,
  runNotice,
} from '../../support/notices.ts';

const CONTEXT = { timezone: 'Europe/Berlin', configName: 'config.ini' };

function mail(event: NotificationEvent): Mail {
  return mailOf(outboxRow(event), CONTEXT);
}

function alertMail(change: Partial<AlertNotice>): Mail {
  return mail(alertNotice(change));
}

/** What a reader sees of the HTML. */
function shown(html: string): string {
  return html
    .replace(/<style>[\s\S]*?<\/style>|<head>[\s\S]*?<\/head>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/(&[#\w]+;|\s)+/g, ' ');
}

test('an alert mail says in its subject what fired, how many, how fast and how bad', () => {
  expect(mail(alertNotice()).subject).toBe('payments-timeouts: 5 in 68 s, high');
  const opening = { ...alertNotice().opening, finding: '1 match' };
  expect(alertMail({ opening }).subject).toBe('payments-timeouts: 1 match, high');
  expect(alertMail({ group: { customer: 'acme', zone: 'eu' } }).subject).toBe(
    'payments-timeouts (acme, eu): 5 in 68 s, high',
  );
});

test('an alert mail says the same in text and HTML: since when, on which machine, which entries, the command', () => {
  const { text, html } = alertMail({
    description: 'Runbook: wiki/ledger',
    group: { customer: 'acme' },
  });
  const parts = [
    'severity high',
    '5 matching entries in 68 s on web-01',
    'Runbook: wiki/ledger',
    '13:57:12, Fri 20 Nov 2026 (UTC+1)',
    'acme',
    '5 in 2 min of level>=error timeout',
    'payments · app.log',
    'POST /charge failed: upstream ledger-db timeout after 30000 ms status=504 attempt=3 trace=02aa71',
    'settlement batch 4461',
    '3 more matches.',
    'logstead search --incident 5f3a9c01d2e4b687',
    '[alert:payments-timeouts] in config.ini on web-01 tells ops@example.org',
    '5f3a9c01d2e4b687',
  ];
  for (const [what, content] of [
    ['text', text.replace(/\s+/g, ' ')],
    [
      'HTML',
      shown(html)
        .replace(/ ,/g, ',')
        .replace(/ledger-db timeout {2}/g, 'ledger-db timeout '),
    ],
  ] as const) {
    for (const part of parts) {
      expect(content.toLowerCase().replace(/ +/g, ' '), `${what}: ${part}`).toContain(
        part.toLowerCase(),
      );
    }
  }
});

test('an alert mail says when it is late, over, or resolved', () => {
  expect(alertMail({}).text).not.toContain('Noticed');
  const late = { noticedAtMs: NEWEST_MS + 3 * 3_600_000 };
  expect(alertMail(late).text).toMatch(/Noticed +3 h late\n/);
  expect(alertMail({ ...late, wasThere: true }).text).toMatch(
    /Noticed +3 h late, as the rule was switched on\n/,
  );
  const over = alertMail({ resolvedAtMs: NEWEST_MS + 60_000 });
  expect(over.text).toContain('HAPPENED, AND IS OVER');
  expect(over.subject).not.toContain('Re:');
  const resolved = alertMail({ what: 'resolved', count: 57, resolvedAtMs: NEWEST_MS + 60_000 });
  expect(resolved.subject).toBe('Re: payments-timeouts: 5 in 68 s, high');
  expect(resolved.text).toContain('57 matching entries');
  expect(resolved.text).toMatch(/Over +13:58:12, after 2 min 8 s/);
});

test('an alert mail of silence names no newest match: it says since when, and when that was too long', () => {
  const silent = { ruleKind: 'absence', finding: 'nothing for 30 min', samples: [] } as const;
  const firstAtMs = alertNotice().openedAtMs - 30 * 60_000;
  const { text } = alertMail({ ...silent, firstAtMs, lastAtMs: alertNotice().openedAtMs });
  expect(text).toMatch(/^Missed +\d\d:\d\d:\d\d/m);
  expect(text).toMatch(/^Silent +since \d\d:\d\d:\d\d/m);
  expect(text).not.toMatch(/^(?:Newest|First)/m);
});

test('an alert mail of another kind of rule says what that found', () => {
  const { subject, text } = alertMail({
    ruleKind: 'rate',
    finding: '12 of 20 (60.00 %)',
    bound: 'at least 50 % of 20 or more in 5 min',
    opening: { ...alertNotice().opening, finding: '12 of 20 (60.00 %)' },
  });
  expect(subject).toBe('payments-timeouts: 12 of 20 (60.00 %), high');
  expect(text).toContain('\n12 of 20 (60.00 %) on web-01\n');
  expect(
    alertMail({ ruleKind: 'absence', finding: 'nothing for 30 min', samples: [] }).text,
  ).toContain('Nothing for 30 min on web-01');
});

test('a run mail says the verdict first, and of a failure the stage, the error and the hint', () => {
  const failure = { stage: 'archive', message: 'No space left on device', hint: 'Make room' };
  const { subject, text, html } = mail(runNotice({ status: 'FAILED', failure }));
  expect(subject).toBe('rotate on web-01: FAILED in stage archive');
  for (const content of [text, shown(html)]) {
    for (const part of [
      'archive',
      failure.message,
      failure.hint,
      '3 files, 1,041 entries, 96 kB',
    ]) {
      expect(content).toContain(part);
    }
  }
  expect(mail(runNotice()).subject).toBe('rotate on web-01: SUCCESS');
});

test('nothing hostile in a log line, a name or a value is anything but text', () => {
  const evil = '<script>alert(1)</script>"\'>\u001b[31m\u202e\r\nBcc: x\u0000';
  const { html, text } = mail(
    alertNotice({
      rule: evil,
      description: evil,
      condition: evil,
      group: { [evil]: evil },
      host: evil,
      samples: [
        entryRecord({
          message: evil,
          source: evil,
          file: `/logs/${evil}`,
          metadata: { [evil]: evil },
        }),
      ],
    }),
  );
  expect(html).not.toContain('<script');
  for (const content of [html, text]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(content).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  }
  const tags = [...html.matchAll(/<(\/?[a-z!][\w-]*)/gi)].map((match) =>
    match[1]!.replace('/', ''),
  );
  expect([...new Set(tags)].sort()).toEqual([
    '!doctype',
    'b',
    'body',
    'br',
    'div',
    'h1',
    'h2',
    'head',
    'html',
    'meta',
    'p',
    'span',
    'style',
    'table',
    'td',
    'title',
    'tr',
  ]);
});

test('an alert mail names no command where there is no search for its lines', () => {
  expect(alertMail({ condition: null }).text).not.toContain('logstead search');
});

test('a stack trace is shown as far as it helps, with how much more there is', () => {
  const message = Array.from({ length: 40 }, (_, index) => `\tat frame${index}`).join('\n');
  const { text } = alertMail({ samples: [entryRecord({ message, metadata: {} })] });
  expect(text).toContain('    at frame11');
  expect(text).not.toContain('frame12');
  expect(text).toContain('(28 more lines)');
});

test('text of a mail keeps to 72 columns where words allow', () => {
  const long = 'word '.repeat(60).trim();
  const { text } = alertMail({ description: long, samples: [entryRecord({ message: long })] });
  const tooLong = text.split('\n').filter((line) => line.length > 72);
  expect(tooLong).toEqual([]);
});

test('a mail has the same Message-ID at every try, another for every key and recipient', () => {
  const row = outboxRow();
  const ids = [
    mailOf(row, CONTEXT),
    mailOf({ ...row, attempts: 3 }, CONTEXT),
    mailOf({ ...row, recipient: 'b@example.org' }, CONTEXT),
    mailOf({ ...row, key: 'other' }, CONTEXT),
  ].map(({ messageId }) => messageId);
  expect(ids[1]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(3);
  expect(ids[0]).toMatch(/^<[0-9a-f]{32}@web-01>$/);
});

test('a mail of a state that began anew has a Message-ID of its own: numbers begin anew in it', () => {
  const later = NEWEST_MS + 86_400_000;
  const digest = {
    ...({ kind: 'digest', count: 2, host: 'web-01', items: [] } as const),
    ...{ fromMs: NEWEST_MS, untilMs: NEWEST_MS },
  };
  const idOf = (event: NotificationEvent, createdAtMs: number): string =>
    mailOf({ ...outboxRow(event), createdAtMs }, CONTEXT).messageId;
  expect(idOf(digest, later)).not.toBe(idOf(digest, NEWEST_MS));
  const opened = alertNotice();
  const another = alertNotice({ openedAtMs: opened.openedAtMs + 86_400_000 });
  expect(idOf(another, later)).not.toBe(idOf(opened, NEWEST_MS));
  // What it is a reply to does not say when that was queued.
  const over = alertNotice({ what: 'resolved', opening: { ...opened.opening } });
  const reply = mailOf({ ...outboxRow(over), key: 'over', createdAtMs: later }, CONTEXT);
  expect(reply.inReplyTo).toBe(idOf(opened, NEWEST_MS));
});

test('the words a rule looks for are marked', () => {
  expect(mail(alertNotice()).html).toMatch(/class="mk"[^>]*>timeout</);
});

test('a digest in a file says that files are written, a mail whom it is for', () => {
  const digest = {
    ...({ kind: 'digest', reason: 'quiet', count: 1, host: 'web-01', items: [] } as const),
    ...{ fromMs: NEWEST_MS, untilMs: NEWEST_MS },
  } as const;
  const row = outboxRow(digest, { recipient: 'ops@example.org' });
  const flat = (text: string): string => text.replace(/\s+/g, ' ');
  expect(flat(fileNoticeOf(row, CONTEXT).text)).toContain('web-01 writes files for notifications.');
  expect(flat(mailOf(row, CONTEXT).text)).toContain('names ops@example.org for notifications.');
});
