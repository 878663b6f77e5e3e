/**
 * Logs made from a seed, with the truth about them: how many entries of which level, how many with the needle.
 *
 * The same options give the same bytes on every machine. Seven formats; stack traces where a format has
 * them; stamps rise evenly over the span. Messages hold what real ones hold: few templates, many different
 * numbers, addresses and ids. Made as strings of one byte a character: about as fast as a disk writes.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { LEVEL_NONE_NAME, type Level } from '../../src/model/level.ts';
import { FAKE_START_MS } from './fake-clock.ts';
import { makeMessage, makeStackTrace, Random } from './log-vocabulary.ts';

export const LOG_FORMATS = [
  'pino',
  'logfmt',
  'syslog',
  'nginx-access',
  'log4j',
  'python',
  'plain',
] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LogOptions = Readonly<{
  format: LogFormat;
  entryCount: number;
  seed?: number;
  /** Stamp of the first entry, UTC. */
  startMs?: number;
  /** From the first stamp to the last. Default: an hour. */
  spanMs?: number;
  /** A word that is put into every `every`-th message, and is in no other. */
  needle?: Readonly<{ word: string; every: number }>;
}>;

export type LogTruth = Readonly<{
  entryCount: number;
  /** More than entries where there are stack traces. */
  lineCount: number;
  byteCount: number;
  /** Only what occurs; `none` for entries that print no level. */
  levels: Readonly<Partial<Record<Level | typeof LEVEL_NONE_NAME, number>>>;
  needleCount: number;
}>;

/** Share of each level, in thousandths, as a service under load prints them. */
const LEVEL_SHARES: readonly (readonly [Level, number])[] = [
  ['INFO', 740],
  ['DEBUG', 140],
  ['WARN', 80],
  ['ERROR', 38],
  ['FATAL', 2],
];
const LEVEL_OF_THOUSANDTH = LEVEL_SHARES.flatMap(([level, share]) =>
  Array.from({ length: share }, () => level),
);

/** How many errors of a hundred carry a stack trace, where the format has them. */
const TRACE_PERCENT = 30;
const SPAN_MS_DEFAULT = 3_600_000;
/** Entries turned into bytes at a time: enough to make the calls cheap, small enough to stay in the cache. */
const ENTRIES_PER_CHUNK = 2_000;

type Draft = {
  atMs: number;
  level: Level;
  message: string;
  random: Random;
};

type Writer = Readonly<{
  /** The entry without its final newline. */
  write: (draft: Draft) => string;
  /** The level that the line prints; absent: the draft's own. */
  printed?: (draft: Draft) => Level | typeof LEVEL_NONE_NAME;
}>;

export class LogGenerator {
  readonly #options: Required<Omit<LogOptions, 'needle'>> & Pick<LogOptions, 'needle'>;
  readonly #writer: Writer;
  readonly #random: Random;
  readonly #levels: Record<string, number> = {};
  #entryCount = 0;
  #lineCount = 0;
  #byteCount = 0;
  #needleCount = 0;

  constructor(options: LogOptions) {
    this.#options = { seed: 1, startMs: FAKE_START_MS, spanMs: SPAN_MS_DEFAULT, ...options };
    this.#writer = WRITERS[options.format];
    this.#random = new Random(this.#options.seed);
  }

