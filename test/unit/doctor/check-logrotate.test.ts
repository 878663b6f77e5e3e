/** Rules of logrotate: read as logrotate reads them, and judged by what a reader of the files loses. */
import { expect, test } from 'vitest';
import { checkLogrotate } from '../../../src/doctor/check-logrotate.ts';
import { parseLogrotate } from '../../../src/doctor/logrotate-rules.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const FOLLOWED = ['/var/log/app/a.log', '/var/log/app/b.log', '/var/log/nginx/access.log'];

/** Verdicts and texts for a main file and one rule file. */
function findings(main: string, rules: string): string[] {
  using folder = TempFolder.make();
  const mainFile = folder.write('logrotate.conf', main);
  folder.write('logrotate.d/app', rules);
  folder.write('logrotate.d/app.dpkg-old', '/var/log/app/a.log {\n copytruncate\n compress\n}\n');
  const found = checkLogrotate({
    mainFile,
    folder: folder.join('logrotate.d'),
    followed: FOLLOWED,
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
  expect(findings('compress\n', '/var/log/app/*.log {\n  copytruncate\n}\n')).toEqual([
    expect.stringMatching(
      /^fail \/logrotate\.d\/app:1: copytruncate with compress and without delaycompress on \/var\/log\/app\/a\.log and 1 more/,
    ),
  ]);
});

test('checkLogrotate() warns of copytruncate, of files matched twice, and of nothing kept', () => {
  expect(findings('', '/var/log/app/a.log {\n copytruncate\n}\n')).toEqual([
    expect.stringMatching(/^warn .*copytruncate on \/var\/log\/app\/a\.log/),
  ]);
  expect(findings('/var/log/nginx/*.log {\n rotate 0\n}\n', '')).toEqual([
    expect.stringMatching(/^fail .*rotate 0/),
  ]);
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
