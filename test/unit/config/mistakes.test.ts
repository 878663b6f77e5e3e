/** What people are told about a broken config: all of it, where, what is allowed, what was probably meant. */
import { expect, test } from 'vitest';
import { settingsFromText, type TextOptions } from '../../../src/config/load-settings.ts';
import { ConfigError, formatMistakes } from '../../../src/config/mistakes.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

const PATHS = `[paths]
log_dir = logs
report_dir = reports
archive_dir = archives
notify_dir = notifications
`;

/** The lines people read, for a config of the four folders and `rest` (which begins on line 6). */
function mistakesIn(rest: string, options: Partial<TextOptions> = {}): string[] {
  try {
    settingsFromText(PATHS + rest, { projectFolder: '/srv/logstead', ...options });
    return [];
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ConfigError);
    return formatMistakes((thrown as ConfigError).mistakes).split('\n');
  }
}

test.each([
  [
    '[alert:e]\nwhen = *\ntreshold = 5\n',
    'line 8  [alert:e] `treshold`: did you mean `threshold`?',
  ],
  [
    '[alert:e]\nwhen = *\nThreshold = 5\n',
    'line 8  [alert:e] `Threshold`: did you mean `threshold`?',
  ],
  ['[alert:e]\nwhen = *\nthresh = 5\n', 'line 8  [alert:e] `thresh`: did you mean `threshold`?'],
  [
    '[alert:e]\nwhen = *\ncolour = 5\n',
    'line 8  [alert:e] `colour`: there is no such setting here; README.md lists all that there are',
  ],
  [
    '[alert:e]\nwhen = *\nquery-key = host\n',
    'line 8  [alert:e] `query-key`: did you mean `group_by`?',
  ],
  ['[alert:e]\nwhen = *\nfor = 5m\n', 'line 8  [alert:e] `for`: did you mean `window`?'],
  ['[http]\nport = 80\n', 'line 7  [http] `port`: did you mean `listen`?'],
  [
    '[alert:e]\n',
    'line 6  [alert:e] `when`: the setting is missing; expected a query such as level>=error source:api',
  ],
  ['[alert:e]\nwehn = *\n', 'line 7  [alert:e] `wehn`: did you mean `when`?'],
  [
    '[alert:e]\nwhen =\n',
    'line 7  [alert:e] `when`: the value is empty; expected a query such as level>=error source:api; given ``',
  ],
  ['[alret:e]\nwhen = *\n', 'line 6  [alret:e]: did you mean `[alert:NAME]`?'],
  [
    '[watch:w]\npath = a.log\nactive = rename\npost_rotate_signal = HUP\n',
    'line 9  [watch:w] `post_rotate_signal`: `post_rotate_pid_file` has to say whose process gets it',
  ],
  [
    '[watch:w]\npath = a.log\nactive = rename\npost_rotate_pid_file = /run/w.pid\n',
    'line 9  [watch:w] `post_rotate_pid_file`: `post_rotate_signal` has to say what its process gets',
  ],
  [
    '[watch:w]\npath = a.log\npost_rotate_command = /bin/reload\n',
    'line 8  [watch:w] `post_rotate_command`: the writer is told of renamed files only, and `active` is "leave"',
  ],
  [
    '[watch:w]\npath = a.log\nactive = rename\npost_rotate_command = reload\n',
    'line 9  [watch:w] `post_rotate_command`: the program needs its whole path; expected an absolute path and arguments, with blanks between them; given `reload`',
  ],
  ['[Log]\n', 'line 6  [Log]: did you mean `[log]`?'],
  ['[log:x]\n', 'line 6  [log:x]: this section has no name; did you mean `[log]`?'],
  ['[alert]\n', 'line 6  [alert]: the section needs a name; did you mean `[alert:NAME]`?'],
  ['[alert:]\n', 'line 6  [alert:]: the section needs a name; did you mean `[alert:NAME]`?'],
  ['[alert: e]\n', 'line 6  [alert: e]: a name has no blanks around it; did you mean `[alert:e]`?'],
  [
    '[alert:a\u202eb]\n',
    'line 6  [alert:a\\u202eb]: the name holds characters that nobody can see',
  ],
  [
    `[alert:${'n'.repeat(81)}]\n`,
    `line 6  [alert:${'n'.repeat(81)}]: a name has at most 80 characters`,
  ],
  [
    '[log]\nlevel = debgu\n',
    'line 7  [log] `level`: expected trace, debug, info, warn, error or fatal; given `debgu`; did you mean `debug`?',
  ],
  [
    '[rotation]\nidle = 5\n',
    'line 7  [rotation] `idle`: the unit is missing (ms, s, m, h, d, w); expected a duration from 0s to 31d, such as 90s, 2m or 7d; given `5`',
  ],
  [
    '[rotation]\nidle = 32d\n',
    'line 7  [rotation] `idle`: expected a duration from 0s to 31d, such as 90s, 2m or 7d; given `32d`',
  ],
  [
    '[rotation]\nenabled = maybe\n',
    'line 7  [rotation] `enabled`: expected yes or no; given `maybe`',
  ],
  [
    '[rotation]\nschedule = daily\n',
    'line 7  [rotation] `schedule`: expected a cron expression of five or six fields, such as 5 0 * * *; given `daily`',
  ],
  [
    '[rotation]\ntimezone = Europe/Berln\n',
    'line 7  [rotation] `timezone`: expected a time zone such as Europe/Berlin or UTC, or local; given `Europe/Berln`; did you mean `Europe/Berlin`?',
  ],
  [
    '[retention]\nage = 5\n',
    'line 7  [retention] `age`: the unit is missing (ms, s, m, h, d, w); expected a duration from 1h to 36500d, such as 90s, 2m or 7d, or never; given `5`',
  ],
  [
    '[retention]\nindex_size = 64mb\n',
    'line 7  [retention] `index_size`: expected a size from 16MiB to 1024TiB, such as 64MiB or 10GB, or unlimited; given `64mb`',
  ],
  [
    '[alert:e]\nwhen = *\nkind = absence\nsilence = 8d\n',
    'line 9  [alert:e] `silence`: it is not shorter than `forget_after`: the rule would never fire',
  ],
  [
    '[alert:e]\nwhen = *\nthreshold = 0\n',
    'line 8  [alert:e] `threshold`: expected a whole number from 1 to 100000; given `0`',
  ],
  [
    '[alert:e]\nwhen = *\nthreshold = 5 # five\n',
    'line 8  [alert:e] `threshold`: a comment needs a line of its own; expected a whole number from 1 to 100000; given `5 # five`',
  ],
  [
    '[log]\nlevel = "debug"\n',
    'line 7  [log] `level`: quotes would be part of the value; write it without them; given `"debug"`',
  ],
  [
    '[watch:w]\npath = /x/*.log\ntags = a, b, a\n',
    'line 8  [watch:w] `tags`: "a" is there twice; expected a word; several with commas between them, or nothing; given `a, b, a`',
  ],
  [
    '[clickhouse]\nshards = !\t https://ch1:8443\n',
    'line 7  [clickhouse] `shards`: "!\\t https://ch1:8443" is none; expected addresses such as https://ch1.example.org:8443, one for each shard with commas between them; the replicas of a shard with | between them; given `!\\t https://ch1:8443`',
  ],
  [
    '[watch:w]\npath = ~/x.log\n',
    'line 7  [watch:w] `path`: ~ is not replaced here: write the whole path; expected paths or patterns such as /var/log/**/*.log, with commas between them; given `~/x.log`',
  ],
  [
    '[watch:w]\npath = /x/*/\n',
    'line 7  [watch:w] `path`: a pattern names files; expected paths or patterns such as /var/log/**/*.log, with commas between them; given `/x/*/`; did you mean `/x/*/**/*.log`?',
  ],
  [
    '[watch:w]\n',
    'line 6  [watch:w] `path`: the setting is missing; expected paths or patterns such as /var/log/**/*.log',
  ],
  [
    '[watch:log_dir]\npath = /x/*.log\n',
    'line 7  [watch:log_dir] `path`: the files of `log_dir` are named in [paths]; give another name to this section',
  ],
  [
    '[http]\nlisten = 0.0.0.0:80\n',
    'line 7  [http] `listen`: "0.0.0.0" is not this machine alone; without a token nobody else may ask; expected 127.0.0.1, [::1] or localhost. Make a token with "logstead token NAME" and put what it prints into `tokens`',
  ],
  [
    '[http]\ntokens = ops:secret\n',
    'line 7  [http] `tokens`: expected NAME:HASH as "logstead token NAME" prints it; several with commas between them, or nothing; given `ops:secret`',
  ],
  [
    '[http]\ntls_cert = /etc/ssl/cert.pem\n',
    'line 6  [http] `tls_key`: the setting is missing: `tls_cert` is of no use without it; expected a file',
  ],
  [
    '[http]\nlisten = 5647\n',
    'line 7  [http] `listen`: expected an address and a port such as 127.0.0.1:5647 or [::1]:5647; port 0 picks a free one; given `5647`',
  ],
  [
    '[alert:e]\nwhen = *\nnotify = email\n',
    'line 8  [alert:e] `notify`: email is named, but there is no [email] section',
  ],
  [
    '[notify]\nfailure = file, email\n',
    'line 7  [notify] `failure`: email is named, but there is no [email] section',
  ],
])('formatMistakes() says of %j %s', (rest, text) => {
  expect(mistakesIn(rest)).toEqual([text]);
});

