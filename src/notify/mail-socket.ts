/**
 * The connection to a mail server, by the names that this machine knows. nodemailer asks name servers first: what `/etc/hosts` says
 * of the host was not looked at, and what they said of `localhost` got the mail and the password.
 */
import { lookup } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { isLoopbackHost } from '../base/loopback.ts';

/** Of a host with several addresses each gets so long before the next is tried. */
const ADDRESS_MS = 3_000;

/** `localhost` is this machine, whoever says what of it (RFC 6761). */
const LOOPBACK = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

const lookupHost: LookupFunction = (host, options, callback) => {
  if (!isLoopbackHost(host)) lookup(host, options, callback);
  else if (options.all === true) callback(null, LOOPBACK);
  else callback(null, '127.0.0.1', 4);
};

/** Of a server that cannot be reached in time. */
export class SilentServer extends Error {
  override name = 'SilentServer';
  readonly code = 'ETIMEDOUT';
  override message = 'it takes too long';
}

type Done = (error: Error | null, result?: Readonly<{ connection: Socket; name: string }>) => void;

/** As nodemailer asks for one: without TLS yet, and with nothing read from it. */
export function mailSocket(
  { host, port }: Readonly<{ host: string; port: number }>,
  timeoutMs: number,
): (options: unknown, done: Done) => void {
  return (_options, done) => {
    const connection = connect({
      host,
      port,
      timeout: timeoutMs,
      lookup: lookupHost,
      autoSelectFamilyAttemptTimeout: ADDRESS_MS,
    });
    const late = (): void => void connection.destroy(new SilentServer());
    connection
      .once('timeout', late)
      .once('error', done)
      .once('connect', () => {
        connection.off('error', done).off('timeout', late);
        done(null, { connection, name: greetingName(connection) });
      });
  };
}

/** A machine without a domain is named by the address that the server sees (RFC 5321, 4.1.4): another is taken for a lie. */
function greetingName({ localAddress = '127.0.0.1' }: Socket): string {
  const name = hostname();
  if (name.includes('.') && isIP(name) === 0) return name;
  const [address = ''] = localAddress.split('%');
  return isIP(address) === 6 ? `[IPv6:${address}]` : `[${address}]`;
}
