/** Mail to this machine itself, where a plain connection will do. */
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { MailDoor } from '../../../src/notify/mail.ts';
import { mailOf } from '../../../src/notify/mail-message.ts';
import { emailSettings, outboxRow } from '../../support/notices.ts';
import { SmtpSink } from '../../support/smtp-sink.ts';

/** As exim4 whose certificate cannot be read: it offers STARTTLS, and then has none. Returns the port. */
async function serverWithoutCertificate(take: (text: string) => void) {
  const server = createServer((socket) => {
    let isText = false;
    socket.on('error', () => {}).write('220 localhost ESMTP\r\n');
    socket.on('data', (data) => {
      const said = String(data);
      if (isText) {
        take(said);
        if (!said.endsWith('\r\n.\r\n')) return;
        isText = false;
        socket.write('250 OK\r\n');
        return;
      }
      isText = said.startsWith('DATA');
      answer(socket, said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' ? address!.port : 0 };
}

function answer(socket: Socket, said: string): void {
  if (said.startsWith('EHLO')) socket.write('250-localhost\r\n250-STARTTLS\r\n250 HELP\r\n');
  else if (said.startsWith('STARTTLS')) socket.write('454 TLS currently unavailable\r\n');
  else if (said.startsWith('DATA')) socket.write('354 Go on\r\n');
  else socket.write('250 OK\r\n');
}

test('a local server that offers STARTTLS and then has none is sent to in plain, another is not', async () => {
  let taken = '';
  const { server, port } = await serverWithoutCertificate((text) => {
    taken += text;
  });
  const sink = await SmtpSink.listen();
  await sink.goDown();
  const mail = mailOf(outboxRow(), { timezone: 'UTC', configName: 'config.ini' });
  using auto = MailDoor.open({ ...emailSettings(sink), port });
  expect(await auto.send(mail)).toMatchObject({ outcome: 'sent' });
  expect(taken).toContain(mail.messageId);
  using strict = MailDoor.open({ ...emailSettings(sink), port, secure: 'starttls' });
  // That is no setting to be corrected: it says itself that it is for now (RFC 3207).
  const error = `127.0.0.1:${port} asks to try later: 454 TLS currently unavailable`;
  expect(await strict.send(mail)).toEqual({ outcome: 'retry', error, isGeneral: true });
  server.close();
});
