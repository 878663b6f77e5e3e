/**
 * What daemon and commands say to each other over `state/control.sock`: one JSON object a line.
 *
 * Request `{"id":1,"command":"rotate","args":{}}`, response `{"id":1,"result":…}` or
 * `{"id":1,"error":{"code":…,"message":…,"hint":…}}`. Requests of one connection are answered in order.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

export const SOCKET_NAME = 'control.sock';

/** Longest request: commands are small, and whoever sends more is not one of ours. */
export const REQUEST_BYTES_MAX = 1024 * 1024;
/** Longest answer a command takes: a status of thousands of files fits. */
export const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;

export type ControlRequest = Readonly<{ id: number; command: string; args: unknown }>;
export type ControlFailure = Readonly<{ code: string; message: string; hint: string | null }>;
export type ControlResponse =
  | Readonly<{ id: number; result: unknown }>
  | Readonly<{ id: number; error: ControlFailure }>;

/** What the kernel holds for the name of a socket (`sun_path`), the final 0 not counted. */
const SOCKET_PATH_BYTES_MAX = 107;

/**
 * A socket's address, however long its folder's path is. Where it does not fit, the folder is opened and the
 * socket named through it (`/proc/self/fd/N/…`): no second place, no pointer file. Keep it open while binding,
 * connecting and unlinking.
 */
export class SocketAddress implements AsyncDisposable {
  readonly path: string;
  readonly #folder: FileHandle | null;

  private constructor(path: string, folder: FileHandle | null) {
    this.path = path;
    this.#folder = folder;
  }

  static async open(folder: string, name: string): Promise<SocketAddress> {
    const path = join(folder, name);
    if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return new SocketAddress(path, null);
    const handle = await open(folder, 'r');
    return new SocketAddress(`/proc/self/fd/${handle.fd}/${name}`, handle);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder?.close();
  }
}

/** The lines of a stream of chunks, without their newline; throws RangeError on a longer one than `bytesMax`. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  { bytesMax }: Readonly<{ bytesMax: number }>,
): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let partBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      partBytes = 0;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    partBytes += chunk.length - start;
    if (partBytes > bytesMax) throw new RangeError(`a line has more than ${bytesMax} bytes`);
  }
}
