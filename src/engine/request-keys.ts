/**
 * Which fields of an entry say that it is a request: its method, its path, its status, and how long it took.
 *
 * Keys are those of the formats that are built in and of widespread loggers. A time without a unit is believed only where
 * its key says the unit, or is one that web servers write in seconds.
 */
import type { Dictionary } from '../model/dictionary.ts';
import type { EntryColumns } from '../model/entry-columns.ts';

export const REQUEST_ROLE = { NONE: 0, METHOD: 1, PATH: 2, STATUS: 3, TIME: 4 } as const;

const METHOD_KEYS =
  'method verb http_method request_method req.method request.method http.method http.request.method httpRequest.requestMethod';
const PATH_KEYS =
  'path uri url target request_uri request_path http_path req.url req.path request.path request.url request.uri http.path http.target http.url http.route url.path httpRequest.requestUrl';
const STATUS_KEYS =
  'status status_code statusCode res.statusCode response.status response.statusCode http.status http.status_code http.response.status_code httpRequest.status';

/** Milliseconds of one unit; 0: only a value with its own unit (`12.3ms`) is believed. */
const TIME_KEYS: Readonly<Record<string, number>> = {
  ...unit(
    1,
    'duration_ms durationMs responseTime response_time_ms responseTimeMs request_time_ms latency_ms latencyMs elapsed_ms elapsedMs took_ms time_ms',
  ),
  ...unit(1_000, 'duration request_time upstream_response_time duration_s duration_seconds'),
  ...unit(0.001, 'duration_us duration_micros latency_us elapsed_us'),
  ...unit(0.000_001, 'duration_ns event.duration latency_ns'),
  ...unit(0, 'latency elapsed took response_time httpRequest.latency'),
};

function unit(ms: number, keys: string): Record<string, number> {
  return Object.fromEntries(keys.split(' ').map((key) => [key, ms]));
}

const ROLES = new Map<string, number>([
  ...METHOD_KEYS.split(' ').map((key) => [key, REQUEST_ROLE.METHOD] as const),
  ...PATH_KEYS.split(' ').map((key) => [key, REQUEST_ROLE.PATH] as const),
  ...STATUS_KEYS.split(' ').map((key) => [key, REQUEST_ROLE.STATUS] as const),
  ...Object.keys(TIME_KEYS).map((key) => [key, REQUEST_ROLE.TIME] as const),
]);

const KNOWN = new WeakMap<Dictionary, RequestKeys>();

/** What the keys of a dictionary mean, by their numbers; looks at each key once. */
export class RequestKeys {
  readonly #keys: Dictionary;
  #roles = new Uint8Array(256);
  #known = 0;

  private constructor(keys: Dictionary) {
    this.#keys = keys;
  }

  /** One for each dictionary: a process has few, and many segments. */
  static of(keys: Dictionary): RequestKeys {
    const known = KNOWN.get(keys) ?? new RequestKeys(keys);
    KNOWN.set(keys, known);
    return known;
  }

  /** The role of each key by its number; valid until the dictionary grows. */
  roles(): Uint8Array {
    const { size } = this.#keys;
    if (size > this.#roles.length) {
      const larger = new Uint8Array(size * 2);
      larger.set(this.#roles);
      this.#roles = larger;
    }
    for (; this.#known < size; this.#known += 1) {
      this.#roles[this.#known] = ROLES.get(this.#keys.valueOf(this.#known)) ?? REQUEST_ROLE.NONE;
    }
    return this.#roles;
  }

  /** How long a time field says it took, in µs; NaN: it does not say. */
  microsecondsOf(
    { bytes, fieldKey, fieldStart, fieldLength }: EntryColumns,
    field: number,
  ): number {
    const start = fieldStart[field]!;
    const end = start + fieldLength[field]!;
    if (end - start > TIME_BYTES_MAX) return Number.NaN;
    let value = 0;
    let scale = 0;
    let at = start;
    for (; at < end; at += 1) {
      const code = bytes[at]!;
      if (code === DOT && scale === 0 && at > start) scale = 1;
      else if (code < ZERO || code > NINE) break;
      else {
        value = value * 10 + code - ZERO;
        scale *= 10;
      }
    }
    if (at === start || scale === 1) return Number.NaN;
    let number = value / Math.max(scale, 1);
    // Clocks are printed with all their digits (`7.361292004585266`), and small ones as `9.5e-05`.
    const withExponent = at < end && (bytes[at]! | LOWER) === LETTER_E;
    if (withExponent) at = end;
    if (withExponent || at - start > EXACT_BYTES_MAX) {
      number = Number(bytes.toString('latin1', start, at));
    }
    const unit = at === end ? '' : bytes.toString('utf8', at, end);
    const ms = unit === '' ? TIME_KEYS[this.#keys.valueOf(fieldKey[field]!)] : UNITS[unit];
    const us = Math.round(number * (ms ?? 0) * 1000);
    return ms === undefined || ms === 0 || us > TIME_US_MAX ? Number.NaN : us;
  }
}

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_E = 0x65;
/** The bit that makes a letter small. */
const LOWER = 0x20;
/** So many digits are exact when they are put together one by one. */
const EXACT_BYTES_MAX = 16;
/** The longest that a program prints of a number is some 25 digits, and then its unit. */
const TIME_BYTES_MAX = 40;
const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000 };
/** A day: what took longer was no request. */
const TIME_US_MAX = 86_400_000_000;
