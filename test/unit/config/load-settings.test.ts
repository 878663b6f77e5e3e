/** Config files on disk: where they are found, what paths in them mean, what cannot be read. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { settingChecks } from '../../../src/cli/settings-for.ts';
import { findConfig } from '../../../src/config/config-file.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { defaultSettings, loadSettings, readConfig } from '../../../src/config/load-settings.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { PLAIN_ROTATION } from '../../support/watch-rotation.ts';
import { withoutPrivileges } from '../../support/without-privileges.ts';

test('findConfig() takes config/config.ini below the working folder, else the system one', () => {
  using folder = TempFolder.make();
  expect(findConfig(folder.path)).toBe('/etc/logstead/config.ini');
  const path = folder.write('config/config.ini', minimalConfig());
  expect(findConfig(folder.path)).toBe(path);
});

test('loadSettings() makes a working config of the four folders, relative to the project folder', () => {
  using folder = TempFolder.make();
  const configPath = folder.write('config/config.ini', minimalConfig());
  const settings = loadSettings(configPath, {});
  expect(settings.projectFolder).toBe(folder.path);
  expect(settings.paths).toEqual({
    logDir: folder.join('logs'),
    reportDir: folder.join('reports'),
    archiveDir: folder.join('archives'),
    notifyDir: folder.join('notifications'),
    stateDir: folder.join('state'),
  });
  expect(settings.warnings).toEqual([]);
  expect(settings).toEqual({ ...defaultSettings(folder.path), configPath });
});

test('defaultSettings() has the defaults that the documentation names', () => {
  const { rotation, retention, notify, store, clickhouse, http, log, email, alerts, watches } =
    defaultSettings('/srv/logstead');
  const timezone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  expect({
    rotation,
    retention,
    notify,
    store,
    clickhouse,
    http,
    log,
    email,
    alerts,
  }).toMatchObject({
    rotation: {
      enabled: true,
      schedule: '5 0 * * *',
      timezone,
      idleMs: 300_000,
      compression: 'none',
      verifyEveryMs: 30 * 86_400_000,
    },
    retention: {
      ageMs: null,
      indexBytesMax: 20 * 2 ** 30,
      levels: [],
      sources: [],
      freeBytesMin: 512 * 2 ** 20,
      archive: { ageMs: null, bytesMax: null, lastCopy: 'keep', sources: [] },
    },
    notify: { success: ['file'], failure: ['file'] },
    store: { engine: 'local' },
    clickhouse: null,
    http: { enabled: true, host: '127.0.0.1', port: 5647, tokens: [], hosts: [], tls: null },
    log: { level: 'info' },
    email: null,
    alerts: [],
  });
  expect(watches).toEqual([
    {
      name: 'log_dir',
      paths: ['/srv/logstead/logs/**/*.log'],
      include: [],
      exclude: [],
      source: null,
      tags: [],
      format: null,
      declared: null,
      timezone,
      encoding: 'utf-8',
      multiline: 'auto',
      readFrom: 'beginning',
      archive: true,
      rotation: PLAIN_ROTATION,
    },
  ]);
});

test("loadSettings() takes paths relative to the config's folder, or to its parent if that is called config", () => {
  using folder = TempFolder.make();
  const beside = folder.write('etc/logstead/config.ini', minimalConfig());
  const inConfig = folder.write('app/config/other.ini', minimalConfig());
  expect(loadSettings(beside, {}).paths.logDir).toBe(folder.join('etc/logstead/logs'));
  expect(loadSettings(inConfig, {}).paths.logDir).toBe(folder.join('app/logs'));
});

test('loadSettings() leaves absolute paths alone and resolves those that climb', () => {
  using folder = TempFolder.make();
  const text = minimalConfig()
    .replace('= logs', '= /var/log/app')
    .replace('= reports', '= ../reports');
  const { paths } = loadSettings(folder.write('a/config/c.ini', text), {});
  expect(paths.logDir).toBe('/var/log/app');
  expect(paths.reportDir).toBe(folder.join('reports'));
});

