/** Where mail goes on a machine that has names of its own, and a name server that says something else of them. */
import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { MAIN_PATH, runCommand, TestProject } from '../support/daemon-process.ts';
import { needsRoot, skipsWithout } from '../support/needs.ts';
import { SmtpSink } from '../support/smtp-sink.ts';

const NAME_SERVER = '127.0.9.53';
/** For one command: its own `/etc/hosts` and name server. */
const OWN_NAMES =
  'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"';

function configOf(host: string, port: number): string {
  return `[email]
host = ${host}
port = ${port}
secure = none
from = logstead@example.org
to = ops@example.org
`;
}

test.for(['localhost', 'mail.example.org'])(
  'mail goes to where the machine says that %s is, not its name server',
  async (host, context) => {
    needsRoot(context);
    if (spawnSync('unshare', ['--mount', 'true']).status !== 0) {
      skipsWithout(context, 'the right to make a mount namespace');
    }
    await using sink = await SmtpSink.listen();
    using project = TestProject.make(configOf(host, sink.port));
    const { stdout } = await doctorWithOwnNames(project);
    expect(stdout).toContain(`${host}:${sink.port} took a test mail`);
    expect(sink.messages).toHaveLength(1);
  },
);

async function doctorWithOwnNames(project: TestProject): Promise<{ stdout: string }> {
  const hosts = project.folder.write('hosts', '127.0.0.1 localhost mail.example.org\n');
  const resolver = project.folder.write('resolv.conf', `nameserver ${NAME_SERVER}\n`);
  const server = createSocket('udp4');
  server.on('message', (query, { port, address }) => answer(server, { query, port, address }));
  server.bind(53, NAME_SERVER);
  await once(server, 'listening');
  const doctor = [process.execPath, MAIN_PATH, '--config', project.configPath, 'doctor'];
  const args = [OWN_NAMES, 'sh', hosts, resolver, ...doctor, '--send-test-mail'];
  const ended = await runCommand('unshare', ['--mount', 'sh', '-c', ...args]);
  server.close();
  return ended;
}

/** Every name is at 127.0.0.2, where nobody listens. */
function answer(
  server: Socket,
  { query, port, address }: Readonly<{ query: Buffer; port: number; address: string }>,
): void {
  const question = query.subarray(0, query.indexOf(0, 12) + 5);
  const isIpv4 = question.readUInt16BE(question.length - 4) === 1;
  const header = Buffer.from([
    ...query.subarray(0, 2),
    0x84,
    0x80,
    0,
    1,
    0,
    isIpv4 ? 1 : 0,
    0,
    0,
    0,
    0,
  ]);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 2];
  const records = Buffer.from(isIpv4 ? record : []);
  server.send(Buffer.concat([header, question.subarray(12), records]), port, address);
}
