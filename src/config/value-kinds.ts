/**
 * The kinds of values a setting can have: how text becomes the value (zod), what is allowed, in words, and
 * how the value is written again. Reading a written value gives the same value.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { byteSizeSetting, parseByteSize, SIZE_UNITS } from '../base/byte-size.ts';
import { DURATION_UNITS, durationSetting, parseDuration } from '../base/duration.ts';
import { nearestName } from '../base/nearest.ts';

export type ValueKind<T> = Readonly<{
  /** Completes "expected …". */
  allowed: string;
  /** Where there are few enough to name them all. */
  choices?: readonly string[];
  schema: z.ZodType<T, string>;
  /** Quotes and `#` are likely meant as they stand; elsewhere they are likely a slip. */
  isFreeText: boolean;
  write(value: T): string;
  /** Of values that are secrets: what may be shown of one. One that is wrong is not shown at all. */
  shown?(value: T): string;
}>;

/** What reading found: a value, or why it is none. An empty problem: `allowed` says it all. */
export type Reading<T> = Readonly<{ value: T }> | Refusal;
export type Refusal = Readonly<{ problem: string; suggestion?: string | null }>;

/** A zod schema of a reading function. The refusal travels as the issue's `params`; zod's own messages are not shown. */
export function schemaOf<T>(read: (text: string) => Reading<T>): z.ZodType<T, string> {
  return z.string().transform((value, context) => {
    const reading = read(value);
    if ('value' in reading) return reading.value;
    context.addIssue({ code: 'custom', params: reading });
    return z.NEVER;
  });
}

export function choice<const T extends string>(choices: readonly T[]): ValueKind<T> {
  return {
    allowed: orList(choices),
    choices,
    schema: schemaOf((text) => {
      const value = choices.find((name) => name === text);
      return value === undefined
        ? { problem: '', suggestion: nearestName(text, choices) }
        : { value };
    }),
    isFreeText: false,
    write: (value) => value,
  };
}

const YES = ['yes', 'true', 'on'];
const NO = ['no', 'false', 'off'];

export const yesOrNo: ValueKind<boolean> = {
  allowed: 'yes or no',
  schema: schemaOf((text) => {
    const name = text.toLowerCase();
    if (YES.includes(name)) return { value: true };
    return NO.includes(name) ? { value: false } : { problem: '' };
  }),
  isFreeText: false,
  write: (value) => (value ? 'yes' : 'no'),
};

export function wholeNumber(limits: Readonly<{ min: number; max: number }>): ValueKind<number> {
  const { min, max } = limits;
  return {
    allowed: `a whole number from ${min} to ${max}`,
    schema: z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number)
      .pipe(z.number().min(min).max(max)),
    isFreeText: false,
    write: String,
  };
}

/** A number with at most three places behind the point; rules compare in thousandths. */
export function decimal(limits: Readonly<{ min: number; max: number }>): ValueKind<number> {
  const { min, max } = limits;
  return {
    allowed: `a number from ${min} to ${max}`,
    schema: z
      .string()
      .regex(/^-?\d{1,15}(\.\d{1,3})?$/)
      .transform(Number)
      .pipe(z.number().min(min).max(max)),
    isFreeText: false,
    write: String,
  };
}

export function duration(limits: Readonly<{ minMs: number; maxMs: number }>): ValueKind<number> {
  const { minMs, maxMs } = limits;
  return {
    allowed: `a duration from ${durationSetting(minMs)} to ${durationSetting(maxMs)}, such as 90s, 2m or 7d`,
    schema: schemaOf((text) => {
      const value = parseDuration(text);
      if (value === null) return { problem: unitProblem(text, DURATION_UNITS) };
      return value >= minMs && value <= maxMs ? { value } : { problem: '' };
    }),
    isFreeText: false,
    write: durationSetting,
  };
}

export function byteSize(limits: Readonly<{ min: number; max: number }>): ValueKind<number> {
  const { min, max } = limits;
  return {
    allowed: `a size from ${byteSizeSetting(min)} to ${byteSizeSetting(max)}, such as 64MiB or 10GB`,
    schema: schemaOf((text) => {
      const value = parseByteSize(text);
      if (value === null) return { problem: unitProblem(text, SIZE_UNITS) };
      return value >= min && value <= max ? { value } : { problem: '' };
    }),
    isFreeText: false,
    write: byteSizeSetting,
  };
}

/** The same kind, where one word stands for "no limit". */
export function orWord<T>(kind: ValueKind<T>, word: string): ValueKind<T | null> {
  return {
    ...kind,
    allowed: `${kind.allowed}, or ${word}`,
    schema: z.union([z.literal(word).transform(() => null), kind.schema]),
    write: (value) => (value === null ? word : kind.write(value)),
  };
}

