/** Rules of logrotate: read as logrotate reads them, and judged by what a reader of the files loses. */
import { expect, test } from 'vitest';
import { checkLogrotate } from '../../../src/doctor/check-logrotate.ts';
import { parseLogrotate } from '../../../src/doctor/logrotate-rules.ts';
import type { ReaderIdentity } from '../../../src/doctor/reader-identity.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const FOLLOWED = ['/var/log/app/a.log', '/var/log/app/b.log', '/var/log/nginx/access.log'];

/** The service, in the group adm. */
const READER = { name: 'logstead', asks: false, uid: null, groupIds: [4], readsAll: false };

/** Verdicts and texts for a main file and one rule file. */
function findings(main: string, rules: string, reader: ReaderIdentity = READER): string[] {
  using folder = TempFolder.make();
  const mainFile = folder.write('logrotate.conf', main);
  folder.write('logrotate.d/app', rules);
  // What logrotate passes over.
  for (const name of ['app.dpkg-old', 'app.disabled', 'app.ucf-dist', 'app,v', 'below/app']) {
    folder.write(`logrotate.d/${name}`, '/var/log/app/a.log {\n copytruncate\n compress\n}\n');
  }
  const found = checkLogrotate({
    mainFile,
    folder: folder.join('logrotate.d'),
    followed: FOLLOWED,
    reader,
  });
  return found.map(({ verdict, text }) => `${verdict} ${text.replaceAll(folder.path, '')}`);
}

test('parseLogrotate() reads paths, defaults, one-line rules and scripts', () => {
  const text = `weekly
compress
# a comment
/var/log/a.log "/var/log/with blank.log"
/var/log/b/*.log {
  rotate 3
  delaycompress
  postrotate
    kill -HUP "$(cat /run/x.pid)" || true }
  endscript
}
/var/log/c.log { copytruncate nocompress
}
`;
  const { rules } = parseLogrotate('f', text);
  expect(rules).toMatchObject([
    {
      line: 4,
      patterns: ['/var/log/a.log', '/var/log/with blank.log', '/var/log/b/*.log'],
      copytruncate: false,
      compress: true,
      delaycompress: true,
      rotate: 3,
    },
    { line: 12, patterns: ['/var/log/c.log'], copytruncate: true },
  ]);
});

test('checkLogrotate() fails a copytruncate whose copy is packed at once', () => {
  expect(findings('compress\nrotate 4\n', '/var/log/app/*.log {\n  copytruncate\n}\n')).toEqual([
    expect.stringMatching(
      /^fail \/logrotate\.d\/app:1: copytruncate with compress and without delaycompress on \/var\/log\/app\/a\.log and 1 more/,
    ),
  ]);
});

test('checkLogrotate() warns of copytruncate, of files matched twice, and of nothing kept', () => {
  expect(findings('rotate 4\n', '/var/log/app/a.log {\n copytruncate\n}\n')).toEqual([
    expect.stringMatching(/^warn .*copytruncate on \/var\/log\/app\/a\.log/),
  ]);
  // Who says nothing of it keeps none.
  for (const rule of ['rotate 0', 'daily']) {
    expect(findings(`/var/log/nginx/*.log {\n ${rule}\n}\n`, '')).toEqual([
      expect.stringMatching(/^fail .*rotate 0/),
    ]);
  }
  expect(
    findings('/var/log/app/a.log {\n rotate 4\n}\n', '/var/log/app/*.log {\n rotate 4\n}\n'),
  ).toEqual([expect.stringMatching(/^warn \/var\/log\/app\/a\.log is matched twice/)]);
});

test('checkLogrotate() is content with rules that rename, and with rules for other files', () => {
  const good = '/var/log/app/*.log {\n create 0640 app adm\n compress\n rotate 7\n}\n';
  expect(findings('copytruncate\n', '/var/log/other.log {\n compress\n}\n')).toEqual([
    'ok logrotate: 0 rules for followed files, none loses lines',
  ]);
  expect(findings('', good)).toEqual(['ok logrotate: 1 rule for followed files, none loses lines']);
});

test('checkLogrotate() fails a rule that makes the new file closed to who reads it', () => {
  const rule = (create: string): string => `/var/log/app/*.log {\n rotate 7\n ${create}\n}\n`;
  const closed = findings('', rule('create 0600 root root'));
  expect(closed).toEqual([
    'fail /logrotate.d/app:1: create 0600 root root on /var/log/app/a.log: after the next rotation it cannot be read as logstead',
  ]);
  expect(findings('create 640 root root\n', rule(''))).toEqual([
    expect.stringMatching(/^warn .*unless an access list allows it$/),
  ]);
  const isWell = [expect.stringMatching(/^ok /)];
  for (const open of [
    'create 0640 root adm',
    'create 644 root root',
    'create',
    'nocreate',
    'create root root',
  ]) {
    expect(findings('', rule(open))).toEqual(isWell);
  }
  expect(findings('', rule('create 0600 root root'), { ...READER, readsAll: true })).toEqual(
    isWell,
  );
  expect(findings('create 0600\n', rule('nocreate'))).toEqual(isWell);
});
