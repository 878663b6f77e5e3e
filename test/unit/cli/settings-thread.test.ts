/** What the daemon is given by the thread that reads its config is what the config says, passwords included. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { CliContext } from '../../../src/cli/context.ts';
import { completeSettingsFor } from '../../../src/cli/settings-for.ts';
import { settingsOnThread } from '../../../src/cli/settings-thread.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const SECTIONS = `
[email]
host = localhost
user = mailer
from = logstead@example.org
to = ops@example.org

[clickhouse]
shards = http://127.0.0.1:8123
user = writer
reader_user = reader

[alert:failed]
when = level>=error failed
notify = email
`;

const ENVIRONMENT = {
  LOGSTEAD_EMAIL_PASSWORD: 'secret of mail',
  LOGSTEAD_CLICKHOUSE_PASSWORD: 'secret of writer',
  LOGSTEAD_CLICKHOUSE_READER_PASSWORD: 'secret of reader',
};

function contextOf(folder: TempFolder): CliContext {
  const { path: workingFolder } = folder;
  return { clock: systemClock, workingFolder, environment: ENVIRONMENT } as unknown as CliContext;
}

test('settingsOnThread() gives what is in the file, and its passwords', async () => {
  using folder = TempFolder.make();
  const config = folder.write('config/config.ini', minimalConfig() + SECTIONS);
  const context = contextOf(folder);
  const settings = await settingsOnThread(context, { config });
  expect(settings).toEqual(completeSettingsFor(context, { config }));
  const { email, clickhouse } = settings;
  expect(email!.password!.reveal()).toBe('secret of mail');
  expect(clickhouse!.writer.password!.reveal()).toBe('secret of writer');
  expect(clickhouse!.reader.password!.reveal()).toBe('secret of reader');
});

test('settingsOnThread() says what is wrong, with its line, and what to do', async () => {
  using folder = TempFolder.make();
  const config = folder.write('config.ini', `${minimalConfig()}[rotation]\nidle = 3x\n`);
  const context = contextOf(folder);
  let expected: unknown;
  try {
    completeSettingsFor(context, { config });
  } catch (thrown) {
    expected = thrown;
  }
  const { code, message, hint } = expected as Error & { code: string; hint: string };
  expect(message).toContain('[rotation] `idle`');
  await expect(settingsOnThread(context, { config })).rejects.toMatchObject({
    code,
    message,
    hint,
  });
});
