/** Settings: any text is settings or a list of mistakes; settings written as text are the same settings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OperatorError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { isRead } from '../../src/config/alert-kinds.ts';
import { AGGREGATES, type AlertSettings, SEASONS } from '../../src/config/alert-settings.ts';
import { shippedConfig } from '../../src/config/config-template.ts';
import { SECTION_KINDS, sectionOf } from '../../src/config/declaration.ts';
import { loadSettings, settingsFromText } from '../../src/config/load-settings.ts';
import { ConfigError } from '../../src/config/mistakes.ts';
import { WEBHOOK_BODIES } from '../../src/config/notify-settings.ts';
import { literalPattern } from '../../src/config/path-kinds.ts';
import {
  ACTIVE_WAYS,
  type ActiveRotation,
  type ClickHouseSettings,
  COMPRESSIONS,
  type EmailSettings,
  type FormatSettings,
  LAST_COPIES,
  LOG_LEVELS,
  type Settings,
  STORE_ENGINES,
  type WatchRotation,
  type WatchSettings,
  WRITER_SIGNALS,
  type WriterCall,
} from '../../src/config/settings.ts';
import { settingsText } from '../../src/config/settings-text.ts';
import { RULE_KINDS } from '../../src/model/incident.ts';
import { ALERT_SEVERITIES, type Channel } from '../../src/model/notification.ts';
import { alertSettings } from '../support/alert-settings.ts';
import { TempFolder } from '../support/temp-folder.ts';

/** Settings, or mistakes that all have what people need; nothing else may come out of any text. */
function isSettingsOrMistakes(text: string): void {
  try {
    settingsFromText(text, { projectFolder: '/srv/logstead' });
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ConfigError);
    const { mistakes, message } = thrown as ConfigError;
    expect(mistakes.length).toBeGreaterThan(0);
    const lineCount = text.split('\n').length;
    for (const mistake of mistakes) {
      expect(mistake.line ?? 1).toBeGreaterThanOrEqual(1);
      expect(mistake.line ?? 1).toBeLessThanOrEqual(lineCount);
      expect(mistake.problem + mistake.allowed + mistake.suggestion).not.toBe('nullnull');
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not come
    expect(message).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  }
}

const keys = SECTION_KINDS.flatMap((kind) => Object.keys(sectionOf(kind).settings));
const words = fc.oneof(
  fc.constantFrom(...keys, ...SECTION_KINDS, 'yes', '5m', '64MiB', 'a@b.example', '*', '../x', '/'),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '[',
    ']',
    '=',
    ':',
    ',',
    '#',
    ';',
    '"',
    '\\',
    '{',
    '}',
    '~',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an ini value, which nothing expands.
    '${HOME}',
    '\r',
    '\0',
  ),
);
const lines = fc.oneof(
  fc.constantFrom(...SECTION_KINDS).map((kind) => `[${kind}]`),
  fc.tuple(fc.constantFrom(...SECTION_KINDS), words).map(([kind, name]) => `[${kind}:${name}]`),
  fc
    .tuple(fc.constantFrom(...keys), fc.array(words, { maxLength: 4 }))
    .map(([key, values]) => `${key} = ${values.join(' ')}`),
  fc.array(words, { maxLength: 5 }).map((parts) => parts.join('')),
);

test('settingsFromText() of any lines gives settings or mistakes', () => {
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 30 }), (all) => isSettingsOrMistakes(all.join('\n'))),
    { numRuns: 500 },
  );
});

test('settingsFromText() of the shipped config with damage gives settings or mistakes', () => {
  const shipped = shippedConfig().replaceAll(/^;/gm, '');
  const place = fc.nat(shipped.length);
  fc.assert(
    fc.property(place, fc.nat(40), fc.string({ unit: 'binary' }), (at, cut, added) => {
      isSettingsOrMistakes(shipped.slice(0, at) + added + shipped.slice(at + cut));
    }),
    { numRuns: 300 },
  );
});

test('loadSettings() of any bytes gives settings, CONFIG_INVALID or CONFIG_UNREADABLE', () => {
  using folder = TempFolder.make();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      const path = folder.write('config.ini', bytes);
      try {
        loadSettings(path, {});
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(OperatorError);
        expect((thrown as OperatorError).code).toMatch(/^CONFIG_(INVALID|UNREADABLE)$/);
      }
    }),
  );
});

