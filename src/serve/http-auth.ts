/**
 * Who may ask: beyond loopback, and wherever tokens are set, only who brings one.
 *
 * - The config holds SHA-256 hashes of tokens, never a token. A token is 256 random bits, so a slow hash would add
 *   nothing; hashes are compared in constant time, all of them whatever was sent.
 * - Programs send `Authorization: Bearer TOKEN`. The page signs in once (`POST /api/session`) and carries a cookie that no
 *   script can read and no other site can send; a session ends after twelve hours, with the daemon, or when it signs out.
 * - An address that sends ten wrong ones in a minute is not listened to for the rest of that minute.
 * - The page's own files hold nothing of anybody's logs: they are open, so that there is a place to sign in.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { HttpToken } from '../config/settings.ts';
import { objectOf } from './answer-schemas.ts';
import { routeSchema } from './route-schemas.ts';

export class NotSignedIn extends Error {
  override name = 'NotSignedIn';
}

/** Too many wrong tokens from one address. */
export class TooManyAttempts extends Error {
  override name = 'TooManyAttempts';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('Too many wrong tokens came from this address; wait a minute');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const WRONG_MAX = 10;
const WRONG_WINDOW_MS = 60_000;
/** Addresses remembered; the oldest is forgotten. */
const ADDRESSES_MAX = 10_000;
const SESSION_MS_MAX = 12 * 3_600_000;
/** Pages signed in at the same time; the oldest is signed out. */
const SESSIONS_MAX = 1_000;
const COOKIE = 'logstead_session';
const TOKEN_CHARACTERS_MAX = 200;

/** Paths that answer anybody: they say nothing of what is in the logs. */
const OPEN_PATHS: readonly string[] = ['/healthz', '/readyz', '/api/session'];

export type AuthOptions = Readonly<{
  clock: Clock;
  /** As they are now; none: whoever reaches the address may ask. */
  tokens: () => readonly HttpToken[];
  /** Whether the connection is encrypted by us: then the cookie travels no other way. */
  isEncrypted: boolean;
  /** Paths of the page's own files. */
  isPageFile: (path: string) => boolean;
}>;

export function addAuth(app: FastifyInstance, options: AuthOptions): void {
  const attempts = new Attempts(options.clock);
  const sessions = new Sessions(options.clock);
  app.addHook('onRequest', async (request) => {
    const path = request.url.split('?')[0]!;
    const tokens = options.tokens();
    if (tokens.length === 0 || OPEN_PATHS.includes(path) || options.isPageFile(path)) return;
    if (sessions.has(cookieOf(request))) return;
    attempts.refuseBlocked(request.ip);
    const token = bearerOf(request);
    if (token === null) throw new NotSignedIn('This needs a token: Authorization: Bearer …');
    if (isKnown(token, tokens)) return;
    attempts.note(request.ip);
    throw new NotSignedIn('The token is not one of those in [http] tokens');
  });
  addSessionRoutes(app, { ...options, attempts, sessions });
}

type SessionOptions = AuthOptions & Readonly<{ attempts: Attempts; sessions: Sessions }>;

const SESSION_ANSWER = objectOf({
  needsToken: { type: 'boolean' },
  signedIn: { type: 'boolean' },
});

function addSessionRoutes(app: FastifyInstance, options: SessionOptions): void {
  const { attempts, sessions, tokens } = options;
  const answer = (signedIn: boolean) => ({ needsToken: tokens().length > 0, signedIn });
  app.get(
    '/api/session',
    {
      schema: routeSchema({
        summary: 'Whether a token is needed, and was given',
        answer: SESSION_ANSWER,
      }),
    },
    async (request) => answer(tokens().length === 0 || sessions.has(cookieOf(request))),
  );
  const signingIn = routeSchema({
    summary: 'Sign the page in with a token; it gets a cookie',
    body: objectOf({ token: { type: 'string', maxLength: TOKEN_CHARACTERS_MAX } }),
    answer: SESSION_ANSWER,
  });
  app.post<{ Body: { token: string } }>(
    '/api/session',
    { schema: signingIn },
    async (request, reply) => {
      attempts.refuseBlocked(request.ip);
      if (!isKnown(request.body.token, tokens())) {
        attempts.note(request.ip);
        throw new NotSignedIn('The token is not one of those in [http] tokens');
      }
      setCookie(reply, sessions.open(), { ...options, seconds: SESSION_MS_MAX / 1_000 });
      return answer(true);
    },
  );
  app.delete(
    '/api/session',
    { schema: routeSchema({ summary: 'Sign the page out', answer: SESSION_ANSWER }) },
    async (request, reply) => {
      sessions.close(cookieOf(request));
      setCookie(reply, '', { ...options, seconds: 0 });
      return answer(tokens().length === 0);
    },
  );
}

function setCookie(
  reply: FastifyReply,
  value: string,
  { isEncrypted, seconds }: Readonly<{ isEncrypted: boolean; seconds: number }>,
): void {
  const secure = isEncrypted ? '; Secure' : '';
  void reply.header(
    'set-cookie',
    `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`,
  );
}

function bearerOf(request: FastifyRequest): string | null {
  const header = request.headers.authorization ?? '';
  return /^Bearer +(\S+)$/i.exec(header)?.[1] ?? null;
}

function cookieOf(request: FastifyRequest): string {
  const cookies = (request.headers.cookie ?? '').split(';');
  const own = cookies.find((cookie) => cookie.trim().startsWith(`${COOKIE}=`));
  return own?.trim().slice(COOKIE.length + 1) ?? '';
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Every hash is compared, in constant time each. */
function isKnown(token: string, tokens: readonly HttpToken[]): boolean {
  if (token.length > TOKEN_CHARACTERS_MAX) return false;
  const hash = createHash('sha256').update(token).digest();
  let known = false;
  for (const { sha256 } of tokens) {
    if (timingSafeEqual(hash, Buffer.from(sha256, 'hex'))) known = true;
  }
  return known;
}

/** Wrong tokens by address, in windows of a minute. */
class Attempts {
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, { count: number; endsAtMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  refuseBlocked(address: string): void {
    const seen = this.#byAddress.get(address);
    const leftMs = (seen?.endsAtMs ?? 0) - this.#clock.monotonicMs();
    if (seen === undefined || leftMs <= 0 || seen.count < WRONG_MAX) return;
    throw new TooManyAttempts(Math.ceil(leftMs / 1_000));
  }

  note(address: string): void {
    const nowMs = this.#clock.monotonicMs();
    const seen = this.#byAddress.get(address);
    if (seen !== undefined && seen.endsAtMs > nowMs) {
      seen.count += 1;
      return;
    }
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { count: 1, endsAtMs: nowMs + WRONG_WINDOW_MS });
    forgetOldest(this.#byAddress, ADDRESSES_MAX);
  }
}

/** Held as hashes too: a dump of the memory gives nobody a session. */
class Sessions {
  readonly #clock: Clock;
  readonly #endsAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(): string {
    const value = randomBytes(32).toString('base64url');
    this.#endsAtMs.set(tokenHash(value), this.#clock.monotonicMs() + SESSION_MS_MAX);
    forgetOldest(this.#endsAtMs, SESSIONS_MAX);
    return value;
  }

  has(value: string): boolean {
    const endsAtMs = value === '' ? undefined : this.#endsAtMs.get(tokenHash(value));
    return endsAtMs !== undefined && endsAtMs > this.#clock.monotonicMs();
  }

  close(value: string): void {
    this.#endsAtMs.delete(tokenHash(value));
  }
}

function forgetOldest(map: Map<string, unknown>, max: number): void {
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
