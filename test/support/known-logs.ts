/**
 * Records as programs print them, with the truth about each: which lines it has, when it was, how severe, what it says.
 *
 * A family is one program's way to print. Stamps are exact to what the family prints; where they name no zone they are those of
 * clocks in the zone that the file is said to be of.
 */
import type { Level } from '../../src/model/level.ts';

/** What is to be printed. */
export type Moment = Readonly<{
  /** When it was, UTC, in whole ms, and the µs behind them. */
  utcMs: number;
  microseconds: number;
  /** What clocks show then, given as if it were UTC. */
  wallMs: number;
  level: Level;
  message: string;
  pid: number;
}>;

export type KnownRecord = Readonly<{
  lines: readonly string[];
  timestamp: string | null;
  level: Level | null;
  message: string;
  metadata: Readonly<Record<string, unknown>>;
}>;

export type Family = Readonly<{
  print: (moment: Moment) => KnownRecord;
  /** What its errors are followed by. */
  trace?: readonly string[];
  /** No terminal shows it: nobody colours its lines. */
  isData?: boolean;
  /** Its stamps have no date. */
  isTimeOnly?: boolean;
}>;

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const DAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');

/** Stamps and their parts, of one moment. */
function stampsOf({ utcMs, microseconds, wallMs }: Moment) {
  const utc = new Date(utcMs).toISOString();
  const wall = new Date(wallMs).toISOString();
  const wallDate = new Date(wallMs);
  const micro = String(microseconds).padStart(3, '0');
  const date = wall.slice(0, 10);
  const time = wall.slice(11, 19);
  const [year, month, day] = date.split('-') as [string, string, string];
  const hour = wallDate.getUTCHours();
  return {
    utc,
    date,
    time,
    year,
    month,
    day,
    millis: wall.slice(20, 23),
    micros: `${wall.slice(20, 23)}${micro}`,
    utcMicros: `${utc.slice(0, -1)}${micro}Z`,
    monthName: MONTHS[wallDate.getUTCMonth()]!,
    dayName: DAYS[wallDate.getUTCDay()]!,
    dayPadded: day.replace(/^0/, ' '),
    half: hour < 12 ? 'AM' : 'PM',
    time12: `${hour % 12 || 12}${time.slice(2)}`,
    second: utcMs - (utcMs % 1000),
  };
}

type Stamps = ReturnType<typeof stampsOf>;
type Precision = 's' | 'ms' | 'µs' | 'none';

type Line = Readonly<{
  precision: Precision;
  line: (moment: Moment, at: Stamps) => string | readonly string[];
  level?: (level: Level) => Level | null;
  message?: (moment: Moment) => string;
  fields?: (moment: Moment) => Readonly<Record<string, unknown>>;
}> &
  Omit<Family, 'print'>;

function family({ precision, line, level, message, fields, ...rest }: Line): Family {
  return {
    ...rest,
    print(moment) {
      const at = stampsOf(moment);
      const printed = line(moment, at);
      return {
        lines: typeof printed === 'string' ? [printed] : printed,
        timestamp: timestampOf(at, precision),
        level: level === undefined ? moment.level : level(moment.level),
        message: message === undefined ? moment.message : message(moment),
        metadata: fields?.(moment) ?? {},
      };
    },
  };
}

function timestampOf(at: Stamps, precision: Precision): string | null {
  switch (precision) {
    case 's':
      return new Date(at.second).toISOString();
    case 'ms':
      return at.utc;
    case 'µs':
      return at.utcMicros.endsWith('000Z') ? at.utc : at.utcMicros;
    default:
      return null;
  }
}

const PINO: Partial<Record<Level, number>> = { DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50 };
const SYSLOG: Partial<Record<Level, number>> = { DEBUG: 7, INFO: 6, WARN: 4, ERROR: 3 };
const PYTHON = (level: Level): string => (level === 'WARN' ? 'WARNING' : level);
const noLevel = (): null => null;
const small = (level: Level): string => level.toLowerCase();
const pidField = ({ pid }: Moment) => ({ pid });
const json = JSON.stringify;

