/** The alert mail with everything in it: lines around the matches, chart, patterns, links; and the hostile corpus through all of it. */
import { describe, expect, test } from 'vitest';
import { escapeText } from '../../../src/base/escape.ts';
import { SigningKey } from '../../../src/base/signing-key.ts';
import type { AlertDetails } from '../../../src/model/alert-details.ts';
import { isGenuine } from '../../../src/model/alert-link.ts';
import type { AlertNotice } from '../../../src/model/notification.ts';
import { alertPicture } from '../../../src/notify/alert-picture.ts';
import { type Mail, MailDoor } from '../../../src/notify/mail.ts';
import { mailOf } from '../../../src/notify/mail-message.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import {
  alertNotice,
  emailSettings,
  entryRecord,
  NEWEST_MS,
  outboxRow,
} from '../../support/notices.ts';
import { SmtpSink } from '../../support/smtp-sink.ts';

const KEY = new SigningKey(Buffer.alloc(32, 7));
const CONTEXT = {
  timezone: 'Europe/Berlin',
  configName: 'config.ini',
  links: { base: 'https://web-01.example', key: KEY },
};
const STEP_MS = 5 * 60_000;

async function details(change: Partial<AlertDetails> = {}): Promise<AlertDetails> {
  const [first, newest] = alertNotice().samples;
  const counts = [0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 0, 3, 1, 0, 0, 1, 2, 0, 1, 0, 0, 1, 0, 0, 5];
  const alarms = counts.map((_, index) => index === counts.length - 1);
  const chart = {
    fromMs: NEWEST_MS - (NEWEST_MS % STEP_MS) - 24 * STEP_MS,
    stepMs: STEP_MS,
    counts,
    alarms,
  };
  const around = (offset: number, message: string, level: 'INFO' | 'WARN' | 'DEBUG' = 'INFO') =>
    entryRecord({ level, offset, message, metadata: {} });
  return {
    contexts: [
      {
        sample: first!,
        before: [around(4_500, 'POST /charge started'), around(4_600, 'retry 2 of 3', 'WARN')],
        after: [around(4_800, 'POST /charge 504'), around(4_900, 'pool busy=20', 'DEBUG')],
      },
      {
        sample: newest!,
        before: [{ ...newest!, offset: 4_000, level: 'INFO', message: 'batch 4461 started' }],
        after: [],
      },
    ],
    chart: { ...chart, png: await alertPicture(chart) },
    patterns: [
      {
        text: 'POST <route> failed: upstream ledger-db timeout after <n> ms',
        count: 3,
        earlierCount: 0,
      },
      { text: 'settlement batch <n>: ledger-db timeout', count: 2, earlierCount: 12 },
    ],
    sources: [
      { name: 'payments', count: 3 },
      { name: 'payments/worker', count: 2 },
    ],
    countedCount: 5,
    ...change,
  };
}

async function mail(change: Partial<AlertNotice> = {}): Promise<Mail> {
  return mailOf(outboxRow(alertNotice(change)), CONTEXT, await details());
}

/** Without the breaks of its lines. */
function words(text: string): string {
  return text.replace(/\s+/g, ' ');
}

