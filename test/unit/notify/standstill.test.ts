/** What people are told while the daemon waits for a disk: by a real mail server and a real program, past an outbox that takes nothing. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Settings } from '../../../src/config/settings.ts';
import type { Notification } from '../../../src/model/notification.ts';
import { Standstill } from '../../../src/notify/standstill.ts';
import { settingsOf } from '../../support/alert-settings.ts';
import { SmtpSink } from '../../support/smtp-sink.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const SINCE_MS = Date.UTC(2026, 10, 20, 12);

function standstillOf(settings: Settings, kept: Notification[]): Standstill {
  return new Standstill({
    delivery: () => ({ clock: systemClock, log: silentLog, settings }),
    enqueue: async (notification) => void kept.push(notification),
  });
}

test('people are told once while it lasts, whoever cannot be told at first as well, and again when it is over', async () => {
  await using sink = await SmtpSink.listen({
    refuse: () => (sink.connectionCount < 2 ? { code: 421, text: 'come again' } : null),
  });
  using folder = TempFolder.make();
  const told = folder.join('told.json');
  const program = folder.join('page');
  const settings = settingsOf(`[email]
host = 127.0.0.1
port = ${sink.port}
secure = none
from = logstead@example.org
to = ops@example.org
[command:page]
run = ${program}
[notify]
failure = file, email, command:page
`);
  writeFileSync(program, `#!/bin/sh\ncat > ${told}.part && mv ${told}.part ${told}\n`, {
    mode: 0o755,
  });
  const kept: Notification[] = [];
  await using standstill = standstillOf(settings, kept);
  standstill.begin(SINCE_MS);
  standstill.begin(SINCE_MS + 60_000);
  await waitFor(() => sink.messages.length > 0 && existsSync(told), { what: 'both are told' });
  expect(sink.messages).toHaveLength(1);
  expect(sink.messages[0]?.raw.toString()).toMatch(/^Subject: .*Nothing is followed/m);
  expect(JSON.parse(readFileSync(told, 'utf8'))).toMatchObject({
    key: `standstill:${SINCE_MS}:began`,
    context: { severity: 'critical' },
  });
  expect(kept).toEqual([]);

  await standstill.end();
  await standstill.end();
  expect(kept).toMatchObject([
    {
      key: `standstill:${SINCE_MS}:ended`,
      channels: ['file', 'email', 'command:page'],
      event: { title: expect.stringContaining('The daemon goes on') },
    },
  ]);
});

test('where only files are told, nobody is before it is over', async () => {
  const kept: Notification[] = [];
  await using standstill = standstillOf(settingsOf(''), kept);
  standstill.begin(SINCE_MS);
  await standstill.end();
  expect(kept.map(({ channels }) => channels)).toEqual([['file']]);
});
