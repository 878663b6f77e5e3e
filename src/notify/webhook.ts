/**
 * The door to webhooks: one HTTP POST a notification, and what its outcome means.
 *
 * - The address is looked up once and checked before it is connected to: where private targets are not allowed, a name
 *   that points to one is refused, whatever it pointed to before. Redirects are not followed.
 * - Signed with HMAC-SHA256 over time and body, so that the receiver knows the sender and can refuse a replay.
 * - Who answers with `Retry-After` is left alone for so long: chat services take one message a second, and shut out who goes on.
 * - `retry` where a later try may work (no answer, 408, 425, 429, 5xx), `hold` where an operator has to act (certificate,
 *   sign-in, refused target), `dead` where the receiver refused this notification.
 */
import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { signalWithin } from '../base/clock.ts';
import { durationSetting } from '../base/duration.ts';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { escapeLine } from '../base/escape.ts';
import { request as httpRequest } from '../base/http.ts';
import { isPrivateAddress } from '../base/private-address.ts';
import { Secret } from '../base/secret.ts';
import { isTlsCode, tlsReason, trustSystemAuthorities } from '../base/tls-trust.ts';
import { VERSION } from '../base/version.ts';
import type { WebhookSettings } from '../config/notify-settings.ts';
import { readSecretFile } from '../config/password.ts';
import { type Attempt, SENT } from './attempt.ts';
import type { DocumentContext } from './document.ts';
import type { OutboxRow } from './outbox.ts';
import { hookRequestOf } from './webhook-body.ts';

/** What is read of an answer: enough to say why it was refused. */
const ANSWER_BYTES_MAX = 2_048;
const REASON_CHARACTERS_MAX = 300;

/** Answers that a later try may change. */
const TEMPORARY: ReadonlySet<number> = new Set([408, 425, 429]);
/** Nobody is left alone for longer: it would be a fault, or a refusal. */
const REST_MS_MAX = 15 * 60_000;

/** Answers that an operator has to change something for; a redirect is one: the address moved. */
const NEEDS_OPERATOR: ReadonlySet<number> = new Set([401, 403, 404, 405, 407, 410]);

class PrivateTarget extends Error {
  override name = 'PrivateTarget';
}

export type WebhookOptions = Readonly<{
  context: Omit<DocumentContext, 'recipient'>;
  nowMs: number;
  signal: AbortSignal;
  /** PEM certificates to trust instead of the system's, for tests. */
  authority?: string;
}>;

/** Never rejects. */
export async function sendToWebhook(
  hook: WebhookSettings,
  row: OutboxRow,
  options: WebhookOptions,
): Promise<Attempt> {
  try {
    const answer = await post(hook, row, options);
    return attemptOf(hook, answer, options.nowMs);
  } catch (thrown) {
    if (isLate(thrown)) {
      const error = `Webhook "${hook.name}" did not answer in time (timeout = ${durationSetting(hook.timeoutMs)})`;
      return { outcome: 'retry', error, isGeneral: false };
    }
    const code = systemCodeOf(thrown) ?? '';
    const isOperators = thrown instanceof PrivateTarget || isTlsCode(code);
    const error = `Webhook "${hook.name}" cannot be reached: ${escapeLine(tlsReason(code, messageOf(thrown)))}`;
    return { outcome: isOperators ? 'hold' : 'retry', error, isGeneral: false };
  }
}

/** Node says of it that the operation was aborted. */
function isLate(thrown: unknown): boolean {
  const cause = thrown instanceof Error ? thrown.cause : null;
  return cause instanceof Error && cause.name === 'TimeoutError';
}

type Answer = Readonly<{
  status: number;
  text: string;
  retryAfter?: string | undefined;
  location?: string | undefined;
}>;

function post(
  hook: WebhookSettings,
  row: OutboxRow,
  { context, nowMs, signal, authority }: WebhookOptions,
): Promise<Answer> {
  const { url, body, contentType } = hookRequestOf(hook, row, context);
  const target = new URL(url);
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
  refuseLiteral(hook, target);
  if (target.protocol === 'https:' && authority === undefined) trustSystemAuthorities();
  return new Promise((resolve, reject) => {
    const outgoing = request(target, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'content-length': Buffer.byteLength(body),
        'user-agent': `Logstead/${VERSION}`,
        'x-logstead-key': row.key.replace(/[^\x20-\x7e]/g, '?'),
        ...secretHeaders(hook, body, nowMs),
      },
      lookup: guardedLookup(hook),
      signal: signalWithin(signal, hook.timeoutMs),
      agent: false,
      ...(authority === undefined ? {} : { ca: authority }),
    });
    outgoing.once('response', (response) => {
      // From here on the answer says how it went; what breaks off is only its text.
      outgoing.off('error', reject).on('error', () => {});
      void answerOf(response).then(resolve);
    });
    outgoing.once('error', reject);
    // Nobody asked for another protocol; where nobody listens, such an answer is no end.
    outgoing.once('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, text: '' });
    });
    outgoing.end(body);
  });
}

