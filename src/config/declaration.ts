/**
 * Every setting there is, once, as data: its kind and limits, its default, one sentence.
 *
 * Loading, the shipped `config/config.ini`, the table in README.md and `logstead check` derive from it. Defaults
 * live here and nowhere deeper; they are text, read like any other value.
 */
import type { z } from 'zod';
import { ALERT_SECTION } from './alert-declaration.ts';
import { CLICKHOUSE_SECTION } from './clickhouse-section.ts';
import {
  COMMAND_SECTION,
  NOTIFY_SECTION,
  ROUTE_SECTION,
  WEBHOOK_SECTION,
} from './notify-declaration.ts';
import { filePath, folderPath, patternList } from './path-kinds.ts';
import { ARCHIVE_RETENTION, ROTATION_SECTION, WATCH_ROTATION } from './rotation-declaration.ts';
import {
  DAY_MS,
  NAMES_MAX,
  optional,
  PATTERNS_MAX,
  required,
  type Section,
  withDefault,
} from './setting.ts';
import { LOG_LEVELS, STORE_ENGINES } from './settings.ts';
import {
  byteSize,
  choice,
  duration,
  freeText,
  host,
  httpToken,
  list,
  listenAddress,
  mailAddress,
  namedTimes,
  orWord,
  schemaOf,
  text,
  timeZone,
  wholeNumber,
  word,
  yesOrNo,
} from './value-kinds.ts';

/** What a section reads to: `null` only where a setting has no default. */
export type ValuesOf<S extends Section> = {
  readonly [K in keyof S['settings']]: S['settings'][K] extends { fallback: { kind: 'none' } }
    ? z.infer<S['settings'][K]['kind']['schema']> | null
    : z.infer<S['settings'][K]['kind']['schema']>;
};

const keptTime = duration({ minMs: 3_600_000, maxMs: 36_500 * DAY_MS });
const RETENTION_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'none'] as const;
const sourcePattern = {
  ...text('the name of a source, `*` for any characters in it', 200),
  schema: schemaOf((value) =>
    /^[^\s,]{1,200}$/.test(value) ? { value } : { problem: 'it is no name of a source' },
  ),
};

