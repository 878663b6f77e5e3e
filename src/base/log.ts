/**
 * The daemon's own log, and the one door to pino: structured, to stdout or stderr only, never to a file.
 *
 * - Rooms receive a `Log` and say what happened as fields and one sentence.
 * - On a terminal: readable lines (pino-pretty), everything foreign escaped. Elsewhere: one JSON object a
 *   line, `level` a name and `priority` the syslog number. In the journal each line also begins with
 *   `<priority>`, which journald takes off, so that `journalctl -p` works.
 * - Fields are made plain first (`plainField`): a `Secret` prints as "(hidden)", an error with its cause chain.
 * - Writes are synchronous: a line that was logged before a crash is there. A line that cannot be written (reader
 *   gone, disk full) is counted and dropped: the log never ends the daemon. The next one that can says how many.
 */
import { fstatSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import { type Level as PinoLevel, pino } from 'pino';
import type { PrettyOptions } from 'pino-pretty';
import { type LogFields, plainFields, prettyMessage } from './log-fields.ts';

/** What a part of the program is given to report what it does. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** The log as the composition root holds it. */
export interface RootLog extends Log {
  /** For a reload of the config. */
  setLevel(level: PinoLevel): void;
}

export type LogStyle = 'pretty' | 'json' | 'journal';

export type LogOptions = Readonly<{
  level: PinoLevel;
  style: LogStyle;
  /** Colours in the pretty style. */
  colour?: boolean;
  /** 1 or 2. */
  descriptor?: number;
  /** Fields of every line, e.g. the thread. */
  fields?: LogFields;
  /** Instead of a descriptor: receives each finished line, its newline included. */
  write?: (line: string) => void;
}>;

const STDERR = 2;

const SYSLOG_PRIORITY: Readonly<Record<PinoLevel, number>> = {
  trace: 7,
  debug: 7,
  info: 6,
  warn: 4,
  error: 3,
  fatal: 2,
};

export function openLog(options: LogOptions): RootLog {
  const { style } = options;
  const write = options.write ?? descriptorWriter(options.descriptor ?? STDERR);
  const finish = style === 'pretty' ? openPretty(prettyOptions(options.colour ?? false)) : null;
  const destination = {
    write(line: string): void {
      if (finish !== null) write(finish(line));
      else write(style === 'journal' ? `<${priorityOf(line)}>${line}` : line);
    },
  };
  const logger = pino(
    {
      level: options.level,
      base: plainFields(options.fields ?? {}),
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (name) => ({ level: name, priority: SYSLOG_PRIORITY[name as PinoLevel] }),
      },
    },
    destination,
  );
  const say =
    (level: PinoLevel) =>
    (fields: LogFields, message: string): void => {
      if (logger.isLevelEnabled(level)) logger[level](plainFields(fields), message);
    };
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    setLevel(level) {
      logger.level = level;
    },
  };
}

/** For programs that embed the engine and want no log, and for tests. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** How the log should look on this descriptor. */
export function logStyleOf(
  descriptor: number,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<{ style: LogStyle; colour: boolean }> {
  if (isatty(descriptor)) {
    const colour = !environment.NO_COLOR && environment.TERM !== 'dumb';
    return { style: 'pretty', colour };
  }
  return { style: isJournal(descriptor, environment) ? 'journal' : 'json', colour: false };
}

/** systemd names device and inode of the stream it connected; after a redirection they no longer agree. */
function isJournal(
  descriptor: number,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (!environment.JOURNAL_STREAM) return false;
  try {
    const { dev, ino } = fstatSync(descriptor);
    return environment.JOURNAL_STREAM === `${dev}:${ino}`;
  } catch {
    return false; // A closed descriptor: nobody reads it.
  }
}

/** pino puts level and priority first, before anything foreign. */
function priorityOf(line: string): string {
  return /^\{"level":"\w+","priority":(\d)/.exec(line)?.[1] ?? String(SYSLOG_PRIORITY.info);
}

/** Loaded where there is a terminal: the threads of a service do without. */
function openPretty(options: PrettyOptions): (line: string) => string {
  const { prettyFactory } = createRequire(import.meta.url)(
    'pino-pretty',
  ) as typeof import('pino-pretty');
  return prettyFactory(options);
}

function prettyOptions(colour: boolean): PrettyOptions {
  return {
    colorize: colour,
    // Colour for trouble only; the words say the rest.
    customColors: 'trace:dim,debug:dim,info:reset,warn:yellow,error:red,fatal:bgRed,message:reset',
    messageKey: 'message',
    hideObject: true,
    translateTime: 'SYS:HH:MM:ss.l',
    customPrettifiers: { time: (time) => String(time) },
    messageFormat: (record) => prettyMessage(record),
  };
}

function descriptorWriter(descriptor: number): (line: string) => void {
  let droppedCount = 0;
  return (line) => {
    try {
      if (droppedCount > 0) {
        writeWhole(descriptor, `logstead: ${droppedCount} log lines could not be written here\n`);
        droppedCount = 0;
      }
      writeWhole(descriptor, line);
    } catch {
      droppedCount += 1;
    }
  };
}

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}