  /** The bytes of the next entries, at most so many; empty when all are made. Whole lines. */
  next(entriesMax: number): Buffer {
    const end = Math.min(this.#entryCount + entriesMax, this.#options.entryCount);
    let text = '';
    while (this.#entryCount < end) text += `${this.#makeEntry()}\n`;
    const bytes = Buffer.from(text, 'latin1');
    this.#byteCount += bytes.byteLength;
    return bytes;
  }

  /** The truth about what was made so far. */
  get truth(): LogTruth {
    return {
      entryCount: this.#entryCount,
      lineCount: this.#lineCount,
      byteCount: this.#byteCount,
      levels: { ...this.#levels } as LogTruth['levels'],
      needleCount: this.#needleCount,
    };
  }

  #makeEntry(): string {
    const { startMs, spanMs, entryCount, needle } = this.#options;
    const index = this.#entryCount;
    const random = this.#random;
    const draft: Draft = {
      atMs: startMs + Math.floor((index * spanMs) / Math.max(1, entryCount - 1)),
      level: LEVEL_OF_THOUSANDTH[random.below(1000)]!,
      message: makeMessage(random),
      random,
    };
    if (needle !== undefined && (index + 1) % needle.every === 0) {
      draft.message += ` ${needle.word}`;
      this.#needleCount += 1;
    }
    const printed = this.#writer.printed?.(draft) ?? draft.level;
    this.#levels[printed] = (this.#levels[printed] ?? 0) + 1;
    this.#entryCount += 1;
    const text = this.#writer.write(draft);
    this.#lineCount += 1;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      this.#lineCount += 1;
    }
    return text;
  }
}

/** Write a whole log to a new file. */
export function writeLog(path: string, options: LogOptions): LogTruth {
  const generator = new LogGenerator(options);
  const file = openSync(path, 'wx');
  try {
    for (;;) {
      const bytes = generator.next(ENTRIES_PER_CHUNK);
      if (bytes.byteLength === 0) return generator.truth;
      writeSync(file, bytes);
    }
  } finally {
    closeSync(file);
  }
}

/** The truth about several logs together. */
export function sumTruths(truths: readonly LogTruth[]): LogTruth {
  const levels: Record<string, number> = {};
  for (const truth of truths) {
    for (const [level, count] of Object.entries(truth.levels)) {
      levels[level] = (levels[level] ?? 0) + count;
    }
  }
  const sum = (key: 'entryCount' | 'lineCount' | 'byteCount' | 'needleCount'): number =>
    truths.reduce((total, truth) => total + truth[key], 0);
  return {
    entryCount: sum('entryCount'),
    lineCount: sum('lineCount'),
    byteCount: sum('byteCount'),
    levels: levels as LogTruth['levels'],
    needleCount: sum('needleCount'),
  };
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The parts of a stamp that change once a second, kept: dates are slow to print. */
const second = { atSecond: Number.NaN, iso: '', spaced: '', syslog: '', access: '' };

function stampOf(atMs: number): typeof second {
  const atSecond = Math.floor(atMs / 1000);
  if (second.atSecond !== atSecond) {
    const iso = new Date(atSecond * 1000).toISOString();
    const [year = '', month = '', day = ''] = iso.slice(0, 10).split('-');
    const monthName = MONTHS[Number(month) - 1];
    const time = iso.slice(11, 19);
    second.atSecond = atSecond;
    second.iso = iso.slice(0, 19);
    second.spaced = `${iso.slice(0, 10)} ${time}`;
    second.syslog = `${monthName} ${String(Number(day)).padStart(2)} ${time}`;
    second.access = `${day}/${monthName}/${year}:${time} +0000`;
  }
  return second;
}

function millisOf(atMs: number): string {
  return String(atMs % 1000).padStart(3, '0');
}

const PINO_LEVELS = { TRACE: 10, DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50, FATAL: 60 } as const;
/** Syslog severities; the priority adds the facility, 3 for daemons. */
const SYSLOG_SEVERITIES = { TRACE: 7, DEBUG: 7, INFO: 6, WARN: 4, ERROR: 3, FATAL: 2 } as const;
const PYTHON_LEVELS = {
  TRACE: 'DEBUG',
  DEBUG: 'DEBUG',
  INFO: 'INFO',
  WARN: 'WARNING',
  ERROR: 'ERROR',
  FATAL: 'CRITICAL',
} as const;
const PROGRAMS = ['sshd', 'cron', 'kernel-agent', 'postfix/smtpd', 'dockerd', 'nslcd'] as const;
const LOGGERS = ['OrderService', 'http.Dispatcher', 'db.ConnectionPool', 'cache.Evictor'] as const;
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'] as const;
const STATUSES = [200, 200, 200, 200, 200, 201, 204, 301, 304, 400, 403, 404, 404, 499, 500, 503];
const BROWSERS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15',
  'curl/8.14.1',
  'kube-probe/1.33',
] as const;

const WRITERS: Readonly<Record<LogFormat, Writer>> = {
  pino: {
    write: ({ atMs, level, message, random }) =>
      `{"level":${PINO_LEVELS[level]},"time":${atMs},"pid":${1000 + random.below(16)},"hostname":"web-${1 + random.below(4)}","reqId":"${random.hex()}${random.hex()}","userId":${random.below(50_000)},"ms":${random.below(2_000)},"msg":"${message}"}`,
  },
  logfmt: {
    write: ({ atMs, level, message, random }) =>
      `ts=${stampOf(atMs).iso}.${millisOf(atMs)}Z level=${level.toLowerCase()} component=${random.pick(LOGGERS)} trace=${random.hex()}${random.hex()} took=${random.below(2_000)}ms msg="${message}"`,
  },
  syslog: {
    write: ({ atMs, level, message, random }) =>
      `<${24 + SYSLOG_SEVERITIES[level]}>${stampOf(atMs).syslog} host-${1 + random.below(8)} ${random.pick(PROGRAMS)}[${500 + random.below(9_000)}]: ${message}`,
  },
  'nginx-access': {
    write: ({ atMs, message, random }) =>
      `${random.address()} - - [${stampOf(atMs).access}] "${random.pick(METHODS)} /api/${random.pick(LOGGERS)}/${random.below(100_000)}?q=${message.replaceAll(' ', '+')} HTTP/1.1" ${random.pick(STATUSES)} ${random.below(90_000)} "-" "${random.pick(BROWSERS)}"`,
    printed: () => LEVEL_NONE_NAME,
  },
  log4j: {
    write: ({ atMs, level, message, random }) =>
      `${stampOf(atMs).spaced},${millisOf(atMs)} ${level.padEnd(5)} [pool-${1 + random.below(4)}-thread-${1 + random.below(32)}] com.example.${random.pick(LOGGERS)} - ${message}${
        level === 'ERROR' && random.below(100) < TRACE_PERCENT ? makeStackTrace(random, 'java') : ''
      }`,
  },
  python: {
    write: ({ atMs, level, message, random }) =>
      `${stampOf(atMs).spaced},${millisOf(atMs)} - app.${random.pick(LOGGERS)} - ${PYTHON_LEVELS[level]} - ${message}${
        level === 'ERROR' && random.below(100) < TRACE_PERCENT
          ? makeStackTrace(random, 'python')
          : ''
      }`,
  },
  // Scripts and small programs: every fifth level is left out.
  plain: {
    write: ({ atMs, level, message }) =>
      hidesLevel(message)
        ? `${stampOf(atMs).spaced} ${message}`
        : `${stampOf(atMs).spaced} ${level}: ${message}`,
    printed: ({ level, message }) => (hidesLevel(message) ? LEVEL_NONE_NAME : level),
  },
};

function hidesLevel(message: string): boolean {
  return message.length % 5 === 0;
}
