/**
 * The checked settings of one config file, as the parts of the program receive them.
 *
 * Paths are absolute, durations in ms, sizes in bytes, lists split, secrets wrapped. Nothing below
 * `config/` knows about ini text, defaults or environment variables.
 */
import type { Secret } from '../base/secret.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { ConfigWarning } from './mistakes.ts';
import type {
  CommandSettings,
  NotifySettings,
  RouteSettings,
  WebhookSettings,
} from './notify-settings.ts';
import type { NamedTime } from './value-kinds.ts';

export type Settings = Readonly<{
  /** The file these settings came from; null for settings made by a program. */
  configPath: string | null;
  /** Relative paths in the config are relative to this folder. */
  projectFolder: string;
  paths: PathSettings;
  /**
   * `[watch:NAME]` in file order, then the watch named `log_dir`: a file belongs to the first that names it,
   * so a section can say more about some files of `log_dir`.
   */
  watches: readonly WatchSettings[];
  formats: readonly FormatSettings[];
  alerts: readonly AlertSettings[];
  rotation: RotationSettings;
  report: ReportSettings;
  retention: RetentionSettings;
  /** Null where the config has no `[email]`. */
  email: EmailSettings | null;
  notify: NotifySettings;
  store: StoreSettings;
  /** Null where the config has no `[clickhouse]`. */
  clickhouse: ClickHouseSettings | null;
  /** In file order. */
  routes: readonly RouteSettings[];
  webhooks: readonly WebhookSettings[];
  commands: readonly CommandSettings[];
  http: HttpSettings;
  log: LogSettings;
  /** What deserves a look but is no mistake; logged at start, printed by `check`. */
  warnings: readonly ConfigWarning[];
}>;

export type PathSettings = Readonly<{
  logDir: string;
  reportDir: string;
  archiveDir: string;
  notifyDir: string;
  stateDir: string;
}>;

/** A format of the user's own. */
export type FormatSettings = Readonly<{
  /** NAME of `[format:NAME]`. */
  name: string;
  pattern: string;
  sample: string | null;
}>;

export type WatchSettings = Readonly<{
  /** NAME of `[watch:NAME]`, or `log_dir`. */
  name: string;
  /**
   * Absolute picomatch patterns (`**` crosses folders); a folder stands for its `**` + `/*.log`. A special character that is part of a name has a
   * backslash before it, so the fixed part is `picomatch.scan(path, { unescape: true }).base`.
   */
  paths: readonly string[];
  /** Patterns as `paths`, or beginning with `**` + `/`; empty: all that `paths` name. */
  include: readonly string[];
  exclude: readonly string[];
  /** Fixed source; null: derived from the path. */
  source: string | null;
  tags: readonly string[];
  /** A format by name; null: detected. */
  format: string | null;
  /** What `[format:NAME]` says of it; null for a format that is built in. */
  declared: FormatSettings | null;
  /** IANA name; stamps without a zone are in it. */
  timezone: string;
  encoding: 'utf-8' | 'latin1';
  /** `auto` joins stack traces and continuations; `off` makes each line an entry. */
  multiline: 'auto' | 'off';
  /** Where a file that was never seen is first read. */
  readFrom: 'beginning' | 'end';
  /** Whether rotation may move files of this watch. Default: only those below `log_dir`. */
  archive: boolean;
  rotation: WatchRotation;
}>;

/** How files of one watch are rotated: its own settings, else those of `[rotation]`. */
export type WatchRotation = Readonly<{
  /** A cron expression of its own, in the zone of `[rotation]`; null: it goes with the others. */
  schedule: string | null;
  idleMs: number;
  compression: Compression;
  /** Limits of its archived files; null: only those of `[retention]`. */
  archiveAgeMs: number | null;
  archiveBytesMax: number | null;
  active: ActiveRotation;
}>;

/** What becomes of files that are still written to. */
export const ACTIVE_WAYS = ['leave', 'rename', 'copytruncate'] as const;
export type ActiveWay = (typeof ACTIVE_WAYS)[number];

export const WRITER_SIGNALS = ['HUP', 'USR1', 'USR2'] as const;
export type WriterSignal = (typeof WRITER_SIGNALS)[number];

export type ActiveRotation = Readonly<{
  way: ActiveWay;
  /** Only files of this size, or followed for this long; null: no such bound. Both null: every run takes them. */
  bytesMin: number | null;
  ageMsMin: number | null;
  /** How the writer of renamed files hears of it; none: nobody tells it. */
  writers: readonly WriterCall[];
}>;