/** An address that is an IP address already is never looked up. */
function refuseLiteral({ isPrivateAllowed }: WebhookSettings, { hostname }: URL): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isPrivateAllowed || isIP(host) === 0 || !isPrivateAddress(host)) return;
  throw new PrivateTarget(privateText(host));
}

function guardedLookup({ isPrivateAllowed }: WebhookSettings): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const refused = addresses.find(({ address }) => isPrivateAddress(address));
      if (!isPrivateAllowed && refused !== undefined) {
        callback(new PrivateTarget(privateText(refused.address)), '');
        return;
      }
      if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4);
    });
  };
}

function privateText(address: string): string {
  return `it leads to ${address}, on this machine or in a private network; private = yes allows that`;
}

function secretHeaders(
  { secretFile, tokenFile }: WebhookSettings,
  body: string,
  nowMs: number,
): Record<string, string> {
  const headers: Record<string, string> = {};
  if (secretFile !== null) {
    const seconds = Math.floor(nowMs / 1000);
    const signature = createHmac('sha256', secretIn(secretFile)).update(`${seconds}.${body}`);
    headers['x-logstead-signature'] = `t=${seconds},v1=${signature.digest('hex')}`;
  }
  if (tokenFile !== null) headers.authorization = `Bearer ${secretIn(tokenFile)}`;
  return headers;
}

/** Read for every notification: a changed key counts at once, and none stays in memory. */
function secretIn(path: string): string {
  const reading = readSecretFile(path);
  if (reading.kind === 'found') return reading.password.reveal();
  throw new Error(
    `its secret file cannot be used: ${reading.kind === 'refused' ? reading.problem : 'it is not there'}`,
  );
}

/** A page that says what failed may show the whole request, with what is secret in its address. */
function withoutSecrets({ url, secretFile, tokenFile }: WebhookSettings, text: string): string {
  const { pathname, search, searchParams } = new URL(url);
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  const inAddress = [`${pathname}${search}`, pathname, name, ...searchParams.values()];
  const secrets = inAddress.map((value) => new Secret(value));
  for (const path of [secretFile, tokenFile]) {
    const reading = path === null ? null : readSecretFile(path);
    if (reading?.kind === 'found') secrets.push(reading.password);
  }
  return secrets.reduce((shown, secret) => secret.hideIn(shown), text);
}

/** The status decides, however the text behind it ends: what was taken, and is told again, is told every five minutes. */
async function answerOf(response: IncomingMessage): Promise<Answer> {
  const status = response.statusCode ?? 0;
  let text = '';
  try {
    if (isTaken(status)) return { status, text };
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length >= ANSWER_BYTES_MAX) break;
    }
  } catch {
    // It broke off, or did not come in time: there is no more of the reason.
  } finally {
    // What it says of that is no trouble any more.
    response.on('error', () => {}).destroy();
  }
  const { 'retry-after': retryAfter, location } = response.headers;
  return { status, text, retryAfter, location };
}

function isTaken(status: number): boolean {
  return status >= 200 && status < 300;
}

function attemptOf(hook: WebhookSettings, answer: Answer, nowMs: number): Attempt {
  const { status, retryAfter } = answer;
  if (isTaken(status)) return SENT;
  const isTemporary = status >= 500 || TEMPORARY.has(status);
  const isOperators = NEEDS_OPERATOR.has(status) || status < 200 || isRedirect(status);
  const refusal = isOperators ? 'hold' : 'dead';
  const error = refusalText(hook, answer);
  const attempt = { outcome: isTemporary ? 'retry' : refusal, error, isGeneral: false } as const;
  const restMs = isTemporary && retryAfter !== undefined ? restOf(retryAfter, nowMs) : 0;
  return restMs > 0 ? { ...attempt, restMs } : attempt;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function refusalText(hook: WebhookSettings, { status, text, location }: Answer): string {
  const shown = (said: string): string =>
    escapeLine(withoutSecrets(hook, said).slice(0, REASON_CHARACTERS_MAX).trim());
  const place =
    isRedirect(status) && location !== undefined
      ? `, which leads to ${shown(location)} and is not followed`
      : '';
  const reason = shown(text);
  return `Webhook "${hook.name}" answered ${status}${place}${reason === '' ? '' : `: ${reason}`}`;
}

/** Seconds, or a date. */
function restOf(retryAfter: string, nowMs: number): number {
  const restMs = /^\s*\d+(\.\d+)?\s*$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : Date.parse(retryAfter) - nowMs;
  return Number.isNaN(restMs) ? 0 : Math.min(REST_MS_MAX, Math.max(0, restMs));
}
