import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import type { EmailSettings } from '../../../src/config/settings.ts';
import type { Attempt } from '../../../src/notify/attempt.ts';
import { isMailAddress, type Mail, MailDoor } from '../../../src/notify/mail.ts';
import { emailSettings } from '../../support/notices.ts';
import { SINK_CERTIFICATE_PATH, SmtpSink, type SmtpSinkOptions } from '../../support/smtp-sink.ts';

const AUTHORITY = readFileSync(SINK_CERTIFICATE_PATH, 'utf8');

const MAIL: Mail = {
  to: 'ops@example.org',
  fromName: 'Logstead on web-01',
  subject: 'payments-timeouts: 5 in 68 s, high',
  text: 'Five timeouts.\n.\nThe end.\n',
  html: '<p>Five timeouts.</p>',
  messageId: '<1234@web-01>',
  inReplyTo: null,
  createdAtMs: Date.UTC(2026, 10, 20, 13),
};

type Try = Readonly<{
  sink?: SmtpSinkOptions;
  settings?: Partial<EmailSettings>;
  mail?: Partial<Mail>;
  authority?: string;
}>;

async function send(each: Try): Promise<Readonly<{ attempt: Attempt; sink: SmtpSink }>> {
  await using sink = await SmtpSink.listen(each.sink);
  using door = MailDoor.open(emailSettings(sink, each.settings), {
    timeoutMs: 1_500,
    answerMs: 1_500,
    ...(each.authority === undefined ? {} : { authority: each.authority }),
  });
  return { attempt: await door.send({ ...MAIL, ...each.mail }), sink };
}

describe('MailDoor delivers', () => {
  test('text and HTML, with the addresses of the envelope and a given Message-ID', async () => {
    const { attempt, sink } = await send({ mail: { inReplyTo: '<0@web-01>' } });
    expect(attempt).toEqual({ outcome: 'sent', error: null, isGeneral: false });
    expect(sink.messages[0]).toMatchObject({
      from: 'logstead@example.org',
      to: ['ops@example.org'],
    });
    const [mail] = await sink.parsed();
    expect(mail).toMatchObject({
      subject: MAIL.subject,
      text: MAIL.text,
      html: MAIL.html,
      messageId: MAIL.messageId,
      inReplyTo: '<0@web-01>',
      references: '<0@web-01>',
      date: new Date(MAIL.createdAtMs),
    });
    expect(mail!.from!.value).toEqual([
      { name: 'Logstead on web-01', address: 'logstead@example.org' },
    ]);
    expect(mail!.headers.get('auto-submitted')).toBe('auto-generated');
  });

  test("plain to this machine with secure = auto, even where its certificate is nobody's", async () => {
    expect((await send({})).sink.messages[0]!.secure).toBe(false);
    const offered = await send({ sink: { security: 'starttls' } });
    expect(offered.sink.messages[0]!.secure).toBe(true);
  });

  test('over STARTTLS and TLS, signed in', async () => {
    const login = { user: 'u', password: 'p' };
    for (const security of ['starttls', 'tls'] as const) {
      const { attempt, sink } = await send({
        sink: { security, login },
        settings: { host: 'localhost', secure: security, user: 'u', password: new Secret('p') },
        authority: AUTHORITY,
      });
      expect(attempt.error).toBeNull();
      expect(sink.messages[0]).toMatchObject({ secure: true, user: 'u' });
    }
  });

  test('to a server that looks long through what it was sent, once', async () => {
    await using sink = await SmtpSink.listen({
      refuse: (at) => (at === 'accepted' ? pause(2_000) : null),
    });
    using door = MailDoor.open(emailSettings(sink), { timeoutMs: 1_500 });
    expect(await door.send(MAIL)).toMatchObject({ outcome: 'sent' });
    expect(sink.messages).toHaveLength(1);
  });

  test('over a new connection, at once, where a server takes no more over one', async () => {
    let asked = 0;
    await using sink = await SmtpSink.listen({
      refuse: (at) => {
        if (at === 'connect') asked = 0;
        if (at === 'from') asked += 1;
        const text = '4.5.3 Too many messages on this connection';
        return at === 'from' && asked > 2 ? { code: 452, text } : null;
      },
    });
    using door = MailDoor.open(emailSettings(sink), { timeoutMs: 1_500 });
    for (let number = 0; number < 5; number += 1) {
      expect(await door.send(MAIL)).toMatchObject({ outcome: 'sent' });
    }
    expect(sink.messages).toHaveLength(5);
    expect(sink.connectionCount).toBe(3);
  });

  test('without encryption where the config says none', async () => {
    const { sink } = await send({ sink: { security: 'starttls' }, settings: { secure: 'none' } });
    expect(sink.messages[0]!.secure).toBe(false);
  });
});