/** Text that a line can hold: no control characters, no blanks at its ends. */
const line = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength })
    .filter((text) => /^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u.test(text) && text.length <= maxLength * 4)
    .filter((text) => text === text.trim());
/** Nor anything that a name, a path or a list would be refused for. */
const plain = (maxLength: number) =>
  line(maxLength).filter(
    (text) => !/[*~${}[\]"',/\\!]|^\.+$|\s[#;]|[\u202a-\u202e\u2066-\u2069]/.test(text),
  );
const word = fc.stringMatching(/^[a-z0-9ü._:@-]{1,20}$/u);
const wordSet = fc.uniqueArray(word, { maxLength: 5 });
const durationMs = (minMs: number, maxMs: number) => fc.integer({ min: minMs, max: maxMs });
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York');
const channels = fc.subarray<Channel>(['file', 'email']);

const folder = (root: string) =>
  fc.array(plain(8), { maxLength: 3 }).map((parts) => [root, ...parts].join('/'));
/** Literal names with characters that patterns use, and patterns. */
const pattern = fc
  .array(
    fc.oneof(
      plain(6).map(literalPattern),
      fc.constantFrom('a,b (1)', '[x]', '{a,b}', 'q?', 'back\\slash').map(literalPattern),
      fc.constantFrom('**', '*.log', '{a,b}', '[0-9]x', 'a?'),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => `/watched/${parts.join('/')}`);
const patterns = (minLength: number) => fc.uniqueArray(pattern, { minLength, maxLength: 3 });

const signalCall: fc.Arbitrary<WriterCall> = fc.record({
  kind: fc.constant('signal' as const),
  signal: fc.constantFrom(...WRITER_SIGNALS),
  pidFile: fc.constantFrom('/run/nginx.pid', '/run/a b/x.pid'),
});
const commandCall: fc.Arbitrary<WriterCall> = fc.constant({
  kind: 'command',
  argv: ['/usr/sbin/reload', 'a b', '"'],
});
const active: fc.Arbitrary<ActiveRotation> = fc
  .record({
    way: fc.constantFrom(...ACTIVE_WAYS),
    bytesMin: fc.option(fc.integer({ min: 1024, max: 2 ** 50 })),
    ageMsMin: fc.option(durationMs(60_000, 365 * 86_400_000)),
    writers: fc.oneof(
      fc.constant([]),
      fc.tuple(signalCall),
      fc.tuple(commandCall),
      fc.tuple(signalCall, commandCall),
    ),
  })
  // Only of renamed files a writer is told.
  .map((made) => (made.way === 'rename' ? made : { ...made, writers: [] }));

const watch: fc.Arbitrary<WatchSettings> = fc.record({
  name: plain(20),
  paths: patterns(1),
  include: patterns(0),
  exclude: patterns(0).map((list) => list.map((text) => `**${text}`)),
  source: fc.option(plain(20)),
  tags: wordSet,
  format: fc.option(word.filter((name) => name !== 'auto')),
  declared: fc.constant(null),
  timezone: zone,
  encoding: fc.constantFrom('utf-8' as const, 'latin1' as const),
  multiline: fc.constantFrom('auto' as const, 'off' as const),
  readFrom: fc.constantFrom('beginning' as const, 'end' as const),
  archive: fc.boolean(),
  rotation: fc.record({
    schedule: fc.constantFrom(null, '0 * * * *', '*/5 * * * * *'),
    active,
    idleMs: durationMs(0, 31 * 86_400_000),
    compression: fc.constantFrom(...COMPRESSIONS),
    archiveAgeMs: fc.option(durationMs(3_600_000, 36_500 * 86_400_000)),
    archiveBytesMax: fc.option(fc.integer({ min: 2 ** 20, max: 2 ** 50 })),
  }),
});

const format: fc.Arbitrary<FormatSettings> = fc.record({
  name: plain(20),
  pattern: line(60),
  sample: fc.option(line(60)),
});

const minute = fc.nat(1_439);
const dayPart = fc
  .record({ fromMinute: minute, untilMinute: minute })
  .filter(({ fromMinute, untilMinute }) => fromMinute !== untilMinute);

const commonOfAlerts = fc.record({
  name: plain(20),
  enabled: fc.boolean(),
  description: fc.oneof(fc.constant(''), line(60)),
  when: line(60),
  cooldownMs: durationMs(0, 31 * 86_400_000),
  resolveAfterMs: durationMs(0, 31 * 86_400_000),
  remindEveryMs: fc.option(durationMs(60_000, 31 * 86_400_000)),
  worse: fc.integer({ min: 11, max: 100 }).map((tenths) => tenths / 10),
  severity: fc.constantFrom(...ALERT_SEVERITIES),
  notify: channels,
  groupBy: wordSet,
  maxGroups: fc.integer({ min: 1, max: 100_000 }),
  inhibitEqual: wordSet,
  latenessMs: fc.option(durationMs(0, 60_000)),
  late: fc.constantFrom('evaluate' as const, 'drop' as const),
  backfill: fc.boolean(),
  backfillAfterMs: durationMs(60_000, 3_650 * 86_400_000),
});

/** A rule with defaults, and values of what its kind reads. */
const alert: fc.Arbitrary<AlertSettings> = fc.constantFrom(...RULE_KINDS).chain((kind) => {
  const ofKind = (keys: object): object =>
    Object.fromEntries(Object.entries(keys).filter(([key]) => isRead(kind, key)));
  const windowMs = durationMs(60_000, 31 * 86_400_000);
  const field = word.filter((name) => name !== '');
  const isAtLeast = fc.boolean();
  const particular = {
    threshold: {
      threshold: fc.integer({
        min: kind === 'threshold' ? 2 : 1,
        max: kind === 'any' ? 1 : 100_000,
      }),
    },
    window: { windowMs },
    silence: { silenceMs: durationMs(1_000, 59_000) },
    schedule: { schedule: fc.option(dayPart), timezone: zone },
    forget_after: { forgetAfterMs: durationMs(60_000, 365 * 86_400_000) },
    percent: { percent: fc.integer({ min: 1, max: 100_000 }).map((share) => share / 1000) },
    of: { of: line(60) },
    minimum: { minimum: fc.integer({ min: 1, max: 1_000_000_000 }) },
    field: { field },
    aggregate: { aggregate: fc.constantFrom(...AGGREGATES) },
    ratio: { ratio: fc.integer({ min: 1, max: 1_000 }) },
    baseline: { baseline: fc.integer({ min: 1, max: 100 }), season: fc.constantFrom(...SEASONS) },
    next: { next: line(60) },
    within: { withinMs: durationMs(1_000, 31 * 86_400_000) },
    hold: { holdMs: durationMs(1_000, 31 * 86_400_000) },
    learn: { learnMs: durationMs(0, 31 * 86_400_000) },
  };
  const chosen = Object.assign({}, ...Object.values(ofKind(particular))) as Record<
    string,
    fc.Arbitrary<unknown>
  >;
  return fc
    .tuple(commonOfAlerts, fc.record(chosen), fc.integer({ min: 1, max: 1_000 }), isAtLeast)
    .map(([common, own, limit, first]) => ({
      ...alertSettings(),
      ...common,
      ...own,
      kind,
      ...(kind === 'metric' ? (first ? { above: limit / 10 } : { below: -limit / 10 }) : {}),
      ...(kind === 'cardinality' ? (first ? { atLeast: limit } : { below: limit }) : {}),
    }));
});

const mailAddress = fc.emailAddress().filter((address) => address.length <= 254);

function emailWith(passwordPath: string): fc.Arbitrary<EmailSettings> {
  const signIn = plain(20).map((user) => ({
    user,
    password: new Secret('p'),
    passwordSource: { kind: 'file', path: passwordPath } as const,
  }));
  const noSignIn = fc.constant({ user: null, password: null, passwordSource: null });
  const server = fc.record({
    host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()),
    port: fc.integer({ min: 1, max: 65_535 }),
    secure: fc.constantFrom('auto' as const, 'starttls' as const, 'tls' as const, 'none' as const),
    from: mailAddress,
    to: fc.uniqueArray(mailAddress, { minLength: 1, maxLength: 4 }),
    budget: fc.integer({ min: 1, max: 1_000 }),
  });
  return fc
    .tuple(server, fc.oneof(signIn, noSignIn))
    .map(([settings, credentials]) => ({ ...settings, ...credentials }));
}

/** Addresses as they are written: a URL parser would add the slash. */
const address = fc
  .tuple(fc.constantFrom('http', 'https'), fc.domain(), fc.integer({ min: 1, max: 65_535 }))
  .map(([protocol, host, port]) => `${protocol}://${host}:${port}`);

function clickHouseWith(passwordPath: string): fc.Arbitrary<ClickHouseSettings> {
  const identifier = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/);
  const user = plain(20).map((name) => ({ name, password: new Secret('p') }));
  const source = fc.constant({ kind: 'file', path: passwordPath } as const);
  return fc.record({
    shards: fc
      .uniqueArray(address, { minLength: 1, maxLength: 6 })
      .map((all) => [all.slice(0, 2), ...all.slice(2).map((one) => [one])]),
    cluster: identifier,
    database: identifier,
    replicated: fc.boolean(),
    writer: user,
    writerPasswordSource: source,
    reader: user,
    readerPasswordSource: source,
    caFile: fc.option(folder('/ca')),
    verify: fc.boolean(),
    host: fc.option(plain(20)),
    delayMs: durationMs(200, 60_000),
    compress: fc.boolean(),
    holdBytesMax: fc.integer({ min: 16 * 2 ** 20, max: 2 ** 50 }),
    ttlMs: durationMs(86_400_000, 36_500 * 86_400_000),
    backfillRowsPerSecond: fc.integer({ min: 1_000, max: 10_000_000 }),
  });
}

