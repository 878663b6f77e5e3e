/** Ports for servers that cannot be told to take any free one. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const PORT_MIN = 10_000;
const PORT_MAX = 32_000;
const OUTGOING_RANGE_PATH = '/proc/sys/net/ipv4/ip_local_port_range';

/**
 * A port on the loopback address that nobody listens on, below those that the system gives to outgoing connections: one
 * of them could take the port before the server has it, or while the server is down.
 */
export async function freePort(): Promise<number> {
  const max = portMax();
  for (;;) {
    const port = randomInt(PORT_MIN, max);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

function portMax(): number {
  if (!existsSync(OUTGOING_RANGE_PATH)) return PORT_MAX;
  const [outgoingMin] = readFileSync(OUTGOING_RANGE_PATH, 'utf8').trim().split(/\s+/).map(Number);
  // A system that gives away nearly every port leaves no safe ones.
  return outgoingMin! > PORT_MIN ? Math.min(outgoingMin!, PORT_MAX) : PORT_MAX;
}