/** A number without its unit is the usual slip. */
function unitProblem(text: string, units: readonly string[]): string {
  return /^\d+$/.test(text) ? `the unit is missing (${units.join(', ')})` : '';
}

export function text(allowed: string, charactersMax: number): ValueKind<string> {
  return {
    allowed,
    schema: schemaOf((value) => {
      if (value === '') return { problem: 'the value is empty' };
      if (value.length > charactersMax)
        return { problem: `${value.length} characters are too many` };
      return { value };
    }),
    isFreeText: false,
    write: (value) => value,
  };
}

/** Text for people; may be empty. */
export function freeText(allowed: string, charactersMax: number): ValueKind<string> {
  return {
    allowed: `${allowed} of at most ${charactersMax} characters`,
    schema: z.string().max(charactersMax),
    isFreeText: true,
    write: (value) => value,
  };
}

/** Text in a language of its own, where quotes and `#` have a meaning. */
export function query(allowed: string, charactersMax: number): ValueKind<string> {
  return { ...text(allowed, charactersMax), isFreeText: true };
}

export type ListLimits = Readonly<{ min: number; max: number }>;

/** Items between commas, none of them twice. An empty value is an empty list where `min` is 0. */
export function list<T extends string>(
  item: ValueKind<T>,
  limits: ListLimits,
): ValueKind<readonly T[]> {
  const allowed = `${item.allowed}; several with commas between them`;
  return {
    allowed: limits.min === 0 ? `${allowed}, or nothing` : allowed,
    schema: z
      .string()
      .transform((value) => (value === '' ? [] : value.split(',').map((part) => part.trim())))
      .pipe(z.array(item.schema))
      .superRefine(listRefinement(limits)),
    isFreeText: item.isFreeText,
    write: (items) => items.map((value) => item.write(value)).join(', '),
  };
}

/** How long something is kept, by its name. */
export type NamedTime = Readonly<{ name: string; durationMs: number }>;

/** Names with a duration each: `debug 2d, error 90d`. Spaces in a name end it, so names have none. */
export function namedTimes(
  name: ValueKind<string>,
  time: ValueKind<number>,
  countMax: number,
): ValueKind<readonly NamedTime[]> {
  return {
    allowed: `${name.allowed} and ${time.allowed}, a space between them; several with commas, or nothing`,
    schema: schemaOf((value) => {
      const parts = value === '' ? [] : value.split(',').map((part) => part.trim());
      if (parts.length > countMax) return { problem: `these are more than ${countMax}` };
      const times: NamedTime[] = [];
      for (const part of parts) {
        const [first = '', second = '', ...rest] = part.split(/\s+/);
        const named = name.schema.safeParse(first);
        const durationMs = time.schema.safeParse(second);
        if (rest.length > 0 || !named.success || !durationMs.success) {
          const choices = named.success ? [] : (name.choices ?? []);
          return { problem: `"${part}" is not that`, suggestion: nearestName(first, choices) };
        }
        if (times.some((known) => known.name === named.data)) {
          return { problem: `"${named.data}" is there twice` };
        }
        times.push({ name: named.data, durationMs: durationMs.data });
      }
      return { value: times };
    }),
    isFreeText: false,
    write: (times) =>
      times.map((one) => `${name.write(one.name)} ${time.write(one.durationMs)}`).join(', '),
  };
}

export function listRefinement(limits: ListLimits) {
  return (items: readonly string[], context: z.RefinementCtx<readonly string[]>): void => {
    const problem = listProblem(items, limits);
    if (problem !== null)
      context.addIssue({ code: 'custom', params: { problem } satisfies Refusal });
  };
}

function listProblem(items: readonly string[], limits: ListLimits): string | null {
  if (items.length < limits.min) return 'the value is empty';
  if (items.length > limits.max) return `these are more than ${limits.max}`;
  const twice = items.find((value, index) => items.indexOf(value) !== index);
  return twice === undefined ? null : `"${twice}" is there twice`;
}

/** A name and the SHA-256 of a token: what `logstead token` prints. */
export const httpToken: ValueKind<string> = {
  ...text('NAME:HASH as "logstead token NAME" prints it', 200),
  schema: z.string().regex(/^[\p{L}\p{N}._@-]{1,100}:[0-9a-f]{64}$/u),
};

/** A word of letters, digits and `. _ - : / @`: what a query can name without quotes. */
export function word(allowed: string): ValueKind<string> {
  return {
    ...text(allowed, 100),
    schema: z.string().regex(/^[\p{L}\p{M}\p{N}._:/@-]{1,100}$/u),
  };
}

