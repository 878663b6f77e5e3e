/** The SMTP server of the tests, checked with the client the program uses. */
import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { SINK_CERTIFICATE_PATH, SmtpSink, type SmtpSinkOptions } from '../../support/smtp-sink.ts';

const MAIL = { from: 'logstead@example.org', to: 'ops@example.org', subject: 'ünï', text: '.\nx' };

function send(sink: SmtpSink, options: SmtpSinkOptions = {}): Promise<unknown> {
  const transport = createTransport({
    host: sink.host,
    port: sink.port,
    secure: options.security === 'tls',
    requireTLS: options.security === 'starttls',
    ignoreTLS: options.security === undefined,
    tls: { ca: readFileSync(SINK_CERTIFICATE_PATH) },
    ...(options.login && { auth: { user: options.login.user, pass: options.login.password } }),
  });
  return transport.sendMail(MAIL);
}

test('SmtpSink keeps messages as they came and decodes them', async () => {
  await using sink = await SmtpSink.listen();
  await send(sink);
  const [mail] = await sink.waitForMail(1);
  expect(mail?.subject).toBe('ünï');
  expect(mail?.text).toBe('.\nx\n');
  expect(sink.messages[0]).toMatchObject({
    from: 'logstead@example.org',
    to: ['ops@example.org'],
    secure: false,
    user: null,
  });
});

test('SmtpSink speaks TLS, STARTTLS and asks for a login', async () => {
  const login = { user: 'logstead', password: 'päss' };
  for (const security of ['starttls', 'tls'] as const) {
    await using sink = await SmtpSink.listen({ security, login });
    await send(sink, { security, login });
    expect(sink.messages[0]).toMatchObject({ secure: true, user: 'logstead' });
    await expect(
      send(sink, { security, login: { ...login, password: 'no' } }),
    ).rejects.toMatchObject({ code: 'EAUTH', responseCode: 535 });
  }
});

test('SmtpSink refuses at the stage it is told to', async () => {
  await using sink = await SmtpSink.listen();
  const cases = [
    ['connect', 'CONN'],
    ['from', 'MAIL FROM'],
    ['to', 'RCPT TO'],
    ['data', 'DATA'],
  ] as const;
  for (const [stage, command] of cases) {
    sink.refuse = (at) => (at === stage ? { code: 451, text: 'Later' } : null);
    await expect(send(sink)).rejects.toMatchObject({ command, responseCode: 451 });
  }
  expect(sink.messages).toEqual([]);
  sink.refuse = (at) => (at === 'accepted' ? 'disconnect' : null);
  await expect(send(sink)).rejects.toMatchObject({ code: 'ECONNECTION' });
  expect(sink.messages).toHaveLength(1);
});

test('SmtpSink goes down and comes up on the same port', async () => {
  await using sink = await SmtpSink.listen();
  const { port } = sink;
  await sink.goDown();
  await expect(send(sink)).rejects.toMatchObject({ originalCode: 'ECONNREFUSED' });
  await sink.comeUp();
  expect(sink.port).toBe(port);
  await send(sink);
  await sink.waitForMail(1);
});
