/** Mail server and webhook whose certificates were signed by an authority that this machine knows and Node does not. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { SINK_CERTIFICATE_PATH, SmtpSink } from '../support/smtp-sink.ts';

/** The machine's authorities are these alone. */
const MACHINE = {
  SSL_CERT_FILE: SINK_CERTIFICATE_PATH,
  SSL_CERT_DIR: '/nonexistent',
  NODE_EXTRA_CA_CERTS: undefined,
};
const STRANGER = { ...MACHINE, SSL_CERT_FILE: '/nonexistent' };

function configOf(mailPort: number, hookPort: number): string {
  return `[alert:errors]
when = level>=error
notify = email, webhook:team

[webhook:team]
url = https://localhost:${hookPort}/
private = yes

[email]
host = localhost
port = ${mailPort}
secure = starttls
from = logstead@example.org
to = ops@example.org
`;
}

test('an authority that the machine trusts is trusted, for mails and webhooks; of another it is said what to do', async () => {
  await using sink = await SmtpSink.listen({ security: 'starttls' });
  let told = '';
  const hook = createServer({
    key: readFileSync(new URL('../fixtures/tls/key.pem', import.meta.url)),
    cert: readFileSync(SINK_CERTIFICATE_PATH),
  });
  hook.on('request', (request, response) => {
    request.on('data', (text) => (told += String(text))).on('end', () => response.end());
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  using project = TestProject.make(configOf(sink.port, (hook.address() as AddressInfo).port));

  const strange = await project.cli(['doctor', '--send-test-mail'], { env: STRANGER });
  expect(strange.stdout).toMatch(/self-signed certificate; .*\(update-ca-certificates\)/);
  expect(strange.stdout).not.toContain('--use-system-ca');

  await using daemon = await DaemonProcess.start(project, { env: MACHINE });
  project.folder.write('logs/app.log', `${new Date().toISOString()} ERROR no room\n`);
  const mails = await sink.waitForMail(1);
  expect(mails[0]!.text).toContain('no room');
  await daemon.waitFor(() => told.includes('no room'));
  hook.close();
}, 120_000);