test('formatMistakes() says what is missing from an empty config', () => {
  expect(() => settingsFromText('', { projectFolder: '/srv' })).toThrow(
    [
      'Cannot use "config": 4 mistakes',
      'file  [paths] `log_dir`: the setting is missing; expected a folder',
      'file  [paths] `report_dir`: the setting is missing; expected a folder',
      'file  [paths] `archive_dir`: the setting is missing; expected a folder',
      'file  [paths] `notify_dir`: the setting is missing; expected a folder',
    ].join('\n'),
  );
});

test('settingsFromText() reports all mistakes at once, in file order', () => {
  const found = mistakesIn(
    `[alert:x]
when = bad query
treshold = 5
window = 5 minutes
[alert:y]
when = bad
notify = sms
notify = file
words
[email]
host = mail example
from = Ops <ops@example.org>
to = ops@example.org
[pats]
[rotation]
schedule = 99 99 * * *
`,
    {
      checkQuery: (text) => ({ column: text.length, message: 'expected something else' }),
      checkSchedule: () => 'minute: expected 0 to 59',
    },
  );
  expect(found.map((line) => Number(line.split(/\s+/)[1]))).toEqual([
    7, 8, 9, 11, 12, 13, 14, 16, 17, 19, 21,
  ]);
  expect(found[0]).toBe(
    'line 7   [alert:x] `when`: column 9: expected something else; given `bad query`',
  );
  expect(found.at(-1)).toContain('minute: expected 0 to 59');
});