test('loadSettings() makes patterns absolute, with the special characters of folders escaped', () => {
  using folder = TempFolder.make();
  const text = `${minimalConfig()}[watch:a]
path = app/*.log, folder/, ../other/{x,y}/**/*.log, /var//log/./z.log
include = *.log, sub/*.txt
exclude = debug.log, **/tmp/*, /var/log/no/*
[watch:b]
path = logs/api/*.log
[watch:c]
path = logs/api/*.log, /elsewhere/*.log
`;
  const project = 'pro (1), [x]';
  const { watches } = loadSettings(folder.write(`${project}/config/config.ini`, text), {});
  const base = `${folder.path}/pro \\(1\\)\\, \\[x\\]`;
  expect(watches[0]).toMatchObject({
    paths: [
      `${base}/app/*.log`,
      `${base}/folder`,
      `${folder.path}/other/{x,y}/**/*.log`,
      '/var/log/z.log',
    ],
    include: ['**/*.log', `${base}/sub/*.txt`],
    exclude: ['**/debug.log', '**/tmp/*', '/var/log/no/*'],
    archive: false,
  });
  expect(watches.map(({ name, archive }) => [name, archive])).toEqual([
    ['a', false],
    ['b', true],
    ['c', false],
    ['log_dir', true],
  ]);
  expect(watches.at(-1)?.paths).toEqual([`${base}/logs/**/*.log`]);
});

test('loadSettings() lets [watch:log_dir] say more about log_dir, still as the last watch', () => {
  using folder = TempFolder.make();
  const text = `${minimalConfig()}[watch:log_dir]\ntags = all\narchive = no\n[watch:api]\npath = logs/api/*.log\n`;
  const { watches } = loadSettings(folder.write('config/config.ini', text), {});
  expect(watches.map((watch) => watch.name)).toEqual(['api', 'log_dir']);
  expect(watches[1]).toMatchObject({ tags: ['all'], archive: false });
});

test('loadSettings() reads every kind of value', () => {
  using folder = TempFolder.make();
  const text = `${minimalConfig()}
[alert:Größe.a b/c]
when = level:error "a; b" #x
threshold = 5
window = 90s
cooldown = 0s
severity = critical
description = Read this; then "that" # and so on
enabled = off
notify =
group_by = host, metadata.user
backfill = ON
backfill_after = 7d
[email]
host = ::1
secure = tls
from = logstead@host
to = a@example.org,b@example.org
[rotation]
timezone = Europe/Berlin
[retention]
age = never
index_size = unlimited
levels = debug 2d, error 90d
sources = nginx/* 7d
free_space = 4MiB
[http]
enabled = false
listen = [::1]:0
tokens = ops:${'a'.repeat(64)}, ci:${'0'.repeat(64)}
hosts = logs.example.org, 10.0.0.7
tls_cert = /etc/ssl/cert.pem
tls_key = key.pem
[log]
level = debug
`;
  const settings = loadSettings(folder.write('c.ini', text), {});
  expect(settings.alerts).toMatchObject([
    {
      name: 'Größe.a b/c',
      enabled: false,
      description: 'Read this; then "that" # and so on',
      when: 'level:error "a; b" #x',
      threshold: 5,
      windowMs: 90_000,
      cooldownMs: 0,
      severity: 'critical',
      notify: [],
      groupBy: ['host', 'metadata.user'],
      backfill: true,
      backfillAfterMs: 7 * 86_400_000,
    },
  ]);
  expect(settings.email).toEqual({
    budget: 20,
    host: '::1',
    port: 465,
    secure: 'tls',
    user: null,
    password: null,
    passwordSource: null,
    from: 'logstead@host',
    to: ['a@example.org', 'b@example.org'],
  });
  expect(settings.notify).toMatchObject({ success: ['file'], failure: ['file', 'email'] });
  expect(settings.rotation.timezone).toBe('Europe/Berlin');
  expect(settings.http).toEqual({
    enabled: false,
    host: '::1',
    port: 0,
    tokens: [
      { name: 'ops', sha256: 'a'.repeat(64) },
      { name: 'ci', sha256: '0'.repeat(64) },
    ],
    hosts: ['logs.example.org', '10.0.0.7'],
    tls: { cert: '/etc/ssl/cert.pem', key: join(settings.projectFolder, 'key.pem') },
  });
  expect(settings.retention).toMatchObject({
    ...{ ageMs: null, indexBytesMax: null, freeBytesMin: 4 * 2 ** 20 },
    levels: [
      { name: 'debug', durationMs: 2 * 86_400_000 },
      { name: 'error', durationMs: 90 * 86_400_000 },
    ],
    sources: [{ name: 'nginx/*', durationMs: 7 * 86_400_000 }],
  });
  expect(settings.log.level).toBe('debug');
  expect(settings.warnings).toEqual([]);
});

