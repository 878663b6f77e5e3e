/**
 * The one door to nodemailer: one mail to one recipient, and what its outcome means.
 *
 * - `auto` encrypts: TLS on port 465, else STARTTLS or no mail. Only on the way to this machine itself a plain
 *   connection, or a certificate nobody signed, will do.
 * - The envelope is given, not read from headers, and both addresses are checked: nodemailer would pass a line
 *   break in an address on to the server. Nothing in a message makes it read files or URLs.
 * - `retry` where a later try may work, `hold` where an operator has to act (certificate, password, sender), `dead` where
 *   the server refused for good. A connection that breaks after the text was sent is ambiguous: tried again, with
 *   the same Message-ID. So the answer to the text is waited for as long as servers may take (RFC 5321, 4.5.3.2.6).
 */
import { createRequire } from 'node:module';
import { messageOf } from '../base/errors.ts';
import { escapeLine, escapeMailHeader } from '../base/escape.ts';
import { isLoopbackHost } from '../base/loopback.ts';
import { Secret } from '../base/secret.ts';
import { isTlsCode, tlsReason, trustSystemAuthorities } from '../base/tls-trust.ts';
import type { EmailSettings } from '../config/settings.ts';
import { type Attempt, SENT } from './attempt.ts';
import { mailSocket, SilentServer } from './mail-socket.ts';
import { SendLimit } from './send-limit.ts';

/** Not imported, as its other half would import `node:http`; see `base/http.ts`. */
const { createTransport } = createRequire(import.meta.url)(
  'nodemailer',
) as typeof import('nodemailer');

export type Mail = Readonly<{
  to: string;
  fromName: string;
  subject: string;
  text: string;
  html: string;
  /** In angle brackets. */
  messageId: string;
  /** The mail this one replies to, or null. */
  inReplyTo: string | null;
  createdAtMs: number;
  /** Shown inside the HTML, which names them `cid:NAME`. Default: none. */
  pictures?: readonly MailPicture[];
}>;

export type MailPicture = Readonly<{ name: string; png: Buffer }>;

export type MailDoorOptions = Readonly<{
  /** PEM certificates to trust instead of the system's. */
  authority?: string;
  /** How long connecting may take; shorter in tests. */
  timeoutMs?: number;
  /** How long the server may look through the text. */
  answerMs?: number;
}>;

/** A server that says nothing for so long is not there. */
const TIMEOUT_MS = 20_000;

/** Handing a mail over takes so many times longer at most: servers ask others whether an address is right. */
const HAND_OVER_TIMEOUTS = 3;

const ANSWER_MS_MAX = 10 * 60_000;

/** Connections kept open: a burst of mails must not wait in line, a small server must not be pressed. */
const CONNECTIONS_MAX = 3;

/** An idle connection is closed after this: servers drop them after a few minutes, some without a word. */
const IDLE_MS = 60_000;

/** What is kept of a server's answer. */
const REPLY_CHARACTERS_MAX = 500;

/** TLS from the first byte. */
const PORT_TLS = 465;

/** Answers that mean "sign in (differently)": 530 need, 534 weak, 535 wrong, 538 encrypt first. */
const SIGN_IN_CODES: readonly number[] = [530, 534, 535, 538];

const STATUS_NOT_AVAILABLE = 421;
const STATUS_TOO_LARGE = 552;

const NO_SUCH_NAME: readonly string[] = ['ENOTFOUND', 'EAI_AGAIN'];

/**
 * Refused for who sends, not for the mail, often behind the recipient, as Postfix does by default: the sender's address, this machine
 * and its name, what it may have sent on without signing in, how much in a day, that its domain vouches for none of it. In the
 * numbers of RFC 3463, RFC 7372 and Exchange; in the words of Postfix, Exim, Sendmail, Exchange, Gmail. That may be for this recipient alone.
 */