test('settingsFromText() accepts only formats that exist, where it is told which', () => {
  const formatNames = () => ['json', 'logfmt', 'syslog'];
  expect(mistakesIn('[watch:w]\npath = /x\nformat = logfmt\n', { formatNames })).toEqual([]);
  expect(mistakesIn('[watch:w]\npath = /x\nformat = auto\n', { formatNames })).toEqual([]);
  expect(mistakesIn('[watch:w]\npath = /x\nformat = lgofmt\n', { formatNames })).toEqual([
    'line 8  [watch:w] `format`: there is no such format; given `lgofmt`; did you mean `logfmt`?',
  ]);
});

test.each(['password', 'pass', 'passwd', 'pw', 'smtp_password', 'secret', 'token', 'pasword'])(
  'formatMistakes() never shows the value of `%s`',
  (key) => {
    const rest = `[email]\nhost = mail.example.org\nfrom = a@b.example\nto = a@b.example\n${key} = hunter2\n`;
    const text = mistakesIn(rest).join('\n');
    expect(text).toContain(`\`${key}\``);
    expect(text).not.toContain('hunter2');
  },
);

test('formatMistakes() says where a password belongs', () => {
  const rest = '[email]\nhost = h\nfrom = a@b\nto = a@b\npassword = hunter2\n';
  expect(mistakesIn(rest)).toEqual([
    'line 10  [email] `password`: secrets do not stand in the config. Write it into a file readable by the daemon alone and name that as `password_file`, or set LOGSTEAD_EMAIL_PASSWORD',
  ]);
});

const INJECTIONS = [
  'ops@example.org>\\r\\nRCPT TO:<evil@x.org',
  'ops@example.org> SIZE=1 <evil@x.org',
  'Ops <ops@example.org>',
  '<ops@example.org>',
  'ops@example.org ops2@example.org',
  'ops@example.org;evil@x.org',
  '"a b"@example.org',
  'ops@[127.0.0.1]',
  'ops@exam\u200bple.org',
  'ops',
  '@example.org',
  `${'a'.repeat(250)}@b.org`,
];

test.each(INJECTIONS)('settingsFromText() refuses the address %j', (address) => {
  const found = mistakesIn(`[email]\nhost = h\nfrom = ${address}\nto = a@b, ${address}\n`);
  expect(found).toHaveLength(2);
});

test.each(['root@localhost', 'ops+logs@example.org', 'a.b@mail-1.example.co.uk'])(
  'settingsFromText() accepts the address %s',
  (address) => {
    expect(mistakesIn(`[email]\nhost = h\nfrom = ${address}\nto = ${address}\n`)).toEqual([]);
  },
);

test.each(HOSTILE_TEXTS)('formatMistakes() escapes a text that $what', ({ text }) => {
  const found = mistakesIn(`[log]\nlevel = ${text}\n${text} = 1\n[${text}]\n`).join('\n');
  expect(found).not.toBe('');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not come
  expect(found).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/);
});

test('formatMistakes() shows fifty of a thousand mistakes, and counts the rest', () => {
  const found = mistakesIn('[log]\n'.padEnd(6) + 'nonsense\n'.repeat(1_000));
  expect(found).toHaveLength(51);
  expect(found.at(-1)).toBe('and 950 more');
});

test('ConfigError carries the mistakes as data', () => {
  try {
    settingsFromText(`${PATHS}[alert:e]\nwhen = *\ntreshold = 5\n`, { projectFolder: '/srv' });
    expect.unreachable();
  } catch (thrown) {
    expect((thrown as ConfigError).code).toBe('CONFIG_INVALID');
    expect((thrown as ConfigError).mistakes).toEqual([
      {
        line: 8,
        section: 'alert:e',
        key: 'treshold',
        problem: '',
        allowed: null,
        given: null,
        suggestion: 'threshold',
        hint: null,
      },
    ]);
  }
});
