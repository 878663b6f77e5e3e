/** What lies between a browser and a server, and forgets connections without a word to either: as a router does, or a laptop that sleeps. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class SilentNetwork implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  /** Both ends of each, and whether entries are followed over it. */
  readonly #connections = new Map<Socket, { far: Socket; isFollowed: boolean }>();

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  static async open(url: string): Promise<SilentNetwork> {
    const network = new SilentNetwork(new URL(url));
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Nothing goes through those any more over which entries are followed; the others end, and new ones work. */
  forgetConnections(): void {
    for (const [near, { far, isFollowed }] of this.#connections) {
      for (const end of [near, far]) {
        if (isFollowed) end.unpipe().resume();
        else end.destroy();
      }
    }
  }

  #join(near: Socket): void {
    const far = connect(Number(this.#target.port), this.#target.hostname);
    const connection = { far, isFollowed: false };
    this.#connections.set(near, connection);
    near.on('data', (chunk) => {
      connection.isFollowed = chunk.includes('GET /api/tail');
    });
    for (const end of [near, far]) end.on('error', () => {});
    near.pipe(far);
    far.pipe(near);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [near, { far }] of this.#connections) {
      near.destroy();
      far.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }
}
