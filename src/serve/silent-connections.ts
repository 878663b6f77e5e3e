/**
 * Connections that ask nothing: those on which no request has come yet, and those kept open behind an answer.
 *
 * Past a number of them the one that has been silent longest is closed. The newcomer is not turned away: whoever opens
 * connections and says nothing, by mistake or not, would shut out everybody else until they time out.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Half of those that a server takes: a client that asks as it connects is never the longest silent of so many. */
export const SILENT_MAX = 128;

export function limitSilentConnections(server: Server): void {
  /** By the address of their other end, the longest silent first. */
  const silent = new Map<string, Socket>();
  const add = (socket: Socket, peer: string): void => {
    if (socket.destroyed) return;
    silent.set(peer, socket);
    const [longest] = silent.values();
    if (silent.size > SILENT_MAX) longest?.destroy();
  };
  const begin = (socket: Socket): void => {
    const peer = peerOf(socket);
    add(socket, peer);
    socket.once('close', () => {
      if (silent.get(peer) === socket) silent.delete(peer);
    });
  };
  server.on('connection', begin);
  // What is encrypted is a socket of its own over the first one.
  server.on('secureConnection', begin);
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const peer = peerOf(socket);
    silent.delete(peer);
    response.once('close', () => add(socket, peer));
  });
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
