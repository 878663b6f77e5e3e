/**
 * A real SMTP server on loopback that keeps what it receives, byte for byte, and refuses what it is told to.
 *
 * `refuse` is asked at every stage of a session and may change while the server runs; `goDown` and `comeUp`
 * close and reopen the same port.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { waitFor } from './wait-for.ts';

const TLS_FOLDER = new URL('../fixtures/tls/', import.meta.url);
/** Give this to a client as its CA (a process: in `NODE_EXTRA_CA_CERTS`) and it trusts the server. */
export const SINK_CERTIFICATE_PATH = fileURLToPath(new URL('certificate.pem', TLS_FOLDER));

export type ReceivedMail = Readonly<{
  /** Envelope, not header. */
  from: string;
  to: readonly string[];
  raw: Buffer;
  /** Whether it came over TLS. */
  secure: boolean;
  /** Who logged in; null: nobody. */
  user: string | null;
}>;

/** A reply (4xx: try again; 5xx: never), or the connection cut, or no answer at all; a promise: a good one, when that resolves. */
export type Refusal =
  | Readonly<{ code: number; text: string }>
  | 'disconnect'
  | 'hang'
  | Promise<void>;

/** `accepted`: the message is kept, and only the reply to it goes wrong. */
export type SmtpStage = 'connect' | 'from' | 'to' | 'data' | 'accepted';

export type SmtpSinkOptions = Readonly<{
  /** Default `none`: plain, without an offer of STARTTLS. */
  security?: 'none' | 'starttls' | 'tls';
  /** Name and password; when given, mail is taken only after login. */
  login?: Readonly<{ user: string; password: string }>;
  refuse?: (stage: SmtpStage, address: string) => Refusal | null;
  /** More connections at a time are refused with 421. */
  connectionsMax?: number;
  /** Mails with this in their texts are refused, as a scanner does. */
  looksFor?: string;
}>;

export class SmtpSink implements AsyncDisposable {
  /** In order of arrival. */
  readonly messages: ReceivedMail[] = [];
  /** May be replaced at any time. */
  refuse: (stage: SmtpStage, address: string) => Refusal | null;
  /** Connections so far. */
  connectionCount = 0;
  /** Mails that had what it looks for. */
  refusedCount = 0;
  readonly #options: SmtpSinkOptions;
  #server: SMTPServer | null = null;
  #port = 0;

  private constructor(options: SmtpSinkOptions) {
    this.#options = options;
    this.refuse = options.refuse ?? (() => null);
  }

  static async listen(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
    const sink = new SmtpSink(options);
    await sink.comeUp();
    return sink;
  }

  get host(): string {
    return '127.0.0.1';
  }

  get port(): number {
    return this.#port;
  }

  /** Messages decoded: headers, text, HTML, attachments. */
  parsed(): Promise<ParsedMail[]> {
    return Promise.all(this.messages.map(({ raw }) => simpleParser(raw)));
  }

  /** Wait until this many messages have arrived, and decode them. */
  async waitForMail(count: number): Promise<ParsedMail[]> {
    await waitFor(() => this.messages.length >= count, {
      what: `${count} mails`,
      found: () => `${this.messages.length} mails`,
    });
    return this.parsed();
  }

  /** Stop listening and cut what is connected: clients are refused. */
  async goDown(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of server.connections) connection._socket.destroy();
    await closed;
  }

  /** Listen again, on the same port. */
  async comeUp(): Promise<void> {
    if (this.#server !== null) return;
    const server = new SMTPServer(this.#serverOptions());
    // A client that hangs up is not the server's trouble.
    server.on('error', () => {});
    this.#server = server;
    const listener = server.listen(this.#port, this.host);
    await new Promise<void>((resolve, reject) => {
      listener.once('listening', resolve).once('error', reject);
    });
    this.#port = (listener.address() as AddressInfo).port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.goDown();
  }

  #serverOptions(): SMTPServerOptions {
    const { security = 'none', login, connectionsMax } = this.#options;
    return {
      ...(connectionsMax === undefined ? {} : { maxClients: connectionsMax }),
      secure: security === 'tls',
      key: readFileSync(new URL('key.pem', TLS_FOLDER)),
      cert: readFileSync(SINK_CERTIFICATE_PATH),
      disabledCommands: [
        ...(security === 'starttls' ? [] : ['STARTTLS']),
        ...(login === undefined ? ['AUTH'] : []),
      ],
      allowInsecureAuth: true,
      authOptional: login === undefined,
      disableReverseLookup: true,
      closeTimeout: 100,
      onAuth: (auth, _session, answer) => {
        const known = auth.username === login?.user && auth.password === login?.password;
        if (known) answer(null, { user: auth.username });
        else answer(Object.assign(new Error('Authentication failed'), { responseCode: 535 }));
      },
      onConnect: (session, answer) => {
        this.connectionCount += 1;
        this.#answer('connect', { address: session.remoteAddress, session, answer });
      },
      onMailFrom: ({ address }, session, answer) =>
        this.#answer('from', { address, session, answer }),
      onRcptTo: ({ address }, session, answer) => this.#answer('to', { address, session, answer }),
      onData: (stream, session, answer) => {
        void this.#receive(buffer(stream), session).then(
          (stage) => this.#answer(stage, { address: senderOf(session), session, answer }),
          answer,
        );
      },
    };
  }

  async #receive(content: Promise<Buffer>, session: SMTPServerSession): Promise<SmtpStage> {
    const raw = await content;
    if (await this.#isFound(raw)) throw scannerError();
    if (this.refuse('data', senderOf(session)) !== null) return 'data';
    this.messages.push({
      from: senderOf(session),
      to: session.envelope.rcptTo.map(({ address }) => address),
      raw,
      secure: session.secure,
      user: typeof session.user === 'string' ? session.user : null,
    });
    return 'accepted';
  }

  async #isFound(raw: Buffer): Promise<boolean> {
    const { looksFor } = this.#options;
    if (looksFor === undefined) return false;
    const { subject, text, html } = await simpleParser(raw);
    const isFound = `${subject} ${text} ${html}`.includes(looksFor);
    if (isFound) this.refusedCount += 1;
    return isFound;
  }

  #answer(
    stage: SmtpStage,
    to: Readonly<{
      address: string;
      session: SMTPServerSession;
      answer: (error?: Error | null) => void;
    }>,
  ): void {
    const refusal = this.refuse(stage, to.address);
    if (refusal === null) {
      to.answer();
    } else if (refusal === 'disconnect') {
      for (const connection of this.#server?.connections ?? []) {
        if (connection.session === to.session) connection._socket.destroy();
      }
    } else if (refusal instanceof Promise) {
      void refusal.then(() => to.answer());
    } else if (refusal !== 'hang') {
      to.answer(Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
    }
  }
}

function scannerError(): Error {
  const text = '5.7.1 This message contains a virus or other harmful content';
  return Object.assign(new Error(text), { responseCode: 554 });
}

function senderOf(session: SMTPServerSession): string {
  const { mailFrom } = session.envelope;
  return mailFrom === false ? '' : mailFrom.address;
}
