/** `[notify]`, `[route:NAME]`, `[webhook:NAME]`, `[command:NAME]`: who is told, when, and how. */
import { ALERT_SEVERITIES } from '../model/notification.ts';
import { channelList, hookAddress, webAddress } from './channel-kinds.ts';
import { WEBHOOK_BODIES } from './notify-settings.ts';
import { filePath } from './path-kinds.ts';
import { NAMES_MAX, optional, required, SECOND_MS, withDefault } from './setting.ts';
import {
  choice,
  commandLine,
  dayPart,
  duration,
  list,
  mailAddress,
  text,
  timeZone,
  wholeNumber,
  yesOrNo,
} from './value-kinds.ts';

const severities = list(choice(ALERT_SEVERITIES), { min: 0, max: ALERT_SEVERITIES.length });
const namePatterns = list(text('a name, or a pattern such as pay*', 200), {
  min: 0,
  max: NAMES_MAX,
});

export const NOTIFY_SECTION = {
  isNamed: false,
  sentence:
    'Who is told that a run (report, rotation, `once`) ended; what holds for all notifications.',
  settings: {
    success: withDefault(channelList, 'file', 'After a run without failure.'),
    failure: withDefault(
      channelList,
      'file, email',
      'After a run that failed; `email` counts only where `[email]` is set.',
    ),
    quiet_hours: optional(
      dayPart,
      { means: 'none', example: '22:00-07:00' },
      'When incidents of `quiet_severities` wake nobody: those still open are told when it ends, the others come in one digest.',
    ),
    quiet_severities: withDefault(
      severities,
      'low, medium',
      'Severities that can wait until the morning.',
    ),
    timezone: withDefault(
      timeZone,
      'local',
      'The time zone of `quiet_hours`, and of times in mails.',
    ),
    context: withDefault(
      wholeNumber({ min: 0, max: 20 }),
      '2',
      'Lines shown in a mail before and after a match, from the same file.',
    ),
    link: optional(
      webAddress,
      { means: 'mails name the command only', example: 'https://logs.example.org' },
      'Where people reach the HTTP side of this daemon: mails then have a link to the lines, and one to acknowledge.',
    ),
  },
} as const;

export const ROUTE_SECTION = {
  isNamed: true,
  sentence:
    'Where alerts go instead of what their rule says. The first route, in the order of the file, of which all conditions hold decides.',
  settings: {
    severity: withDefault(severities, '', 'Only these severities; empty: all.'),
    rules: withDefault(namePatterns, '', 'Only rules with such a name; empty: all.'),
    sources: withDefault(
      namePatterns,
      '',
      'Only incidents of entries of such a source; empty: all.',
    ),
    notify: required(channelList, 'email', 'Channels, as in `[alert]`.'),
    to: withDefault(
      list(mailAddress, { min: 0, max: NAMES_MAX }),
      '',
      'Who gets the mail; empty: those of `[email]`.',
    ),
  },
} as const;

export const WEBHOOK_SECTION = {
  isNamed: true,
  sentence: 'An address that is told by HTTP POST, as `webhook:NAME`.',
  settings: {
    url: required(
      hookAddress,
      'https://hooks.example.org/logstead',
      'Where to; redirects are not followed.',
    ),
    body: withDefault(
      choice(WEBHOOK_BODIES),
      'json',
      'What is sent: all there is as JSON, or a short text as Slack, Microsoft Teams or ntfy take it.',
    ),
    secret_file: optional(
      filePath,
      { means: 'requests are not signed', example: '/etc/logstead/hook-secret' },
      'The file with the key of the signature: `X-Logstead-Signature: t=SECONDS,v1=HMAC-SHA256 of "SECONDS.BODY"`.',
    ),
    token_file: optional(
      filePath,
      { means: 'no sign-in', example: '/etc/logstead/hook-token' },
      'The file with a token for `Authorization: Bearer`.',
    ),
    private: withDefault(
      yesOrNo,
      'no',
      'Whether the address may lie on this machine or in a private network.',
    ),
    timeout: withDefault(
      duration({ minMs: SECOND_MS, maxMs: 60_000 }),
      '10s',
      'How long it may take.',
    ),
  },
} as const;

export const COMMAND_SECTION = {
  isNamed: true,
  sentence:
    'A program that is run, as `command:NAME`; it gets the notification as JSON on its standard input.',
  settings: {
    run: required(
      commandLine,
      '/usr/local/bin/page --team ops',
      'Program and arguments, with blanks between them; quotes keep blanks. No shell, nothing is replaced.',
    ),
    timeout: withDefault(
      duration({ minMs: SECOND_MS, maxMs: 60_000 }),
      '30s',
      'How long it may take.',
    ),
  },
} as const;