describe('MailDoor says how to go on after', () => {
  /** What a failed try is called, and whether others would fail the same way. */
  function check(name: string, each: Try, want: Readonly<Omit<Attempt, 'error'>>): void {
    test(`${name}: ${want.outcome}`, async () => {
      const { attempt, sink } = await send(each);
      expect(attempt).toMatchObject(want);
      expect(attempt.error).toContain(`:${sink.port}`);
    });
  }
  const refusing = (stage: string, code: number): SmtpSinkOptions => ({
    refuse: (at) => (at === stage ? { code, text: 'No, thank you' } : null),
  });

  check(
    '421 instead of a greeting',
    { sink: refusing('connect', 421) },
    { outcome: 'retry', isGeneral: true },
  );
  check(
    '554 instead of a greeting',
    { sink: refusing('connect', 554) },
    { outcome: 'hold', isGeneral: true },
  );
  check('sender refused', { sink: refusing('from', 553) }, { outcome: 'hold', isGeneral: true });
  check(
    'too large at once',
    { sink: refusing('from', 552) },
    { outcome: 'dead', isGeneral: false },
  );
  check('sender later', { sink: refusing('from', 451) }, { outcome: 'retry', isGeneral: false });
  check('greylisting', { sink: refusing('to', 451) }, { outcome: 'retry', isGeneral: false });
  check('unknown recipient', { sink: refusing('to', 550) }, { outcome: 'dead', isGeneral: false });
  check('mailbox full', { sink: refusing('data', 452) }, { outcome: 'retry', isGeneral: false });
  check('content refused', { sink: refusing('data', 554) }, { outcome: 'dead', isGeneral: false });
  check('too large', { sink: refusing('data', 552) }, { outcome: 'dead', isGeneral: false });
  check(
    'the connection breaking after the text',
    { sink: { refuse: (at) => (at === 'accepted' ? 'disconnect' : null) } },
    { outcome: 'retry', isGeneral: true },
  );
  check(
    'no answer to the text',
    { sink: { refuse: (at) => (at === 'accepted' ? 'hang' : null) } },
    { outcome: 'retry', isGeneral: true },
  );
  test('text that the server may have: says so', async () => {
    const { attempt } = await send({
      sink: { refuse: (at) => (at === 'accepted' ? 'disconnect' : null) },
    });
    expect(attempt.error).toContain('broke off after the text');
  });
  check(
    'no answer to a command',
    { sink: { refuse: (at) => (at === 'to' ? 'hang' : null) } },
    { outcome: 'retry', isGeneral: true },
  );
  check(
    'no greeting',
    { sink: { refuse: (at) => (at === 'connect' ? 'hang' : null) } },
    { outcome: 'retry', isGeneral: true },
  );
  check(
    'a wrong password',
    {
      sink: { login: { user: 'u', password: 'p' } },
      settings: { user: 'u', password: new Secret('wrong') },
    },
    { outcome: 'hold', isGeneral: true },
  );
  check(
    'mail without signing in',
    { sink: { login: { user: 'u', password: 'p' } } },
    { outcome: 'hold', isGeneral: true },
  );
  check(
    'a certificate nobody signed',
    { sink: { security: 'starttls' }, settings: { secure: 'starttls' } },
    { outcome: 'hold', isGeneral: true },
  );
  check(
    'no STARTTLS on offer',
    { settings: { secure: 'starttls' } },
    { outcome: 'hold', isGeneral: true },
  );
  check(
    'a plain port spoken to in TLS',
    { settings: { secure: 'tls' } },
    { outcome: 'hold', isGeneral: true },
  );
  check(
    'a name nobody knows',
    { settings: { host: 'mail.invalid', secure: 'none' } },
    { outcome: 'retry', isGeneral: true },
  );
});