test.each([
  ['missing', 'nowhere.ini', 'it is not there'],
  ['below a file', 'config.ini/x.ini', 'it is not there'],
  ['a folder', '.', 'it is a folder'],
])('loadSettings() cannot read a config that is %s', (_what, name, reason) => {
  using folder = TempFolder.make();
  folder.write('config.ini', minimalConfig());
  const path = join(folder.path, name);
  expect(() => loadSettings(path, {})).toThrow(
    expect.objectContaining({
      code: 'CONFIG_UNREADABLE',
      message: `Cannot read the config "${path}": ${reason}`,
    }),
  );
});

test('loadSettings() refuses a file that is far too large', () => {
  using folder = TempFolder.make();
  const path = folder.write('config.ini', `${minimalConfig()}${'#'.repeat(2 ** 20)}`);
  expect(() => loadSettings(path, {})).toThrow(
    expect.objectContaining({ code: 'CONFIG_UNREADABLE', message: expect.stringMatching(/1MiB$/) }),
  );
  expect(() => loadSettings('/dev/zero', {})).toThrow(/larger than 1MiB/);
});

test('loadSettings() names the line that is not UTF-8, and UTF-16 as what it is', () => {
  using folder = TempFolder.make();
  const latin1 = Buffer.concat([
    Buffer.from(`${minimalConfig()}[watch:w]\nsource = `),
    Buffer.from([0x47, 0xfc, 0x0a]),
  ]);
  expect(readConfig(folder.write('latin1.ini', latin1), {}).mistakes).toMatchObject([
    { line: 7, problem: 'the line is not UTF-8; save the file as UTF-8' },
  ]);
  const utf16 = Buffer.from(`\ufeff${minimalConfig()}ü`, 'utf16le');
  expect(readConfig(folder.write('utf16.ini', utf16), {}).mistakes).toMatchObject([
    { line: 1, problem: 'the file is UTF-16; save it as UTF-8' },
  ]);
});

test('loadSettings() reads a config from a pipe', () => {
  const source = JSON.stringify(join(import.meta.dirname, '../../../src/config/load-settings.ts'));
  const reader = `
    const { loadSettings } = await import(${source});
    console.log(loadSettings('/dev/stdin', {}).paths.logDir);`;
  const command = 'printf %s "$1" | "$0" --input-type=module -e "$2"';
  const parameters = [process.execPath, minimalConfig(), reader];
  const output = execFileSync('sh', ['-c', command, ...parameters], { timeout: 20_000 });
  expect(output.toString()).toBe('/dev/logs\n');
});

test('readConfig() warns where a value likely ends in a comment', () => {
  using folder = TempFolder.make();
  const text = minimalConfig().replace('= logs', '= logs ; watched');
  const { settings, warnings } = readConfig(folder.write('config.ini', text), {});
  expect(settings?.paths.logDir).toBe(folder.join('logs ; watched'));
  expect(settings?.warnings).toEqual(warnings);
  expect(warnings).toEqual([
    {
      line: 2,
      section: 'paths',
      key: 'log_dir',
      text: 'what follows # or ; is part of the value; a comment needs a line of its own',
    },
  ]);
});

test('readConfig() warns of a webhook to which nothing will ever be sent', () => {
  using folder = TempFolder.make();
  const warned = (lines: string): string[] => {
    const text = `${minimalConfig()}\n[webhook:hook]\n${lines}\n`;
    const { warnings } = readConfig(folder.write('config.ini', text), {});
    return warnings.map((warning) => `${warning.key}: ${warning.text}`);
  };
  for (const host of ['127.0.0.1:9000', '10.1.2.3', '[fd00::1]', 'localhost:9000', '2130706433']) {
    const shown = host.replace(/:9000$|[[\]]/g, '').replace('2130706433', '127.0.0.1');
    expect(warned(`url = http://${host}/hook`)).toEqual([
      `url: nothing will be sent: "${shown}" is on this machine or in a private network; private = yes allows that`,
    ]);
    expect(warned(`url = http://${host}/hook\nprivate = yes`)).toEqual([]);
  }
  for (const host of ['hooks.example.org', '203.0.113.7', '[2001:db8::7]']) {
    expect(warned(`url = https://${host}/hook`)).toEqual([]);
  }
});

