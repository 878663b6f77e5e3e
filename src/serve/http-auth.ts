/**
 * Who may ask: beyond loopback, and wherever tokens are set, only who brings one.
 *
 * - The config holds SHA-256 hashes of tokens, never a token. A token is 256 random bits, so a slow hash would add
 *   nothing; hashes are compared in constant time, all of them whatever was sent.
 * - Programs send `Authorization: Bearer TOKEN`. The page signs in once (`POST /api/session`) and carries a cookie that no
 *   script can read and no other site can send; a session ends after twelve hours, with the daemon, when it signs out, or
 *   when its token is taken out of the config.
 * - An answer that takes long asks again while it is sent (`MayAsk`): it ends with the token or the session it was asked with.
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
  /** Paths of the page's own files. */
  isPageFile: (path: string) => boolean;
}>;

/** Whether who sent this request may still ask: tokens and sessions may have ended since. */
export type MayAsk = (request: FastifyRequest) => boolean;

export function addAuth(app: FastifyInstance, options: AuthOptions): MayAsk {
  const attempts = new Attempts(options.clock);
  const sessions = new Sessions(options.clock);
  const mayAsk: MayAsk = (request) => {
    const tokens = options.tokens();
    if (tokens.length === 0 || sessions.has(cookieOf(request), tokens)) return true;
    const token = bearerOf(request);
    return token !== null && isKnown(token, tokens);
  };
  app.addHook('onRequest', async (request) => {
    const path = request.url.split('?')[0]!;
    const tokens = options.tokens();
    if (tokens.length === 0 || OPEN_PATHS.includes(path) || options.isPageFile(path)) return;
    if (sessions.has(cookieOf(request), tokens)) return;
    attempts.refuseBlocked(request.ip);
    const token = bearerOf(request);
    if (token === null) throw new NotSignedIn('This needs a token: Authorization: Bearer …');
    if (isKnown(token, tokens)) return;
    attempts.note(request.ip);
    throw new NotSignedIn('The token is not one of those in [http] tokens');
  });
  addSessionRoutes(app, { ...options, attempts, sessions });
  return mayAsk;
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
    async (request) => answer(tokens().length === 0 || sessions.has(cookieOf(request), tokens())),
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
      const session = sessions.open(request.body.token);
      setCookie(request, reply, { value: session, seconds: SESSION_MS_MAX / 1_000 });
      return answer(true);
    },
  );
  app.delete(
    '/api/session',
    { schema: routeSchema({ summary: 'Sign the page out', answer: SESSION_ANSWER }) },
    async (request, reply) => {
      sessions.close(cookieOf(request));
      setCookie(request, reply, { value: '', seconds: 0 });
      return answer(tokens().length === 0);
    },
  );
}

/** Where the page came encrypted, by us or by a proxy on this machine that says so, the cookie travels no other way. */
function setCookie(
  { protocol }: FastifyRequest,
  reply: FastifyReply,
  { value, seconds }: Readonly<{ value: string; seconds: number }>,
): void {
  const secure = protocol === 'https' ? '; Secure' : '';
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
  return hashOf(token).toString('hex');
}

function isKnown(token: string, tokens: readonly HttpToken[]): boolean {
  return token.length <= TOKEN_CHARACTERS_MAX && isHashKnown(hashOf(token), tokens);
}

/** Every hash is compared, in constant time each. */
function isHashKnown(hash: Buffer, tokens: readonly HttpToken[]): boolean {
  let known = false;
  for (const { sha256 } of tokens) {
    if (timingSafeEqual(hash, Buffer.from(sha256, 'hex'))) known = true;
  }
  return known;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
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

/** `tokenHash`: of the token that opened it. */
type Session = Readonly<{ endsAtMs: number; tokenHash: Buffer }>;

/** Held as hashes too, with their tokens: a dump of the memory gives nobody a session. */
class Sessions {
  readonly #clock: Clock;
  readonly #byHash = new Map<string, Session>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(token: string): string {
    const value = randomBytes(32).toString('base64url');
    const endsAtMs = this.#clock.monotonicMs() + SESSION_MS_MAX;
    this.#byHash.set(tokenHash(value), { endsAtMs, tokenHash: hashOf(token) });
    forgetOldest(this.#byHash, SESSIONS_MAX);
    return value;
  }

  has(value: string, tokens: readonly HttpToken[]): boolean {
    const session = value === '' ? undefined : this.#byHash.get(tokenHash(value));
    if (session === undefined || session.endsAtMs <= this.#clock.monotonicMs()) return false;
    return isHashKnown(session.tokenHash, tokens);
  }

  close(value: string): void {
    this.#byHash.delete(tokenHash(value));
  }
}

function forgetOldest(map: Map<string, unknown>, max: number): void {
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