describe('MailDoor tells apart at the recipient', () => {
  test.each([
    '5.7.1 <logs@old.example>: Sender address rejected: not owned by user u',
    '5.1.8 <logs@old.example>: Sender refused',
    '5.7.60 SMTP; Client does not have permissions to send as this sender',
    'Sender verify failed',
    '5.7.1 <web-01[192.0.2.1]>: Client host rejected: Access denied',
    '5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.example.net',
    '5.5.2 <web-01>: Helo command rejected: need fully-qualified hostname',
    '5.7.1 <ops@example.org>: Relay access denied',
    '5.7.1 <ops@example.org>... Relaying denied',
    '5.7.54 SMTP; Unable to relay recipient in non-accepted domain',
    'relay not permitted',
    'relay denied',
    'authentication required',
    '5.4.5 Daily user sending limit exceeded. For more information on Gmail',
    '5.7.1 Email quota exceeded.',
    '5.7.23 <ops@example.org>: Recipient address rejected: Message rejected due to: SPF fail - not authorized',
    '5.7.25 The IP address sending this message does not have a PTR record setup',
    '5.7.606 Access denied, banned sending IP [192.0.2.1]',
  ])('a refusal of who sends, behind the recipient: %s: hold', async (text) => {
    const refuse: SmtpSinkOptions['refuse'] = (at) => (at === 'to' ? { code: 550, text } : null);
    const { attempt } = await send({ sink: { refuse } });
    expect(attempt).toMatchObject({ outcome: 'hold', isGeneral: false });
  });
  test.each([
    '5.1.1 <relay@example.org>: Recipient address rejected: User unknown',
    '5.7.1 <ops@example.org>: Recipient address rejected: Access denied',
    '5.2.2 <ops@example.org>: user is over quota',
  ])('a refusal of the recipient: %s: dead', async (text) => {
    const refuse: SmtpSinkOptions['refuse'] = (at) => (at === 'to' ? { code: 550, text } : null);
    const { attempt } = await send({ sink: { refuse } });
    expect(attempt).toMatchObject({ outcome: 'dead', isGeneral: false });
  });
});

describe('MailDoor waits no longer than it must for', () => {
  test('a server that is not there: retry', async () => {
    const sink = await SmtpSink.listen();
    await sink.goDown();
    using door = MailDoor.open(emailSettings(sink));
    expect(await door.send(MAIL)).toMatchObject({ outcome: 'retry', isGeneral: true });
  });

  test('a server that never says a word: retry', async () => {
    const silent = await listening(createServer(() => {}));
    using door = MailDoor.open(
      { ...emailSettings(await closedSink()), port: silent.port },
      { timeoutMs: 300 },
    );
    expect(await door.send(MAIL)).toMatchObject({ outcome: 'retry', isGeneral: true });
    silent.server.close();
  });

  test('being told to give up: retry', async () => {
    await using sink = await SmtpSink.listen({
      refuse: (at) => (at === 'accepted' ? 'hang' : null),
    });
    using door = MailDoor.open(emailSettings(sink));
    const giveUp = new AbortController();
    const sending = door.send(MAIL, giveUp.signal);
    await sink.waitForMail(1);
    giveUp.abort();
    expect(await sending).toMatchObject({ outcome: 'retry' });
  });
});

