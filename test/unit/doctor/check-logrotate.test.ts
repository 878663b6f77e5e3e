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

/** Files by their names, where they lie as `/`; what logrotate would say of them, the folder itself left out. */
function findingsIn(files: Readonly<Record<string, string>>): string[] {
  using folder = TempFolder.make();
  for (const [name, text] of Object.entries(files)) {
    folder.write(name, text.replaceAll('ROOT', folder.path));
  }
  const found = checkLogrotate({
    mainFile: folder.join('logrotate.conf'),
    folder: folder.join('logrotate.d'),
    followed: FOLLOWED,
    reader: READER,
  });
  return found.map(({ verdict, text }) => `${verdict} ${text.replaceAll(folder.path, '')}`);
}

const RULE = (more: string): string => `/var/log/app/a.log {\n rotate 1\n ${more}\n}\n`;
const IS_WELL = (count: string): string[] => [
  `ok logrotate: ${count} for followed files, none loses lines`,
];

test('checkLogrotate() follows include into files, folders and what they include', () => {
  const inNested = findingsIn({
    'logrotate.conf': 'include ROOT/site.conf\n',
    'site.conf': 'include=ROOT/more\n',
    'more/app': RULE('copytruncate'),
    'more/below/app': RULE('copytruncate'),
  });
  expect(inNested).toEqual([expect.stringMatching(/^warn \/more\/app:1: copytruncate on/)]);
  // A loop, and what is not there, end where logrotate ends them.
  const looped = {
    'logrotate.conf': 'include ROOT/loop\ninclude ROOT/none\n',
    loop: 'include ROOT/loop\n',
  };
  expect(findingsIn(looped)).toEqual(IS_WELL('0 rules'));
  // One that is named by an include is not read a second time.
  const folder = { 'logrotate.conf': 'include ROOT/logrotate.d\n', 'logrotate.d/app': RULE('') };
  expect(findingsIn(folder)).toEqual(IS_WELL('1 rule'));
});

test('checkLogrotate() takes defaults from what stands before an include, and from what it named behind it', () => {
  const late = {
    'logrotate.conf': 'include ROOT/logrotate.d\ncopytruncate\n',
    'logrotate.d/app': RULE(''),
  };
  expect(findingsIn(late)).toEqual(IS_WELL('1 rule'));
  const early = { ...late, 'logrotate.conf': 'copytruncate\ninclude ROOT/logrotate.d\n' };
  expect(findingsIn(early)).toEqual([
    expect.stringMatching(/^warn \/logrotate\.d\/app:1: copytruncate/),
  ]);
  const passedOn = {
    ...late,
    'logrotate.conf': 'include ROOT/logrotate.d\n',
    'logrotate.d/aa': 'copytruncate\n',
  };
  expect(findingsIn(passedOn)).toEqual([
    expect.stringMatching(/^warn \/logrotate\.d\/app:1: copytruncate/),
  ]);
});

test('checkLogrotate() passes over the names that are taboo where the folder is included', () => {
  const found = (taboo: string, name: string): string[] =>
    findingsIn({
      'logrotate.conf': `${taboo}\ninclude ROOT/more\n`,
      [`more/${name}`]: RULE('copytruncate'),
    });
  const isRead = [expect.stringMatching(/^warn .*copytruncate/)];
  for (const name of ['app.swp', 'app~', 'app,v', 'app.bak', 'app.rhn-cfg-tmp-1']) {
    expect(found('', name)).toEqual(IS_WELL('0 rules'));
    expect(found('tabooext .off', name)).toEqual(isRead);
    expect(found('tabooext + .off', name)).toEqual(IS_WELL('0 rules'));
  }
  expect(found('tabooext + .never, .off', 'app.off')).toEqual(IS_WELL('0 rules'));
  expect(found('taboopat + old-*', 'old-app')).toEqual(IS_WELL('0 rules'));
  expect(found('', 'app.off')).toEqual(isRead);
  // Patterns do not match a name that is hidden.
  expect(found('', '.app.swp')).toEqual(isRead);
});
