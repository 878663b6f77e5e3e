/**
 * Calls between threads: a request carries a name and one value, the answer its result or its error.
 *
 * One side serves a table of handlers, the other calls them by name; both sides may do both. Events go
 * one way and are not answered. Values are structured clones: plain data, no functions, no class instances.
 * An `OperatorError` arrives as one, with its code and hint; so does what SQLite says of a damaged database.
 */
import type { MessagePort, Worker } from 'node:worker_threads';
import { type ErrorCode, messageOf, OperatorError } from './errors.ts';
import { asStateFailure } from './state-failure.ts';

type Port = Pick<MessagePort, 'postMessage' | 'on' | 'off'> | Worker;

type Message =
  | Readonly<{ kind: 'call'; id: number; name: string; value: unknown }>
  | Readonly<{ kind: 'result'; id: number; value: unknown }>
  | Readonly<{ kind: 'error'; id: number; error: SentError }>
  | Readonly<{ kind: 'event'; name: string; value: unknown }>;

type SentError = Readonly<{
  message: string;
  stack: string | null;
  code: ErrorCode | null;
  hint: string | null;
}>;

// biome-ignore lint/suspicious/noExplicitAny: each handler checks or knows its own value; the table mixes them
export type CallHandlers = Readonly<Record<string, (value: any) => unknown>>;

/** The other side went away before it answered. */
export class ThreadGone extends Error {
  override name = 'ThreadGone';
}

/** One end of a conversation between two threads. */
export class ThreadCalls implements Disposable {
  readonly #port: Port;
  readonly #handlers: CallHandlers;
  readonly #events: CallHandlers;
  readonly #waiting = new Map<
    number,
    { resolve(value: unknown): void; reject(cause: unknown): void }
  >();
  #nextId = 1;
  #gone: Error | null = null;
  readonly #receive = (message: Message): void => this.#onMessage(message);

  constructor(
    port: Port,
    sides: Readonly<{ handlers?: CallHandlers; events?: CallHandlers }> = {},
  ) {
    this.#port = port;
    this.#handlers = sides.handlers ?? {};
    this.#events = sides.events ?? {};
    port.on('message', this.#receive);
  }

  /** Ask the other side; rejects with its error, or with `ThreadGone`. */
  call<Result>(name: string, value?: unknown): Promise<Result> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#send({ kind: 'call', id, name, value });
    });
  }

  /** Tell the other side; nobody answers. */
  emit(name: string, value?: unknown): void {
    if (this.#gone === null) this.#send({ kind: 'event', name, value });
  }

  /** The other side ended: everything waiting for it fails. */
  gone(reason: string): void {
    this.#gone = new ThreadGone(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.#port.off('message', this.#receive);
    if (this.#gone === null) this.gone('the conversation was closed');
  }

  #send(message: Message): void {
    this.#port.postMessage(message);
  }

  #onMessage(message: Message): void {
    switch (message.kind) {
      case 'call':
        void this.#serve(message.id, message.name, message.value);
        return;
      case 'event':
        this.#events[message.name]?.(message.value);
        return;
      default: {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.kind === 'result') waiting?.resolve(message.value);
        else waiting?.reject(receivedError(message.error));
      }
    }
  }

  async #serve(id: number, name: string, value: unknown): Promise<void> {
    try {
      const handler = this.#handlers[name];
      if (handler === undefined) throw new Error(`No thread serves "${name}"`);
      this.#send({ kind: 'result', id, value: await handler(value) });
    } catch (thrown) {
      this.#send({ kind: 'error', id, error: sentError(thrown) });
    }
  }
}

function sentError(caught: unknown): SentError {
  const thrown = asStateFailure(caught);
  return {
    message: messageOf(thrown),
    stack: thrown instanceof Error ? (thrown.stack ?? null) : null,
    code: thrown instanceof OperatorError ? thrown.code : null,
    hint: thrown instanceof OperatorError ? (thrown.hint ?? null) : null,
  };
}

/** What a thread ended with, as it was thrown there: on its way here it has kept its properties, and no class. */
export function endOfThread(cause: Error): Error {
  const { message, stack = null, name } = cause;
  if (name !== 'OperatorError') return cause;
  const { code = null, hint = null } = cause as Partial<SentError>;
  return receivedError({ message, stack, code, hint });
}

function receivedError(error: SentError): Error {
  if (error.code !== null) {
    return new OperatorError(
      error.code,
      error.message,
      error.hint === null ? {} : { hint: error.hint },
    );
  }
  const received = new Error(error.message);
  if (error.stack !== null) received.stack = error.stack;
  return received;
}