test.each(['PLAIN', 'LOGIN'])(
  'MailDoor says nothing of a password that a server repeats: %s',
  async (method) => {
    const password = 'correct horse';
    const repeating = await listening(
      createServer((socket) => {
        socket.on('error', () => {}).write('220 mail.example.org\r\n');
        socket.on('data', (line) => {
          const said = String(line).trim();
          if (said.startsWith('EHLO')) socket.write(`250-mail\r\n250 AUTH ${method}\r\n`);
          else if (said === 'AUTH LOGIN') socket.write('334 VXNlcm5hbWU6\r\n');
          else if (said === Buffer.from('u').toString('base64'))
            socket.write('334 UGFzc3dvcmQ6\r\n');
          else socket.write(`500 5.5.1 Command unrecognized: "${said}" (${password})\r\n`);
        });
      }),
    );
    const settings = { user: 'u', password: new Secret(password), port: repeating.port };
    using door = MailDoor.open({ ...emailSettings(await closedSink()), ...settings });
    const { error } = await door.send(MAIL);
    expect(error).toContain('Command unrecognized');
    for (const form of [password, `\0u\0${password}`].map((text) => Buffer.from(text))) {
      expect(error).not.toContain(form.toString('base64'));
    }
    expect(error).not.toContain(password);
    repeating.server.close();
  },
);

test.each([
  ['', 'breaks the connection off: without a word'],
  [
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    'does not answer as a mail server: HTTP/1.1 400 Bad Request',
  ],
])('MailDoor does not call a server out of reach that was reached: %j', async (greeting, want) => {
  const { server, port } = await listening(
    createServer((socket) => socket.on('error', () => {}).end(greeting)),
  );
  using door = MailDoor.open({ ...emailSettings(await closedSink()), port }, { timeoutMs: 1_500 });
  const { error, outcome } = await door.send(MAIL);
  expect({ error, outcome }).toEqual({ error: `127.0.0.1:${port} ${want}`, outcome: 'retry' });
  server.close();
});

test('MailDoor names a machine without a domain by the address that the server sees', async () => {
  const greeted = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    socket.on('error', () => {}).write('220 mail.example.org\r\n');
    socket.once('data', (line) => greeted.resolve(String(line).trim()));
  });
  await once(server.listen(0, '::1'), 'listening');
  const { port } = server.address() as AddressInfo;
  using door = MailDoor.open({ ...emailSettings(await closedSink()), host: '::1', port });
  const giveUp = new AbortController();
  const sending = door.send(MAIL, giveUp.signal);
  const own = hostname().includes('.') ? hostname() : '[IPv6:::1]';
  expect(await greeted.promise).toBe(`EHLO ${own}`);
  giveUp.abort();
  await sending;
  server.close();
});

describe('MailDoor lets nothing in', () => {
  test('a hostile subject or name starts no header', async () => {
    const { sink } = await send({
      mail: { subject: 'a\r\nBcc: evil@example.net\r\n\r\nbody', fromName: 'x\r\nX-Evil: 1' },
    });
    const [mail] = await sink.parsed();
    expect(sink.messages[0]!.to).toEqual(['ops@example.org']);
    expect(mail!.subject).toBe('a Bcc: evil@example.net body');
    expect([...mail!.headers.keys()]).not.toContain('x-evil');
  });

  test('an address with a line break is refused before the server sees it', async () => {
    const { attempt, sink } = await send({
      mail: { to: 'ops@example.org>\r\nRCPT TO:<evil@example.net' },
    });
    expect(attempt.outcome).toBe('hold');
    expect(sink.connectionCount).toBe(0);
  });

  test('isMailAddress() takes plain addresses only', () => {
    for (const address of ['a@b', 'ops+logs@mail.example.org', "o'brien@example.org"]) {
      expect(isMailAddress(address), address).toBe(true);
    }
    for (const text of [
      '',
      'a',
      '@b',
      'a@',
      'a b@c',
      'a@b c',
      '<a@b>',
      'A <a@b>',
      'a@b\n',
      'a@b,c@d',
      'a@-b',
    ]) {
      expect(isMailAddress(text), text).toBe(false);
    }
  });
});

async function closedSink(): Promise<SmtpSink> {
  const sink = await SmtpSink.listen();
  await sink.goDown();
  return sink;
}

async function listening(server: Server): Promise<Readonly<{ server: Server; port: number }>> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}