export type WriterCall =
  | Readonly<{ kind: 'signal'; signal: WriterSignal; pidFile: string }>
  | Readonly<{ kind: 'command'; argv: readonly [string, ...string[]] }>;

export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

export type RotationSettings = Readonly<{
  enabled: boolean;
  /** Cron expression, five or six fields. */
  schedule: string;
  /** IANA name the schedule is read in. */
  timezone: string;
  /** `rotate` moves files not written for this long. */
  idleMs: number;
  /** How archived files are stored. */
  compression: Compression;
  /** For watches that do not say it themselves. */
  active: ActiveWay;
  activeBytesMin: number | null;
  activeAgeMsMin: number | null;
  /** Every archived file is read again once in this time; null: never. */
  verifyEveryMs: number | null;
}>;

export type ReportSettings = Readonly<{
  /** Whether each scheduled report is mailed; false where there is no mail server. */
  mail: boolean;
}>;

export type RetentionSettings = Readonly<{
  /** Entries older than this are removed from the index; null: never. */
  ageMs: number | null;
  /** The oldest segments go when the index is larger; null: no limit. */
  indexBytesMax: number | null;
  /** How long entries of a level (`debug`, `none`) or of sources (`nginx/*`) stay, whatever `ageMs` says. */
  levels: readonly NamedTime[];
  sources: readonly NamedTime[];
  /** What must stay free on the disk of the index. */
  freeBytesMin: number;
  archive: ArchiveRetention;
}>;

export const LAST_COPIES = ['keep', 'delete'] as const;

export type ArchiveRetention = Readonly<{
  /** Archived files older than this are deleted; null: never. */
  ageMs: number | null;
  /** The oldest go when all together are larger; null: no limit. */
  bytesMax: number | null;
  /** What becomes of those whose entries have left the index. */
  lastCopy: (typeof LAST_COPIES)[number];
  /** How long archived files of sources (`nginx/*`) stay, whatever `ageMs` says. */
  sources: readonly NamedTime[];
}>;

export type EmailSecurity = 'auto' | 'starttls' | 'tls' | 'none';

export type EmailSettings = Readonly<{
  host: string;
  port: number;
  secure: EmailSecurity;
  user: string | null;
  password: Secret | null;
  /** Where the password came from; null without one. */
  passwordSource: PasswordSource | null;
  from: string;
  to: readonly string[];
  /** Mails to one recipient in an hour. */
  budget: number;
}>;

export type PasswordSource =
  | Readonly<{ kind: 'file'; path: string }>
  | Readonly<{ kind: 'environment'; variable: string }>
  | Readonly<{ kind: 'credential'; path: string }>;

export const STORE_ENGINES = ['local', 'clickhouse', 'both'] as const;
export type StoreEngine = (typeof STORE_ENGINES)[number];

/** Entries are always kept here; `clickhouse` and `both` copy them to the cluster, `clickhouse` asks it as well. */
export type StoreSettings = Readonly<{ engine: StoreEngine }>;

/** Somebody who signs in to the cluster. */
export type ClickHouseUser = Readonly<{ name: string; password: Secret | null }>;

export type ClickHouseSettings = Readonly<{
  /** The addresses of each shard's replicas. */
  shards: readonly (readonly string[])[];
  cluster: string;
  database: string;
  replicated: boolean;
  writer: ClickHouseUser;
  writerPasswordSource: PasswordSource | null;
  reader: ClickHouseUser;
  readerPasswordSource: PasswordSource | null;
  caFile: string | null;
  verify: boolean;
  /** Name of this machine in the cluster; null: its own. */
  host: string | null;
  delayMs: number;
  compress: boolean;
  holdBytesMax: number;
  ttlMs: number;
  backfillRowsPerSecond: number;
}>;

export type HttpSettings = Readonly<{
  enabled: boolean;
  host: string;
  /** 0 picks a free port. */
  port: number;
  /** Who may ask; empty: whoever reaches the address, which then is this machine alone. */
  tokens: readonly HttpToken[];
  /** Names by which the server is asked for, beside its address. */
  hosts: readonly string[];
  /** Null: answers are not encrypted by us. */
  tls: Readonly<{ cert: string; key: string }> | null;
}>;

/** A token as the config keeps it: its hash, and a name to tell it from others. */
export type HttpToken = Readonly<{
  name: string;
  /** Of the token; 64 hexadecimal digits. */
  sha256: string;
}>;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogSettings = Readonly<{ level: LogLevel }>;
