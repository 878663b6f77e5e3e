/** Whether a host name or address stays inside this machine: what may be plain, unauthenticated, or both. */
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** `localhost` (RFC 6761: always loopback), `127.0.0.0/8`, `::1`. Any other name may be anywhere. */
export function isLoopbackHost(host: string): boolean {
  const family = isIP(host);
  if (family !== 0) return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
  return host.toLowerCase() === 'localhost';
}