/** What `debug 2d, error 90d` reads to. */
function namedTimes(name: fc.Arbitrary<string>) {
  return fc.uniqueArray(
    fc.record({ name, durationMs: durationMs(3_600_000, 36_500 * 86_400_000) }),
    { selector: (one) => one.name, maxLength: 4 },
  );
}

const named = <T extends { name: string }>(item: fc.Arbitrary<T>) =>
  fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 3 });

/** Routes, webhooks and commands. */
function toldWith(passwordPath: string) {
  return {
    routes: named(
      fc.record({
        name: plain(20),
        severities: fc.subarray([...ALERT_SEVERITIES]),
        rules: wordSet,
        sources: wordSet,
        notify: fc.constant<Channel[]>(['file', 'email']),
        to: fc.uniqueArray(mailAddress, { maxLength: 3 }),
      }),
    ),
    webhooks: named(
      fc.record({
        name: plain(20),
        url: fc.webUrl({ validSchemes: ['https'] }),
        body: fc.constantFrom(...WEBHOOK_BODIES),
        secretFile: fc.constantFrom(null, passwordPath),
        tokenFile: fc.constantFrom(null, passwordPath),
        isPrivateAllowed: fc.boolean(),
        timeoutMs: durationMs(1_000, 60_000),
      }),
    ),
    commands: named(
      fc.record({
        name: plain(20),
        argv: fc
          .array(fc.oneof(line(20), fc.constantFrom('', '"', "'", '\\', 'a b', '$HOME', '#x')), {
            maxLength: 4,
          })
          .map((words): [string, ...string[]] => ['/bin/page', ...words]),
        timeoutMs: durationMs(1_000, 60_000),
      }),
    ),
  };
}