const JAVA_TRACE = [
  'java.lang.IllegalStateException: it failed: badly',
  '\tat com.example.Shop.run(Shop.java:12)',
  'Caused by: java.io.IOException: gone',
  '\t... 12 more',
];
const PYTHON_TRACE = [
  'Traceback (most recent call last):',
  '  File "/app/shop.py", line 3, in run',
  '    pay(order)',
  "KeyError: 'order'",
];

const DATA: Readonly<Record<string, Line>> = {
  pino: {
    precision: 'ms',
    line: ({ level, utcMs, pid, message }) =>
      json({ level: PINO[level], time: utcMs, pid, req: { id: `r${pid}` }, msg: message }),
    fields: ({ pid }) => ({ pid, 'req.id': `r${pid}` }),
  },
  bunyan: {
    precision: 'ms',
    line: ({ level, pid, message }, { utc }) =>
      json({ name: 'shop', hostname: 'h', pid, level: PINO[level], msg: message, time: utc, v: 0 }),
    fields: pidField,
  },
  winston: {
    precision: 'ms',
    line: ({ level, message }, { utc }) => json({ level: small(level), message, timestamp: utc }),
  },
  zerolog: {
    precision: 's',
    line: ({ level, message, pid }, { second }) =>
      json({ level: small(level), time: second / 1000, n: pid, message }),
    fields: ({ pid }) => ({ n: pid }),
  },
  slog: {
    precision: 'µs',
    line: ({ level, message }, { utcMicros }) =>
      json({ time: utcMicros.replace('Z', '789Z'), level, msg: message }),
  },
  GELF: {
    precision: 'ms',
    line: ({ level, message, utcMs }) =>
      json({
        version: '1.1',
        short_message: message,
        timestamp: utcMs / 1000,
        level: SYSLOG[level],
      }),
  },
  ECS: {
    precision: 'ms',
    line: ({ level, message, pid }, { utc }) =>
      json({ '@timestamp': utc, 'log.level': level, message, process: { pid } }),
    fields: ({ pid }) => ({ 'process.pid': pid }),
  },
  'epoch in ns': {
    precision: 'µs',
    line: ({ level, message, utcMs }, { utcMicros }) =>
      `{"ts":${utcMs}${utcMicros.slice(23, 26)}123,"level":"${level}","msg":${json(message)}}`,
  },
  'journal export as JSON': {
    precision: 'µs',
    line: ({ level, message, utcMs }, { utcMicros }) =>
      json({
        __REALTIME_TIMESTAMP: `${utcMs}${utcMicros.slice(23, 26)}`,
        PRIORITY: String(SYSLOG[level]),
        MESSAGE: message,
      }),
  },
  logfmt: {
    precision: 'ms',
    line: ({ level, message, pid }, { utc }) =>
      `ts=${utc} level=${small(level)} msg=${json(message)} n=${pid}`,
    fields: ({ pid }) => ({ n: pid }),
  },
  'JSON in Docker': {
    precision: 'ms',
    line: ({ level, message, utcMs }, { utcMicros }) => {
      const line = json({ level: PINO[level], time: utcMs, msg: message });
      return json({ log: `${line}\n`, stream: 'stdout', time: utcMicros });
    },
  },
  'JSON in CRI': {
    precision: 'ms',
    line: ({ level, message, utcMs }, { utcMicros }) =>
      `${utcMicros} stdout F ${json({ level: PINO[level], time: utcMs, msg: message })}`,
  },
};

