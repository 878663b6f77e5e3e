/** The drop-in that a config asks for: the folders it archives out of, and no others. */
import { expect, test } from 'vitest';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { archiveDropIn, archivedFolders, unitText } from '../../../src/service/unit-files.ts';

const PATHS = `[paths]
log_dir = /var/spool/logstead
report_dir = /var/log/logstead/reports
archive_dir = /var/log/logstead/archives
notify_dir = /var/log/logstead/notifications
state_dir = /var/lib/logstead
`;

function settingsOf(text: string) {
  return settingsFromText(PATHS + text, {
    projectFolder: '/',
    formatNames: () => [],
    checkSchedule: () => null,
    checkQuery: () => null,
  });
}

test('archiveDropIn() asks for nothing where files are only followed', () => {
  expect(archiveDropIn(settingsOf('[watch:nginx]\npath = /var/log/nginx/*.log\n'))).toBeNull();
});

test('archiveDropIn() names each archived folder once, the outermost', () => {
  const settings = settingsOf(`[watch:a]
path = /var/log/app/*.log, /var/log/app/deep/**/*.log
archive = yes
[watch:b]
path = /srv/with %blank/*.log
archive = yes
[watch:c]
path = /var/log/followed/*.log
`);
  expect(archivedFolders(settings)).toEqual(['/srv/with %blank', '/var/log/app']);
  const text = archiveDropIn(settings);
  expect(text).toContain('ReadWritePaths=-"/srv/with %%blank"\nReadWritePaths=-"/var/log/app"\n');
  expect(text).not.toContain('followed');
  expect(text).toContain(
    'AmbientCapabilities=CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER CAP_SYS_PTRACE\n',
  );
});

test('archiveDropIn() lets the service tell writers of a renamed log, and only where there are any', () => {
  const told = `active = rename
post_rotate_signal = USR1
post_rotate_pid_file = /run/shop.pid
`;
  const ofOthers = `[watch:a]\npath = /var/log/shop/*.log\narchive = yes\n${told}`;
  expect(archiveDropIn(settingsOf(ofOthers))).toMatch(/^AmbientCapabilities=.* CAP_KILL$/m);
  // Moving files of its own folders needs nothing.
  const ofItsOwn = archiveDropIn(settingsOf(`[watch:log_dir]\n${told}`));
  expect(ofItsOwn).toMatch(/^AmbientCapabilities=CAP_KILL$/m);
  expect(ofItsOwn).not.toContain('ReadWritePaths');
});

test('archiveDropIn() shows the homes to a service that archives files out of one', () => {
  const text = archiveDropIn(settingsOf('[watch:a]\npath = /home/shop/*.log\narchive = yes\n'));
  expect(text).toContain('ReadWritePaths=-"/home/shop"\nProtectHome=read-only\n#');
  const other = archiveDropIn(settingsOf('[watch:a]\npath = /srv/*.log\narchive = yes\n'));
  expect(other).not.toContain('ProtectHome');
});

test('archiveDropIn() lets the service write to folders of its own that lie elsewhere', () => {
  const settings = settingsOf('');
  const moved = { ...settings, paths: { ...settings.paths, archiveDir: '/data/archives' } };
  expect(archivedFolders(moved)).toEqual(['/data/archives']);
  // It looks into no process for these.
  expect(archiveDropIn(moved)).not.toContain('CAP_SYS_PTRACE');
});

test('unitText() puts the program where it is, a percent sign as itself', () => {
  expect(unitText('ExecStart=/opt/logstead/src/logstead.sh', '/srv/50%')).toBe(
    'ExecStart=/srv/50%%/src/logstead.sh',
  );
});
