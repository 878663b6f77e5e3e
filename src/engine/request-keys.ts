/**
 * Which fields of an entry say that it is a request: its method, its path, its status, and how long it took.
 *
 * Keys are those of the formats that are built in and of widespread loggers. A time without a unit is believed only where
 * its key says the unit, or is one that web servers write in seconds.
 */
import type { Dictionary } from '../model/dictionary.ts';
import { METHODS } from '../pattern/template.ts';

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
  microsecondsOf(key: number, text: string): number {
    const match = TIME.exec(text);
    if (match === null) return Number.NaN;
    const ms = match[2] === '' ? TIME_KEYS[this.#keys.valueOf(key)] : UNITS[match[2]!];
    const us = Math.round(Number(match[1]) * (ms ?? 0) * 1000);
    return ms === undefined || ms === 0 || us > TIME_US_MAX ? Number.NaN : us;
  }
}

const TIME = /^(\d{1,15}(?:\.\d{1,12})?)(|ns|us|µs|ms|s)$/;
const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000 };
/** A day: what took longer was no request. */
const TIME_US_MAX = 86_400_000_000;

/** `GET /users/<id>`, for a method and a path as they were written; null: that is no request. */
export function routeOf(method: string, path: string): string | null {
  if (!METHODS.has(method)) return null;
  const cut = path.slice(0, PATH_CHARACTERS_MAX).replace(/^https?:\/\/[^/]*/, '');
  const end = cut.search(/[?#;]/);
  const plain = end === -1 ? cut : cut.slice(0, end);
  if (!plain.startsWith('/')) return plain === '*' ? `${method} *` : null;
  const parts = plain.split('/', PARTS_MAX + 1);
  const masked = parts.map((part) => (isVariable(part) ? '<id>' : part));
  return `${method} ${masked.join('/')}`;
}

const PATH_CHARACTERS_MAX = 300;
/** What lies deeper is the same route. */
const PARTS_MAX = 8;
const WORD_CHARACTERS_MAX = 40;

/** Numbers, hexadecimal and long mixed words: an id, not a name. */
function isVariable(part: string): boolean {
  if (part.length > WORD_CHARACTERS_MAX) return true;
  if (!/\d/.test(part)) return part.includes('@') || part.includes('%');
  if (/^\d+$/.test(part) || /^[0-9a-f]{8,}$/i.test(part)) return true;
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+$/i.test(part)) return true;
  return part.includes('@') || part.includes('%') || /^(?=.*[a-z])[0-9a-z_-]{16,}$/i.test(part);
}