describe('an alert mail shows', () => {
  test('shows each match with what stands around it in its file, in text and HTML', async () => {
    const { text, html } = await mail();
    expect(text).toContain('LINES, WITH 2 BEFORE AND 2 AFTER');
    expect(text).toMatch(
      /payments · app\.log, first match\n {2}13:56:04\.118 INFO {2}POST \/charge started\n/,
    );
    expect(text).toMatch(/\n> 13:56:04\.118 ERROR POST \/charge failed/);
    expect(text).toContain('No later line yet when this mail was written.');
    expect(text).toContain('3 more matches: 2 in payments, 1 in payments/worker.');
    for (const part of ['retry 2 of 3', 'pool busy=20', 'newest match', '1 in payments/worker']) {
      expect(html).toContain(part);
    }
  });

  test('shows of the fields of a line what a reader looks at', async () => {
    const whole = await details();
    const body = `{"request":"${'x'.repeat(60_000)}"}`;
    const keys = Object.fromEntries(Array.from({ length: 3_000 }, (_, key) => [`key${key}`, key]));
    const contexts = whole.contexts.map((context) => ({
      ...context,
      before: context.before.map((record) => ({ ...record, metadata: { body, ...keys } })),
    }));
    const { text, html } = mailOf(outboxRow(alertNotice()), CONTEXT, { ...whole, contexts });
    expect(words(text)).toContain('retry 2 of 3 body={"request":"xxx');
    expect(words(text)).toContain('xxx… key0=0');
    expect(words(text)).toContain('key28=28 …');
    expect(text.length).toBeLessThan(6_000);
    expect(html.length).toBeLessThan(40_000);
  });

  test('is not hidden behind the long lines around a match', async () => {
    const whole = await details();
    const message = `/export?${'x'.repeat(5_000)}`;
    const contexts = whole.contexts.map((context) => ({
      ...context,
      before: context.before.map((record) => ({ ...record, message })),
    }));
    const { text, html } = mailOf(outboxRow(alertNotice()), CONTEXT, { ...whole, contexts });
    for (const body of [text, html]) {
      expect(body).toContain('/export?xxx');
      expect(body).not.toContain('x'.repeat(300));
    }
  });

  test('says of which day a line is where they are of several', async () => {
    const [first, newest] = alertNotice().samples;
    const old = { ...first!, timestamp: '2026-11-18T23:30:04.118Z' };
    const change = { samples: [old, newest!], firstAtMs: Date.parse(old.timestamp) };
    const { text, html } = mailOf(outboxRow(alertNotice(change)), CONTEXT);
    for (const form of [text, html]) {
      expect(words(form)).toContain('19 Nov 00:30:04.118');
      expect(words(form)).toContain('20 Nov 13:57:12.006');
    }
    expect((await mail()).text).not.toContain('20 Nov 13:57:12.006');
  });

  test('has the chart inside, with its finding in words', async () => {
    const { text, html, pictures } = await mail();
    expect(pictures?.map(({ name, png }) => [name, png.subarray(1, 4).toString()])).toEqual([
      ['matches', 'PNG'],
    ]);
    expect(html).toMatch(
      /<img src="cid:matches"[^>]* alt="Matches per 5 min since 11:55: at most 3 before, then 5; 5 in 68 s"/,
    );
    expect(text).toContain('MATCHES PER 5 MIN SINCE 11:55');
    expect(text).toMatch(/11:55 \.▂\.\..*█ 13:55/);
    expect(text).toMatch(/Usual +0 to 3 in 5 min since 11:55/);
  });

  test('says which patterns are new', async () => {
    const { text } = await mail();
    expect(words(text)).toContain('3 POST <route> failed: upstream ledger-db timeout after <n> ms');
    expect(text).toContain('new: not seen from 11:55 to 13:56:04');
    expect(text).toContain('12 matches from 11:55 to 13:56:04');
  });
});

describe('an alert mail', () => {
  test('has one link to the lines and links that act, each signed for who gets it', async () => {
    const { text, html } = await mail();
    const links = [...text.matchAll(/https:\/\/web-01\.example\S+/g)].map(([url]) => new URL(url));
    expect(links.map(({ pathname }) => pathname)).toEqual([
      '/i/5f3a9c01d2e4b687',
      '/i/5f3a9c01d2e4b687/acknowledge',
      '/i/5f3a9c01d2e4b687/silence',
      '/i/5f3a9c01d2e4b687/silence',
      '/i/5f3a9c01d2e4b687/silence',
    ]);
    for (const { pathname, searchParams } of links) {
      const action = (pathname.split('/')[3] ?? 'show') as 'show' | 'acknowledge' | 'silence';
      const link = {
        incident: '5f3a9c01d2e4b687',
        action,
        duration: searchParams.get('for') ?? '',
        who: 'ops@example.org',
        expires: Number(searchParams.get('until')),
      };
      expect(isGenuine(link, searchParams.get('s')!, KEY)).toBe(true);
    }
    for (const { href } of links) expect(html).toContain(`href="${href.replaceAll('&', '&amp;')}"`);
    expect(text).toContain('Open these 5 lines:');
    const morning = Number(links[4]!.searchParams.get('for')!.slice(1)) * 1_000;
    expect(new Date(morning).toISOString()).toBe('2026-11-21T07:00:00.000Z');
    expect(text).toMatch(/until 08:00 tomorrow +https/);
  });

  test('ends a silence at eight also behind a night on which clocks change', () => {
    for (const createdAtMs of [Date.UTC(2026, 9, 24, 19), Date.UTC(2026, 2, 28, 20)]) {
      const row = outboxRow(alertNotice(), { createdAtMs });
      const { text } = mailOf(row, CONTEXT);
      const [, seconds] = /until 08:00 tomorrow +\S+(?:%40|@)(\d+)/.exec(text) ?? [];
      const end = new Date(Number(seconds) * 1_000);
      const wall = end.toLocaleTimeString('de', { timeZone: CONTEXT.timezone });
      expect(wall, text).toBe('08:00:00');
    }
  });

  test('is the same at every try', async () => {
    const given = await details();
    const row = outboxRow();
    expect(mailOf({ ...row, attempts: 3 }, CONTEXT, given)).toEqual(mailOf(row, CONTEXT, given));
  });

  test('that reminds, or says that it is worse or over, says so first and keeps the subject', async () => {
    const common = { noticedAtMs: NEWEST_MS + 12 * 60_000, count: 23 };
    const reminded = await mail({
      ...common,
      what: 'reminded',
      remindsAtMs: NEWEST_MS + 3_600_000,
    });
    expect(reminded.text).toContain(
      'STILL OPEN, SEVERITY HIGH\nStill open after 12 min: 23 matching entries in 68 s',
    );
    expect(words(reminded.text)).toContain('a reminder at 14:57 unless acknowledged');
    const later = await mail({ ...common, what: 'reminded', remindsAtMs: NEWEST_MS + 259_200_000 });
    expect(words(later.text)).toContain(
      'a reminder at 13:57, Mon 23 Nov 2026, unless acknowledged',
    );
    expect(reminded.html).toContain('Still open, since 13:56:04 on web-01.');
    const worse = await mail({ ...common, what: 'worsened' });
    expect(worse.text).toContain('OPEN, AND WORSE, SEVERITY HIGH');
    const over = await mail({ ...common, what: 'resolved', resolvedAtMs: NEWEST_MS + 13 * 60_000 });
    expect(over.text).toContain('RESOLVED, SEVERITY HIGH\nOver after 14 min: 23 matching entries');
    expect(over.text).not.toContain('/acknowledge');
    expect(over.text).not.toContain('SILENCE');
    for (const { subject } of [reminded, worse, over]) {
      expect(subject).toBe('Re: payments-timeouts: 5 in 68 s, high');
    }
  });

  test('without a link to follow and without an answer of the store says what it knows', () => {
    const { text, html, pictures } = mailOf(outboxRow(), { ...CONTEXT, links: null });
    expect(text).not.toContain('https://');
    expect(text).toContain('logstead search --incident 5f3a9c01d2e4b687');
    expect(text).toContain('settlement batch 4461');
    expect([html.includes('<img'), html.includes('href='), pictures]).toEqual([false, false, []]);
  });
});