function settingsWith(passwordPath: string): fc.Arbitrary<Settings> {
  return fc.record({
    configPath: fc.constant(null),
    projectFolder: fc.constant('/project'),
    paths: fc.record({
      logDir: folder('/l'),
      reportDir: folder('/r'),
      archiveDir: folder('/a'),
      notifyDir: folder('/n'),
      stateDir: folder('/s'),
    }),
    watches: named(watch),
    formats: named(format),
    alerts: named(alert),
    rotation: fc.record({
      enabled: fc.boolean(),
      schedule: fc.constantFrom('5 0 * * *', '*/10 1-5 * JAN,FEB MON', '0 5 0 * * *'),
      timezone: zone,
      idleMs: durationMs(0, 31 * 86_400_000),
      compression: fc.constantFrom(...COMPRESSIONS),
      active: fc.constantFrom(...ACTIVE_WAYS),
      // What it says of sizes no watch can take back.
      activeBytesMin: fc.constant(null),
      activeAgeMsMin: fc.constant(null),
      verifyEveryMs: fc.option(durationMs(86_400_000, 36_500 * 86_400_000)),
    }),
    report: fc.record({ mail: fc.boolean() }),
    retention: fc.record({
      ageMs: fc.option(durationMs(3_600_000, 36_500 * 86_400_000)),
      indexBytesMax: fc.option(fc.integer({ min: 16 * 2 ** 20, max: 2 ** 50 })),
      levels: namedTimes(fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'none')),
      sources: namedTimes(fc.constantFrom('nginx/*', 'api', 'größe', 'a.b-c_d:e', '*')),
      freeBytesMin: fc.integer({ min: 2 ** 20, max: 2 ** 50 }),
      archive: fc.record({
        ageMs: fc.option(durationMs(3_600_000, 36_500 * 86_400_000)),
        bytesMax: fc.option(fc.integer({ min: 2 ** 20, max: 2 ** 50 })),
        lastCopy: fc.constantFrom(...LAST_COPIES),
        sources: namedTimes(fc.constantFrom('nginx/*', 'api')),
      }),
    }),
    email: emailWith(passwordPath),
    notify: fc.record({
      success: channels,
      failure: channels,
      quietHours: fc.option(dayPart),
      quietSeverities: fc.subarray([...ALERT_SEVERITIES]),
      timezone: zone,
      contextLines: fc.nat(20),
      link: fc.option(fc.constantFrom('https://logs.example.org', 'http://127.0.0.1:5647/x')),
    }),
    ...toldWith(passwordPath),
    store: fc.record({ engine: fc.constantFrom(...STORE_ENGINES) }),
    clickhouse: clickHouseWith(passwordPath),
    http: fc.record({
      enabled: fc.boolean(),
      host: fc.constantFrom('127.0.0.1', '::1', 'localhost', '127.9.9.9'),
      port: fc.integer({ min: 0, max: 65_535 }),
      tokens: fc.uniqueArray(
        fc.record({
          name: fc.constantFrom('ops', 'ci', 'größe', 'a.b@c'),
          sha256: fc.string({
            unit: fc.constantFrom(...'0123456789abcdef'),
            minLength: 64,
            maxLength: 64,
          }),
        }),
        { selector: ({ name }) => name, maxLength: 3 },
      ),
      hosts: fc.uniqueArray(fc.domain(), { maxLength: 3 }),
      tls: fc.option(
        fc.record({ cert: fc.constant('/t/cert.pem'), key: fc.constant('/t/key.pem') }),
      ),
    }),
    log: fc.record({ level: fc.constantFrom(...LOG_LEVELS) }),
    warnings: fc.constant([]),
  });
}