test('readConfig() refuses folders through which Logstead would read its own output', () => {
  using folder = TempFolder.make();
  mkdirSync(folder.join('real'));
  symlinkSync(folder.join('real'), folder.join('link'));
  const problemsOf = (changes: Readonly<Record<string, string>>, rest = ''): string[] => {
    let text = minimalConfig();
    for (const [key, value] of Object.entries(changes)) {
      text = text.replace(new RegExp(`^${key} = .*$`, 'm'), `${key} = ${value}`);
    }
    const { mistakes } = readConfig(folder.write('config.ini', text + rest), {});
    return mistakes.map(({ line, key, problem }) => `${line} ${key}: ${problem}`);
  };
  expect(problemsOf({ report_dir: 'logs' })).toEqual([
    '3 report_dir: this is `log_dir`: Logstead would read its own output as logs',
  ]);
  expect(problemsOf({ archive_dir: 'logs/old' })).toEqual([
    '4 archive_dir: this lies inside `log_dir`: Logstead would read its own output as logs',
  ]);
  expect(problemsOf({ log_dir: '.' })).toHaveLength(4);
  expect(problemsOf({ notify_dir: '.' })).toEqual([
    '5 notify_dir: `log_dir` lies inside this folder, which is never read: Logstead keeps its own output there',
  ]);
  expect(problemsOf({ notify_dir: 'reports' })).toEqual([
    '5 notify_dir: this is `report_dir` too; each needs a folder of its own',
  ]);
  expect(problemsOf({ log_dir: 'link', archive_dir: 'real/archive' })).toEqual([
    '4 archive_dir: this lies inside `log_dir`: Logstead would read its own output as logs',
  ]);
  expect(problemsOf({ report_dir: 'logs-report' })).toEqual([]);
  expect(problemsOf({}, 'state_dir = archives\n')).toEqual([
    '6 state_dir: this is `archive_dir` too; each needs a folder of its own',
  ]);
  expect(problemsOf({}, '[watch:w]\npath = archives/**/*.log\n')).toEqual([
    '7 path: this lies inside `archive_dir`: Logstead would read its own output as logs',
  ]);
});

test('readConfig() refuses a file where a folder is meant', () => {
  using folder = TempFolder.make();
  folder.write('reports', 'a file');
  const { mistakes } = readConfig(folder.write('config.ini', minimalConfig()), {});
  expect(mistakes).toMatchObject([
    {
      line: 3,
      key: 'report_dir',
      problem: `"${folder.join('reports')}" is there and is not a folder`,
    },
  ]);
});

test('loadSettings() cannot read what it may not', () => {
  using folder = TempFolder.make();
  const path = folder.write('config.ini', minimalConfig());
  chmodSync(folder.path, 0o711);
  chmodSync(path, 0);
  withoutPrivileges(() => {
    expect(() => loadSettings(path, {})).toThrow(
      expect.objectContaining({
        code: 'CONFIG_UNREADABLE',
        message: `Cannot read the config "${path}": permission denied`,
        hint: expect.stringContaining('as root, or as a member of the group'),
      }),
    );
  });
});

test('readConfig() warns of a rule that waits for a text where a field seems to be meant', () => {
  using folder = TempFolder.make();
  const warned = (when: string): string[] => {
    const text = `${minimalConfig()}\n[alert:slow]\nwhen = ${when}\nthreshold = 1\nwindow = 5m\n`;
    const { mistakes, warnings } = readConfig(
      folder.write('config.ini', text),
      {},
      settingChecks(systemClock),
    );
    expect(mistakes).toEqual([]);
    return warnings.map((warning) => `${warning.section} ${warning.key}: ${warning.text}`);
  };
  expect(warned('took>500ms')).toEqual([
    'alert:slow when: "took>500ms" is looked for as text; a field is compared with a number, in the unit that it has: took>500',
  ]);
  for (const when of ['took>500', '"took>500ms"']) expect(warned(when)).toEqual([]);
});