test('an alert mail does not count different values as lines', async () => {
  const { text } = await mail({ ruleKind: 'cardinality', count: 9 });
  expect(text).toContain('Open:');
  expect(text).not.toMatch(/Open these|more match/);
});

describe('what is hostile stays text', () => {
  test.each(HOSTILE_TEXTS)('in every place of the mail: $what', async ({ text: evil }) => {
    const record = entryRecord({
      message: evil,
      source: evil,
      file: `/logs/${evil}`,
      metadata: { [evil]: evil },
    });
    const notice = alertNotice({
      rule: evil,
      description: evil,
      condition: evil,
      group: { [evil]: evil },
      finding: evil,
      bound: evil,
      host: evil,
      opening: { ...alertNotice().opening, finding: evil },
      samples: [record],
    });
    const given = await details({
      contexts: [
        {
          sample: record,
          before: [{ ...record, offset: 1 }],
          after: [{ ...record, offset: 9_999 }],
        },
      ],
      patterns: [{ text: evil, count: 1, earlierCount: 0 }],
      sources: [{ name: evil, count: 1 }],
    });
    const sent = mailOf(outboxRow(notice), CONTEXT, given);
    expectInert(sent.html);
    for (const content of [sent.html, sent.text]) {
      // Nothing hidden is in it.
      expect(escapeText(content)).toBe(content);
    }
  });

  test('in the headers of what a server receives, all of them', async () => {
    await using sink = await SmtpSink.listen();
    using door = MailDoor.open(emailSettings(sink));
    for (const { text: evil } of HOSTILE_TEXTS) {
      const notice = alertNotice({ rule: evil, host: evil, group: { a: evil } });
      const attempt = await door.send(mailOf(outboxRow(notice), CONTEXT, await details()));
      expect(attempt.error).toBeNull();
    }
    expect(sink.messages.length).toBe(HOSTILE_TEXTS.length);
    for (const { to } of sink.messages) expect(to).toEqual(['ops@example.org']);
    for (const mail of await sink.parsed()) {
      expect([...mail.headers.keys()].sort()).toEqual(HEADERS);
      expect(mail.subject!.length).toBeLessThanOrEqual(500);
    }
  }, 60_000);
});

const HEADERS = [
  'auto-submitted',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
  'x-auto-response-suppress',
];

/** Only our own tags, our own attributes, our own addresses. */
function expectInert(html: string): void {
  const tags = [...html.matchAll(/<(\/?)([a-z!][\w-]*)([^>]*)>/gi)];
  for (const [whole, , name, attributes] of tags) {
    expect(OWN_TAGS, whole).toContain(name!.toLowerCase());
    for (const [, attribute] of attributes!.matchAll(/\s([\w-]+)="[^"]*"/g)) {
      expect(OWN_ATTRIBUTES, whole).toContain(attribute);
    }
    expect(
      attributes!
        .replace(/\s[\w-]+="[^"]*"/g, '')
        .trim()
        .replace(/^html$/, ''),
      whole,
    ).toBe('');
  }
  for (const [, url] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
    expect(url).toMatch(/^(https:\/\/web-01\.example\/i\/|cid:matches$)/);
  }
}

const OWN_TAGS =
  '!doctype html head meta title style body div table tr td p h1 h2 b i br span a img'.split(' ');
const OWN_ATTRIBUTES =
  'lang charset name content class style role cellpadding cellspacing border width align valign href src alt'.split(
    ' ',
  );
