/** The thread that looks up what alert mails show is there before there is anything to look up, where mails may be sent. */
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { threadNamesOf } from '../support/thread-names.ts';
import { waitFor } from '../support/wait-for.ts';

const RULE = '[alert:needle]\nwhen = needle\n';
const EMAIL = '[email]\nhost = 127.0.0.1\nfrom = logstead@example.org\nto = ops@example.org\n';

test('a daemon whose rules may send mails has a lookup thread from the start, one that sends none has not', {
  timeout: 180_000,
}, async () => {
  using project = TestProject.make(`${RULE}${EMAIL}`);
  await using daemon = await DaemonProcess.start(project);
  expect(threadNamesOf(daemon.pid)).toContain('lookup');
  project.configure(RULE);
  expect(await project.cli(['reload'])).toMatchObject({ code: 0 });
  await waitFor(() => !threadNamesOf(daemon.pid).includes('lookup'));
  project.configure(`${RULE}${EMAIL}`);
  expect(await project.cli(['reload'])).toMatchObject({ code: 0 });
  await waitFor(() => threadNamesOf(daemon.pid).includes('lookup'));
});
