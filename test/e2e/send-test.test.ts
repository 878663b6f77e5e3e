/** `logstead alerts send-test` against a daemon with a mail server, a webhook and programs: what is said is what reached them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { SmtpSink } from '../support/smtp-sink.ts';

test('a test reaches everybody whom rules, routes and runs tell, and what keeps it from one is said', async () => {
  await using sink = await SmtpSink.listen();
  const posted: unknown[] = [];
  const hook = createServer((request, response) => {
    void json(request).then((body) => {
      posted.push(body);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
  const { port } = hook.address() as AddressInfo;
  using project = TestProject.make(`[email]
host = 127.0.0.1
port = ${sink.port}
secure = none
from = logstead@example.org
to = ops@example.org
[webhook:team]
url = http://127.0.0.1:${port}/team
private = yes
[command:page]
run = /bin/cat
[command:gone]
run = /nowhere/page
[alert:errors]
when = level>=error
notify = email, webhook:team
[route:night]
rules = errors
severity = critical
notify = email, command:page
to = night@example.org
`);
  const off = await project.cli(['alerts', 'send-test']);
  expect(off.code).toBe(3);

  await using _daemon = await DaemonProcess.start(project);
  const all = await project.cli(['alerts', 'send-test']);
  expect(all).toMatchObject({ code: 0, stderr: '' });
  expect(all.stdout.trimEnd().split('\n').sort()).toEqual([
    'command page: sent',
    'email night@example.org: sent',
    'email ops@example.org: sent',
    'file: sent',
    'webhook team: sent',
  ]);
  expect(sink.messages.map(({ to }) => to[0]).sort()).toEqual([
    'night@example.org',
    'ops@example.org',
  ]);
  expect(sink.messages[0]?.raw.toString()).toMatch(/^Subject: .*A test: nothing happened/m);
  expect(posted).toMatchObject([{ kind: 'internal', status: 'TEST', context: { isTest: true } }]);

  const one = await project.cli(['alerts', 'send-test', 'command:gone', '--json']);
  expect(one.code).toBe(8);
  expect(JSON.parse(one.stdout)).toMatchObject({
    channel: 'command',
    recipient: 'gone',
    state: 'held',
    error: expect.stringContaining('ENOENT'),
  });
  const unknown = await project.cli(['alerts', 'send-test', 'webhook:tema']);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('Cannot send a test by "webhook:tema"');
  expect(unknown.stderr).toContain('webhook:team');
  hook.close();
});