const SERVICES: Readonly<Record<string, Line>> = {
  'RFC 3164': {
    precision: 's',
    line: ({ level, message, pid }, { monthName, dayPadded, time }) =>
      `<${8 + SYSLOG[level]!}>${monthName} ${dayPadded} ${time} web app[${pid}]: ${message}`,
    fields: ({ pid }) => ({ host: 'web', component: 'app', pid }),
  },
  'RFC 5424': {
    precision: 'ms',
    line: ({ level, message, pid }, { utc }) =>
      `<${8 + SYSLOG[level]!}>1 ${utc} web app ${pid} ID4 [x@1 a="b"] ${message}`,
    fields: ({ pid }) => ({ host: 'web', component: 'app', pid, 'x@1.a': 'b' }),
  },
  'access log': {
    precision: 's',
    level: noLevel,
    line: ({ pid }, { utc, time: _ }) =>
      `10.0.0.7 - - [${utc.slice(8, 10)}/${MONTHS[Number(utc.slice(5, 7)) - 1]}/${utc.slice(0, 4)}:${utc.slice(11, 19)} +0000] "GET /a?n=${pid} HTTP/1.1" 200 ${pid} "-" "curl/8"`,
    message: ({ pid }) => `GET /a?n=${pid} HTTP/1.1`,
    fields: ({ pid }) => ({ status: 200, bytes: pid }),
  },
  'Apache error log': {
    precision: 'µs',
    line: ({ level, message, pid }, { dayName, monthName, day, time, micros, year }) =>
      `[${dayName} ${monthName} ${day} ${time}.${micros} ${year}] [core:${small(level)}] [pid ${pid}:tid 7] [client 10.0.0.1:80] ${message}`,
    fields: pidField,
  },
  klog: {
    precision: 'µs',
    level: (level) => (level === 'DEBUG' ? 'INFO' : level),
    line: ({ level, message, pid }, { month, day, time, micros }) =>
      `${level === 'DEBUG' ? 'I' : level[0]}${month}${day} ${time}.${micros} ${pid} a.go:1] ${message}`,
  },
  PostgreSQL: {
    precision: 'ms',
    line: ({ level, message, pid }, { utc }) =>
      `${utc.slice(0, 10)} ${utc.slice(11, 23)} UTC [${pid}] bob@shop ${level === 'INFO' ? 'LOG' : PYTHON(level)}:  ${message}`,
    fields: ({ pid }) => ({ pid, user: 'bob', database: 'shop' }),
    trace: ['\tselect *', '\tfrom orders'],
  },
  MySQL: {
    precision: 'µs',
    level: (level) => (level === 'DEBUG' ? 'INFO' : level),
    line: ({ level, message }, { utcMicros }) =>
      `${utcMicros} 7 [${({ WARN: 'Warning', ERROR: 'ERROR' } as Record<string, string>)[level] ?? 'Note'}] [MY-010116] [Server] ${message}`,
  },
  Redis: {
    precision: 'ms',
    level: (level) => (level === 'ERROR' ? 'WARN' : level),
    line: ({ level, message, pid }, { day, monthName, year, time, millis }) =>
      `${pid}:M ${day} ${monthName} ${year} ${time}.${millis} ${({ DEBUG: '.', INFO: '*' } as Record<string, string>)[level] ?? '#'} ${message}`,
    fields: pidField,
  },
  'Go without levels': {
    precision: 's',
    level: noLevel,
    line: ({ message }, { date, time }) => `${date.replaceAll('-', '/')} ${time} ${message}`,
  },
  Ruby: {
    precision: 'µs',
    line: ({ level, message, pid }, { date, time, micros }) =>
      `${level[0]}, [${date}T${time}.${micros} #${pid}] ${level.padStart(5)} -- : ${message}`,
    fields: pidField,
  },
};