export const SECTIONS = {
  paths: {
    isNamed: false,
    sentence: 'Folders. Relative paths begin at the project folder; missing folders are made.',
    settings: {
      log_dir: required(
        folderPath,
        'logs',
        'The folder that is watched: every `*.log` file in it and below it, from its beginning.',
      ),
      report_dir: required(folderPath, 'reports', 'Where reports are written.'),
      archive_dir: required(folderPath, 'archives', 'Where finished log files are moved to.'),
      notify_dir: required(folderPath, 'notifications', 'Where notification files are written.'),
      state_dir: withDefault(
        folderPath,
        'state',
        'The index, the positions in all files, alerts, and mails still to send: keep it, on a local disk.',
      ),
    },
  },
  watch: {
    isNamed: true,
    sentence:
      'More files to watch, and how to read them. A file belongs to the first section that names it; `[watch:log_dir]` is the section of `log_dir` itself and comes last.',
    settings: {
      path: optional(
        patternList({ min: 1, max: PATTERNS_MAX }),
        { means: 'every section but `[watch:log_dir]` needs one', example: '/var/log/nginx/*.log' },
        'What to watch: files, folders (every `*.log` file below), or patterns; `**` crosses folders.',
      ),
      include: withDefault(
        patternList({ min: 0, max: PATTERNS_MAX }),
        '',
        'Of these, only files that match one of the patterns; a pattern without `/` is compared with the file name alone.',
      ),
      exclude: withDefault(
        patternList({ min: 0, max: PATTERNS_MAX }),
        '',
        'Files to leave out, patterns as in `include`.',
      ),
      source: optional(
        text('a name', 200),
        { means: 'derived from the path', example: 'nginx' },
        'The source of all entries of these files.',
      ),
      tags: withDefault(
        list(word('a word'), { min: 0, max: NAMES_MAX }),
        '',
        'Tags of all entries of these files.',
      ),
      format: withDefault(
        text('the name of a format, built in or declared, or auto', 100),
        'auto',
        'How lines are understood; `auto` finds out, file by file.',
      ),
      timezone: withDefault(timeZone, 'local', 'The time zone of stamps that name none.'),
      encoding: withDefault(
        choice(['utf-8', 'latin1']),
        'utf-8',
        'How bytes become text; UTF-16 is recognised by its byte order mark.',
      ),
      multiline: withDefault(
        choice(['auto', 'off']),
        'auto',
        'Whether stack traces and continued lines are joined to one entry.',
      ),
      read_from: withDefault(
        choice(['beginning', 'end']),
        'beginning',
        'Where a file that was never seen before is read from.',
      ),
      archive: optional(
        yesOrNo,
        { means: 'yes for files below `log_dir`, no for others', example: 'no' },
        'Whether rotation may move these files to `archive_dir`.',
      ),
      ...WATCH_ROTATION,
    },
  },
  format: {
    isNamed: true,
    sentence:
      'A format of your own, for `format` of a `[watch:NAME]`. Try it with `logstead parse --format NAME FILE`.',
    settings: {
      pattern: required(
        freeText('a pattern', 4_096),
        '%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} (?<component>\\S+): %{GREEDYDATA:message}',
        'What the first line of an entry looks like, from its beginning to its end: a regular expression with named groups, grok names, or both. Lines that do not fit go on with the entry before them. Fields named `time`, `level`, `message` and `component` are these.',
      ),
      sample: optional(
        freeText('a line', 4_096),
        { means: 'nothing is tried', example: '2026-11-19 10:00:01 WARN shop.cart: slow' },
        'A line that the pattern must fit; checked whenever the config is read.',
      ),
    },
  },
  alert: ALERT_SECTION,
  email: {
    isNamed: false,
    sentence:
      'The mail server, and who gets the mail. The password comes from a file, the environment or systemd, never from here.',
    settings: {
      host: required(host, 'smtp.example.org', 'The mail server.'),
      port: optional(
        wholeNumber({ min: 1, max: 65_535 }),
        { means: '587, or 465 with `secure = tls`', example: '587' },
        'Its port.',
      ),
      secure: withDefault(
        choice(['auto', 'starttls', 'tls', 'none']),
        'auto',
        'Encryption: `tls` from the first byte, `starttls` or no mail, `none`; `auto` is tls on port 465, else starttls, and plain only on this machine.',
      ),
      user: optional(
        text('a name', 254),
        { means: 'no sign-in', example: 'logstead' },
        'The name to sign in with.',
      ),
      password_file: optional(
        filePath,
        {
          means: '`LOGSTEAD_EMAIL_PASSWORD`, else the systemd credential `email_password`',
          example: '/etc/logstead/email-password',
        },
        'The file that holds the password and nothing else, readable by the daemon alone.',
      ),
      from: required(mailAddress, 'logstead@example.org', 'The address the mail comes from.'),
      to: required(
        list(mailAddress, { min: 1, max: NAMES_MAX }),
        'ops@example.org',
        'Who gets the mail; a `[route]` may name others.',
      ),
      budget: withDefault(
        wholeNumber({ min: 1, max: 1_000 }),
        '20',
        'Mails to one recipient in an hour, critical ones twice as many; what is above comes as a digest, nothing is dropped.',
      ),
    },
  },
  notify: NOTIFY_SECTION,
  route: ROUTE_SECTION,
  webhook: WEBHOOK_SECTION,
  command: COMMAND_SECTION,
  rotation: ROTATION_SECTION,
  report: {
    isNamed: false,
    sentence: 'The report that every rotation writes.',
    settings: {
      mail: withDefault(
        yesOrNo,
        'yes',
        'Whether it is mailed as well, to `to` of `[email]`; counts only where `[email]` is set.',
      ),
    },
  },
  retention: {
    isNamed: false,
    sentence: 'How much index and archive keep.',
    settings: {
      age: withDefault(
        orWord(keptTime, 'never'),
        'never',
        'Entries whose own time is older than this leave the index, old files dropped in included.',
      ),
      index_size: withDefault(
        orWord(byteSize({ min: 16 * 2 ** 20, max: 2 ** 50 }), 'unlimited'),
        '20GiB',
        'When the index is larger, the oldest entries leave it.',
      ),
      levels: withDefault(
        namedTimes(choice(RETENTION_LEVELS), keptTime, RETENTION_LEVELS.length),
        '',
        'How long entries of a level stay, whatever `age` says: `debug 2d, error 90d`.',
      ),
      sources: withDefault(
        namedTimes(sourcePattern, keptTime, NAMES_MAX),
        '',
        'How long entries of a source stay, whatever `age` says: `nginx/* 7d`. Where its level is named as well, the shorter time counts.',
      ),
      free_space: withDefault(
        byteSize({ min: 2 ** 20, max: 2 ** 50 }),
        '512MiB',
        'What must stay free on the disk of the index: below it, nothing is read. At 4, 3 and 2 times as much, people are told, the index is compacted, and archived entries of the cheapest levels leave it.',
      ),
      ...ARCHIVE_RETENTION,
      archive_sources: withDefault(
        namedTimes(sourcePattern, keptTime, NAMES_MAX),
        '',
        'How long archived files of a source stay, whatever `archive_age` says here and in its section: `nginx/* 90d`. Where several match, the shortest time counts.',
      ),
    },
  },
  store: {
    isNamed: false,
    sentence: 'Where entries are kept and asked for.',
    settings: {
      engine: withDefault(
        choice(STORE_ENGINES),
        'local',
        'On this machine alone (`local`); on a ClickHouse cluster too, which follows (`both`); the same, and the cluster answers queries (`clickhouse`).',
      ),
    },
  },
  clickhouse: CLICKHOUSE_SECTION,
  http: {
    isNamed: false,
    sentence: 'The HTTP API and the page. For this machine only, unless tokens are set.',
    settings: {
      enabled: withDefault(yesOrNo, 'yes', 'Whether the daemon answers HTTP.'),
      listen: withDefault(
        listenAddress,
        '127.0.0.1:5647',
        'Where it listens; anything but this machine alone needs `tokens`.',
      ),
      tokens: withDefault(
        list(httpToken, { min: 0, max: NAMES_MAX }),
        '',
        'Who may ask, as `logstead token NAME` prints it: `NAME:HASH`. With any, every request needs a token.',
      ),
      hosts: withDefault(
        list(host, { min: 0, max: NAMES_MAX }),
        '',
        'Names by which the server is asked for, such as that of a proxy in front of it; others are refused.',
      ),
      tls_cert: optional(
        filePath,
        { means: 'not encrypted', example: '/etc/logstead/cert.pem' },
        'The certificate chain (PEM) for HTTPS; needs `tls_key`.',
      ),
      tls_key: optional(
        filePath,
        { means: 'not encrypted', example: '/etc/logstead/key.pem' },
        'The private key (PEM) of `tls_cert`.',
      ),
    },
  },
  log: {
    isNamed: false,
    sentence:
      "The daemon's own log, on its standard output: readable in a terminal, else one JSON object a line.",
    settings: {
      level: withDefault(choice(LOG_LEVELS), 'info', 'What is worth a line.'),
    },
  },
} as const satisfies Readonly<Record<string, Section>>;

export type SectionKind = keyof typeof SECTIONS;
export type SectionValues<K extends SectionKind> = ValuesOf<(typeof SECTIONS)[K]>;

export const SECTION_KINDS = Object.keys(SECTIONS) as readonly SectionKind[];

/** The section as anybody may look at it, without the types of its values. */
export function sectionOf(kind: SectionKind): Section {
  return SECTIONS[kind];
}

/** `[alert:NAME]`, `[paths]`: how the section is written. */
export function headingOf(kind: SectionKind): string {
  return sectionOf(kind).isNamed ? `[${kind}:NAME]` : `[${kind}]`;
}