test('settingsText() is read back as the same settings', () => {
  using temporary = TempFolder.make();
  const passwordPath = temporary.write('password', 'p');
  fc.assert(
    fc.property(settingsWith(passwordPath), (generated) => {
      const logDirWatch: WatchSettings = {
        name: 'log_dir',
        paths: [`${literalPattern(generated.paths.logDir)}/**/*.log`],
        include: [],
        exclude: [],
        source: null,
        tags: [],
        format: null,
        declared: null,
        timezone: 'UTC',
        encoding: 'utf-8',
        multiline: 'auto',
        readFrom: 'beginning',
        archive: true,
        rotation: rotationOf(generated),
      };
      const watches = [...generated.watches, logDirWatch].map((one) => ({
        ...one,
        declared: generated.formats.find(({ name }) => name === one.format) ?? null,
      }));
      const settings = { ...generated, watches };
      const text = settingsText(settings);
      const again = settingsFromText(withAddresses(text, settings), { projectFolder: '/project' });
      expect({ ...again, warnings: [] }).toEqual(settings);
      expect(settingsText(again)).toBe(text);
    }),
    { numRuns: 300 },
  );
});

test('settingsText() of the shipped config is read back as the same settings', () => {
  const path = join(import.meta.dirname, '../../config/config.ini');
  const shipped = settingsFromText(readFileSync(path, 'utf8'), { projectFolder: '/project' });
  expect(settingsFromText(settingsText(shipped), { projectFolder: '/project' })).toEqual(shipped);
});

/** What is hidden in the text, put back. */
function withAddresses(text: string, { webhooks }: Settings): string {
  return webhooks.reduce(
    (whole, { name, url }) =>
      whole.replace(
        `[webhook:${name}]\n;url = `,
        (found) => `${found.replace(';url', 'url')}${url}\n#`,
      ),
    text,
  );
}

/** Of a watch that says nothing itself. */
function rotationOf({ rotation }: Settings): WatchRotation {
  const { idleMs, compression, active: way, activeBytesMin, activeAgeMsMin } = rotation;
  const active = { way, bytesMin: activeBytesMin, ageMsMin: activeAgeMsMin, writers: [] };
  const own = { schedule: null, archiveAgeMs: null, archiveBytesMax: null };
  return { ...own, idleMs, compression, active };
}