/** Program and arguments. Quotes keep blanks together; inside double quotes `\` takes `"` and itself. */
export const commandLine: ValueKind<readonly [string, ...string[]]> = {
  allowed: 'an absolute path and arguments, with blanks between them',
  schema: schemaOf((value) => {
    const [program, ...others] = wordsOf(value) ?? [];
    if (program === undefined) return { problem: '' };
    if (!program.startsWith('/')) return { problem: 'the program needs its whole path' };
    return { value: [program, ...others] };
  }),
  isFreeText: true,
  write: (words) => words.map(quotedWord).join(' '),
};

/** Null: a quote does not end. */
function wordsOf(text: string): string[] | null {
  const word = /\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+)/y;
  const words: string[] = [];
  const trimmed = text.trim();
  while (word.lastIndex < trimmed.length) {
    const match = word.exec(trimmed);
    if (match === null) return null;
    const at = word.lastIndex;
    words.push(
      match[1]!.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
        double === undefined ? single! : double.replace(/\\(.)/g, '$1'),
      ),
    );
    word.lastIndex = at;
  }
  return words;
}

function quotedWord(word: string): string {
  if (/^[^\s"'\\]+$/.test(word)) return word;
  return `"${word.replace(/["\\]/g, '\\$&')}"`;
}

/** RFC 5321: a forward path is at most 256 characters with its angle brackets. */
const ADDRESS_CHARACTERS_MAX = 254;

/** No display name, no brackets, no control character: nothing that could end an SMTP command. */
export const mailAddress: ValueKind<string> = {
  ...text(
    'a mail address such as ops@example.org, without a name or brackets',
    ADDRESS_CHARACTERS_MAX,
  ),
  schema: z.email({ pattern: z.regexes.html5Email }).max(ADDRESS_CHARACTERS_MAX),
};

const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$/;

function isHost(host: string): boolean {
  return isIP(host) !== 0 || HOST_NAME.test(host);
}

export const host: ValueKind<string> = {
  ...text('a host name or an IP address', 253),
  schema: schemaOf((value) => (isHost(value) ? { value } : { problem: '' })),
};

export type Listen = Readonly<{ host: string; port: number }>;

export const listenAddress: ValueKind<Listen> = {
  allowed: 'an address and a port such as 127.0.0.1:5647 or [::1]:5647; port 0 picks a free one',
  schema: schemaOf((value) => {
    const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value);
    const name = match?.[1] ?? match?.[2] ?? '';
    const port = Number(match?.[3]);
    const isAddress = match?.[1] === undefined ? isHost(name) : isIP(name) === 6;
    return isAddress && port <= 65_535 ? { value: { host: name, port } } : { problem: '' };
  }),
  isFreeText: false,
  write: (value) => `${isIP(value.host) === 6 ? `[${value.host}]` : value.host}:${value.port}`,
};

/** A part of every day, in minutes since midnight; `untilMinute` may lie before `fromMinute`: it goes over midnight. */
export type DayPart = Readonly<{ fromMinute: number; untilMinute: number }>;

export const dayPart: ValueKind<DayPart> = {
  allowed: 'a part of the day such as 22:00-07:00',
  schema: schemaOf((value) => {
    const match = /^([01]\d|2[0-3]):([0-5]\d) ?- ?([01]\d|2[0-3]):([0-5]\d)$/.exec(value);
    if (match === null) return { problem: '' };
    const [fromHour, fromMinute, untilHour, untilMinute] = match.slice(1).map(Number);
    const part = {
      fromMinute: fromHour! * 60 + fromMinute!,
      untilMinute: untilHour! * 60 + untilMinute!,
    };
    if (part.fromMinute === part.untilMinute) return { problem: 'this is no time, or all day' };
    return { value: part };
  }),
  isFreeText: false,
  write: ({ fromMinute, untilMinute }) => `${clock(fromMinute)}-${clock(untilMinute)}`,
};

function clock(minuteOfDay: number): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`;
}

/** The machine's own zone, by the word `local`. */
export const timeZone: ValueKind<string> = {
  allowed: 'a time zone such as Europe/Berlin or UTC, or local',
  schema: schemaOf((value) => {
    if (value === 'local') return { value: new Intl.DateTimeFormat().resolvedOptions().timeZone };
    if (/^[A-Za-z]/.test(value) && isTimeZone(value)) return { value };
    return {
      problem: '',
      suggestion: nearestName(value, ['local', 'UTC', ...Intl.supportedValuesOf('timeZone')]),
    };
  }),
  isFreeText: false,
  write: (value) => value,
};

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // RangeError is how Intl says that it does not know the name.
  }
}

/** Only the shape; `checkSchedule` of whoever loads the config knows the rest. */
export const cronExpression: ValueKind<string> = {
  ...text('a cron expression of five or six fields, such as 5 0 * * *', 200),
  schema: z
    .string()
    .regex(/^[\w*,/?#-]+( +[\w*,/?#-]+){4,5}$/)
    .max(200),
};

function orList(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
