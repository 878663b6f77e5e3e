/** A proxy before a real server, which may fail as proxies do: with a page of its own, or without an answer. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** `page`: answers 200 with a page of its own. `silent`: the server gets the request, its answer is lost. */
export type ProxyMode = 'forward' | 'page' | 'silent';

const PAGE = '<html><body>We are back soon</body></html>\n';

export class TestProxy implements AsyncDisposable {
  mode: ProxyMode = 'forward';
  /** Inserts that came, in any mode. */
  insertCount = 0;
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer((incoming, outgoing) => this.#take(target, incoming, outgoing));
  }

  static async start(target: string): Promise<TestProxy> {
    const proxy = new TestProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #take(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, headers, url = '/' } = incoming;
    const { mode } = this;
    if (/[?&]query=INSERT/.test(url)) this.insertCount += 1;
    if (mode === 'page') {
      incoming.resume().on('end', () => outgoing.end(PAGE));
      return;
    }
    const forwarded = request(new URL(url, target), { method, headers }, (answer) => {
      if (mode === 'silent') {
        answer.resume().on('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => incoming.socket.destroy());
    incoming.pipe(forwarded);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