const SENDER_REFUSED = new RegExp(
  [
    /^\d{3}[ -]5\.(?:1\.[78]|4\.5|7\.(?:2\d|54|60|50[1-35-9]|51[0135]|6[0-4]\d|7[0-5]\d))\b/,
    /sender address rejected|sender verify failed|send as this sender/,
    /client host (?:rejected|\[[^\]]*\] blocked)|helo command rejected/,
    /relay(?:ing)? (?:access )?(?:denied|not permitted|not allowed)|unable to relay|authentication required/,
    /unauthenticated|\b(?:spf|dkim|dmarc)\b/,
    /sending (?:limit|quota) exceeded|email quota exceeded/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

export class MailDoor implements Disposable {
  readonly #settings: EmailSettings;
  readonly #options: MailDoorOptions;
  #transport: ReturnType<typeof transportOf>;
  /** Its connections may have sent mails before. */
  #isUsed = false;
  /** Of the mails under way, by their signals. */
  readonly #limits = new WeakMap<AbortSignal, SendLimit>();
  readonly #from: string;
  readonly #place: string;

  private constructor(settings: EmailSettings, options: MailDoorOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#transport = this.#connections();
    this.#from = settings.from;
    this.#place = `${settings.host}:${settings.port}`;
  }

  /** Connects with the first mail. */
  static open(settings: EmailSettings, options: MailDoorOptions = {}): MailDoor {
    return new MailDoor(settings, options);
  }

  /** Never rejects. `signal` gives up on it: whether it was sent is then unknown. */
  async send(mail: Mail, signal?: AbortSignal): Promise<Attempt> {
    for (const address of [this.#from, mail.to]) {
      if (isMailAddress(address)) continue;
      const error = `"${escapeLine(address)}" is not a mail address`;
      return { outcome: 'hold', error, isGeneral: false };
    }
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    using limit = new SendLimit(timeoutMs * HAND_OVER_TIMEOUTS, signal);
    this.#limits.set(limit.signal, limit);
    try {
      await this.#transport.sendMail({
        from: { name: escapeMailHeader(mail.fromName), address: this.#from },
        to: { name: '', address: mail.to },
        envelope: { from: this.#from, to: [mail.to] },
        subject: escapeMailHeader(mail.subject),
        text: mail.text,
        html: mail.html,
        attachments: (mail.pictures ?? []).map(({ name, png }) => ({
          cid: name,
          filename: `${name}.png`,
          content: png,
          contentType: 'image/png',
          contentDisposition: 'inline' as const,
        })),
        messageId: mail.messageId,
        date: new Date(mail.createdAtMs),
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        ...(mail.inReplyTo === null
          ? {}
          : { inReplyTo: mail.inReplyTo, references: [mail.inReplyTo] }),
        signal: limit.signal,
      });
      this.#isUsed = true;
      return SENT;
    } catch (thrown) {
      // Some servers take so many mails over one connection, and leave it open, or close it with the next.
      if (this.#isUsed && isOfConnection(troubleOf(thrown, limit.isHandedOver))) {
        this.#transport.close();
        this.#transport = this.#connections();
        this.#isUsed = false;
        return await this.send(mail, signal);
      }
      return this.#attemptOf(limit.isLate ? new SilentServer() : thrown, limit.isHandedOver);
    }
  }

  /** Connect, encrypt and sign in, and send nothing; `error`: what went wrong, or null. Never rejects. */
  async verify(): Promise<Readonly<{ error: string | null; isSignedIn: boolean }>> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    let isSignedIn = false;
    // Where a server offers no sign-in, nodemailer is content without.
    const logger = loggerOf(({ action }) => {
      isSignedIn ||= action === 'authenticated';
    });
    const options = { ...this.#options, answerMs: timeoutMs, logger };
    const transport = transportOf(this.#settings, options);
    try {
      await transport.verify();
      return { error: null, isSignedIn };
    } catch (thrown) {
      const { error } = this.#attemptOf(thrown, false);
      return { error, isSignedIn };
    } finally {
      transport.close();
    }
  }

  close(): void {
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** None is opened yet. */
  #connections(): ReturnType<typeof transportOf> {
    const transport = transportOf(this.#settings, this.#options);
    transport.use('stream', ({ data, message }, done) => {
      const limit = data.signal === undefined ? undefined : this.#limits.get(data.signal);
      message.processFunc((text) => text.once('end', () => limit?.handedOver()));
      done();
    });
    return transport;
  }

  #attemptOf(thrown: unknown, isHandedOver: boolean): Attempt {
    const trouble = troubleOf(thrown, isHandedOver);
    const reason = trouble.isBroken
      ? 'without a word'
      : tlsReason(trouble.cause, messageOf(thrown));
    const said = withoutPassword(this.#settings, trouble.response ?? reason);
    const shown = escapeLine(said.slice(0, REPLY_CHARACTERS_MAX));
    const error = `${this.#place} ${explanationOf(trouble)}: ${shown}`;
    return {
      ...{ outcome: outcomeOf(trouble), error, isGeneral: isGeneral(trouble) },
      ...(isForContent(trouble) ? { isForContent: true } : {}),
      ...(trouble.status === STATUS_NOT_AVAILABLE ? { isCrowded: true } : {}),
    };
  }
}

/** Servers repeat lines that they do not know, and a sign-in is one; it may be as AUTH PLAIN has it. */
function withoutPassword({ user, password }: EmailSettings, said: string): string {
  if (password === null) return said;
  return new Secret(`\0${user}\0${password.reveal()}`).hideIn(password.hideIn(said));
}

/** What nodemailer says of a failure. */
type Trouble = Readonly<{
  code: string;
  /** The error below it: of the socket, of TLS. */
  cause: string;
  /** The server's answer; null: it gave none. */
  status: number | null;
  response: string | null;
  /** The SMTP command it happened at. */
  command: string;
  isTls: boolean;
  /** It was reached, and ended the connection. */
  isBroken: boolean;
  /** The server may have the mail. */
  isHandedOver: boolean;
}>;

function troubleOf(thrown: unknown, isHandedOver: boolean): Trouble {
  const { code, originalCode, responseCode, response, command } = (thrown ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const cause = typeof originalCode === 'string' ? originalCode : '';
  const text = messageOf(thrown);
  // Errors of certificates and handshakes come as one of the socket with the cause beside it; OpenSSL's own words, for a plain port that was spoken to in TLS.
  const isTls = code === 'ETLS' || isTlsCode(cause) || /wrong version number/i.test(text);
  return {
    code: typeof code === 'string' ? code : '',
    cause,
    status: typeof responseCode === 'number' ? responseCode : null,
    response: typeof response === 'string' ? response : null,
    command: typeof command === 'string' ? command : '',
    isTls,
    isBroken: code === 'ECONNECTION' || cause === 'ECONNRESET',
    isHandedOver,
  };
}

/** Before it is known what mail it is, or has been sent: another connection may fare better. */
function isOfConnection({ command, status, isBroken, isHandedOver }: Trouble): boolean {
  return (isBroken && !isHandedOver) || (command.startsWith('MAIL') && isForNow(status));
}

function isForNow(status: number | null): boolean {
  return status !== null && status < 500;
}

function outcomeOf(trouble: Trouble): Attempt['outcome'] {
  const { code, status } = trouble;
  // TLS too may be missing for now only: 454, where a certificate is just being renewed.
  if (isForNow(status)) return 'retry';
  if (trouble.isTls || code === 'EAUTH' || code === 'ENOAUTH') return 'hold';
  if (status === null) return 'retry';
  // Before there is a mail, a refusal is of us, not of it.
  if (SIGN_IN_CODES.includes(status) || !isAboutMail(trouble)) return 'hold';
  return SENDER_REFUSED.test(trouble.response ?? '') ? 'hold' : 'dead';
}

/** Whether another mail may fare better: all have the same sender. Too large a mail may be refused where that is told. */
function isAboutMail({ code, command, status }: Trouble): boolean {
  if (command.startsWith('MAIL') && status !== null && status >= 500)
    return status === STATUS_TOO_LARGE;
  return code === 'EENVELOPE' || code === 'EMESSAGE' || /^(MAIL|RCPT|DATA)/.test(command);
}

/** Of a mail that was looked into, or is too large. */
function isForContent(trouble: Trouble): boolean {
  const { command, status } = trouble;
  const isLookedAt = command.startsWith('DATA') || status === STATUS_TOO_LARGE;
  return isLookedAt && !command.startsWith('RCPT') && outcomeOf(trouble) === 'dead';
}

function isGeneral(trouble: Trouble): boolean {
  const { status } = trouble;
  if (trouble.isTls || trouble.code === 'EAUTH' || trouble.code === 'ENOAUTH') return true;
  if (status === STATUS_NOT_AVAILABLE || (status !== null && SIGN_IN_CODES.includes(status)))
    return true;
  return !isAboutMail(trouble);
}

function explanationOf(trouble: Trouble): string {
  const { code, status } = trouble;
  if (trouble.isTls && !isForNow(status)) return 'cannot be spoken to in TLS as configured';
  if (code === 'EAUTH' || code === 'ENOAUTH') return 'does not accept the sign-in';
  if (NO_SUCH_NAME.includes(code)) return 'cannot be found';
  if (status !== null) return isForNow(status) ? 'asks to try later' : 'refused';
  if (code === 'ETIMEDOUT') {
    return trouble.isHandedOver ? 'does not answer to the text' : 'does not answer';
  }
  if (trouble.isHandedOver) return 'broke off after the text';
  if (code === 'EPROTOCOL') return 'does not answer as a mail server';
  return trouble.isBroken ? 'breaks the connection off' : 'cannot be reached';
}

function loggerOf(take: (entry: Readonly<{ action?: string }>) => void) {
  return {
    level: take,
    trace: take,
    debug: take,
    info: take,
    warn: take,
    error: take,
    fatal: take,
  };
}

type TransportOptions = MailDoorOptions & Readonly<{ logger?: ReturnType<typeof loggerOf> }>;

function transportOf(settings: EmailSettings, options: TransportOptions) {
  const { authority, timeoutMs = TIMEOUT_MS, answerMs = ANSWER_MS_MAX, logger = false } = options;
  const { host, port, user, password } = settings;
  return createTransport({
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    // A mail whose connection broke may have been taken: the outbox decides, not the pool.
    maxRequeues: 0,
    idleTimeout: IDLE_MS,
    host,
    port,
    getSocket: mailSocket(settings, timeoutMs),
    ...securityOf(settings, authority),
    ...(user === null ? {} : { auth: { user, pass: password?.reveal() ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: answerMs,
    logger,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function securityOf({ secure, host, port }: EmailSettings, authority: string | undefined) {
  if (authority === undefined && secure !== 'none') trustSystemAuthorities();
  const tls = authority === undefined ? {} : { tls: { ca: authority } };
  switch (secure) {
    case 'tls':
      return { secure: true, ...tls };
    case 'starttls':
      return { secure: false, requireTLS: true, ...tls };
    case 'none':
      return { secure: false, ignoreTLS: true };
    case 'auto': {
      const isTls = port === PORT_TLS;
      if (!isLoopbackHost(host)) return { secure: isTls, requireTLS: !isTls, ...tls };
      // A certificate that it cannot read any more is no reason to tell nobody; nothing is signed in with in plain then.
      return { secure: isTls, opportunisticTLS: true, tls: { rejectUnauthorized: false } };
    }
  }
}

/** Plain ASCII `local@domain`, as the config checks it too: nothing that could end a command or a header. */
export function isMailAddress(text: string): boolean {
  return (
    text.length <= 254 &&
    /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(text)
  );
}