const TEXTS: Readonly<Record<string, Line>> = {
  log4j: {
    precision: 'ms',
    line: ({ level, message }, { date, time, millis }) =>
      `${date} ${time},${millis} ${level.padEnd(5)} [main] com.example.Shop - ${message}`,
    fields: () => ({ thread: 'main', component: 'com.example.Shop' }),
    trace: JAVA_TRACE,
  },
  logback: {
    precision: 'ms',
    line: ({ level, message }, { time, millis }) =>
      `${time}.${millis} [main] ${level.padEnd(5)} com.example.Shop - ${message}`,
    trace: JAVA_TRACE,
    isTimeOnly: true,
  },
  Spring: {
    precision: 'ms',
    line: ({ level, message, pid }, { utc }) =>
      `${utc}  ${level.padStart(5)} ${pid} --- [           main] c.example.Shop   : ${message}`,
    fields: pidField,
    trace: JAVA_TRACE,
  },
  'level first': {
    precision: 'ms',
    line: ({ level, message }, { date, time, millis }) =>
      `${level.padEnd(5)} ${date} ${time},${millis} [main] com.example.Shop - ${message}`,
    trace: JAVA_TRACE,
  },
  Python: {
    precision: 'ms',
    line: ({ level, message }, { date, time, millis }) =>
      `${date} ${time},${millis} - app.orders - ${PYTHON(level)} - ${message}`,
    fields: () => ({ component: 'app.orders' }),
    trace: PYTHON_TRACE,
  },
  'Python without a stamp': {
    precision: 'none',
    line: ({ level, message }) => `${PYTHON(level)}:app.orders:${message}`,
    fields: () => ({ component: 'app.orders' }),
    trace: PYTHON_TRACE,
  },
  gunicorn: {
    precision: 's',
    line: ({ level, message, pid }, { utc }) =>
      `[${utc.slice(0, 10)} ${utc.slice(11, 19)} +0000] [${pid}] [${PYTHON(level)}] ${message}`,
    fields: pidField,
    trace: PYTHON_TRACE,
  },
  'ISO with a zone': {
    precision: 'ms',
    line: ({ level, message, utcMs }) =>
      `${new Date(utcMs + 19_800_000).toISOString().slice(0, -1)}+05:30 ${level} ${message}`,
  },
  'ISO with a comma': {
    precision: 'ms',
    line: ({ level, message }, { date, time, millis }) =>
      `${date}T${time},${millis} ${level} ${message}`,
  },
  'epoch in ms': {
    precision: 'ms',
    line: ({ level, message, utcMs }) => `${utcMs} ${level} ${message}`,
  },
  'German dates': {
    precision: 'ms',
    line: ({ level, message }, { day, month, year, time, millis }) =>
      `${day}.${month}.${year} ${time},${millis} ${level} ${message}`,
  },
  'twelve hours': {
    precision: 's',
    line: ({ level, message }, { day, month, year, time12, half }) =>
      `${Number(month)}/${Number(day)}/${year} ${time12} ${half} ${level} ${message}`,
  },
  'java.util.logging': {
    precision: 's',
    line: ({ level, message }, { monthName, day, year, time12, half }) => [
      `${monthName} ${day}, ${year} ${time12} ${half} com.example.Shop run`,
      `${({ DEBUG: 'FINE', WARN: 'WARNING', ERROR: 'SEVERE' } as Record<string, string>)[level] ?? level}: ${message}`,
    ],
    fields: () => ({ component: 'com.example.Shop', function: 'run' }),
  },
  '.NET': {
    precision: 'none',
    line: ({ level, message }) => [
      `${{ DEBUG: 'dbug', INFO: 'info', WARN: 'warn', ERROR: 'fail', TRACE: 'trce', FATAL: 'crit' }[level]}: Shop.Orders[14]`,
      `      ${message}`,
    ],
    fields: () => ({ component: 'Shop.Orders', event_id: 14 }),
  },
};

/** By the name of the program or of what is particular about it. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  ...Object.fromEntries(
    Object.entries(DATA).map(([name, line]) => [name, family({ ...line, isData: true })]),
  ),
  ...Object.fromEntries(Object.entries(SERVICES).map(([name, line]) => [name, family(line)])),
  ...Object.fromEntries(Object.entries(TEXTS).map(([name, line]) => [name, family(line)])),
};
