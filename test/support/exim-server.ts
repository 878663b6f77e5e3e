/**
 * Debian's exim4 with a config of its own, on loopback: STARTTLS, then AUTH, then delivery into a maildir.
 *
 * Nothing of the system's own exim is touched: config, spool, logs and mail are in a temporary folder. Needs root: exim
 * delivers as its own user.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { freePort } from './free-port.ts';
import { SINK_CERTIFICATE_PATH } from './smtp-sink.ts';
import { TempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';

export const EXIM_LOGIN = { user: 'u', password: 'p' } as const;

function configText(folder: string, port: number): string {
  return `
primary_hostname = localhost
domainlist local = example.org
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/exim.pid
local_interfaces = 127.0.0.1.${port}
tls_advertise_hosts = *
tls_certificate = ${folder}/certificate.pem
tls_privatekey = ${folder}/key.pem
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = acl_rcpt
host_lookup =
keep_environment =
message_size_limit = 5M
exim_user = Debian-exim
exim_group = Debian-exim
begin acl
acl_rcpt:
  deny  !authenticated = *
        message = authentication required
  deny  local_parts = nouser
        message = no such user
  accept domains = +local
  deny message = relay denied
begin routers
all:
  driver = accept
  domains = +local
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = ${folder}/mail/inbox
  create_directory
  user = Debian-exim
  delivery_date_add
  envelope_to_add
  return_path_add
begin retry
* * F,1m,10s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = \${if and{{eq{$auth2}{${EXIM_LOGIN.user}}}{eq{$auth3}{${EXIM_LOGIN.password}}}}}
  server_set_id = $auth2
`;
}

export class EximServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: TempFolder;
  readonly #child: ChildProcess;
  #output = '';

  private constructor(folder: TempFolder, child: ChildProcess, port: number) {
    this.#folder = folder;
    this.#child = child;
    this.port = port;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  static async listen(program: string): Promise<EximServer> {
    const folder = TempFolder.make();
    // Its own user has to get through, and to write.
    chmodSync(folder.path, 0o755);
    for (const name of ['spool', 'log', 'mail']) chmodSync(folder.makeFolder(name), 0o777);
    copyFileSync(SINK_CERTIFICATE_PATH, folder.join('certificate.pem'));
    copyFileSync(
      SINK_CERTIFICATE_PATH.replace('certificate.pem', 'key.pem'),
      folder.join('key.pem'),
    );
    chmodSync(folder.join('key.pem'), 0o644);
    const port = await freePort();
    const config = folder.write('exim.conf', configText(folder.path, port));
    const child = spawn(program, ['-C', config, '-bdf'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new EximServer(folder, child, port);
    try {
      await waitFor(() => answers(port), {
        what: 'exim4 to listen',
        found: () => server.#output,
        timeoutMs: 20_000,
      });
      return server;
    } catch (cause) {
      await server[Symbol.asyncDispose]();
      throw cause;
    }
  }

  /** Mails in the maildir, oldest first. */
  mails(): Promise<ParsedMail[]> {
    const inbox = this.#folder.join('mail/inbox/new');
    const names = existsSync(inbox) ? readdirSync(inbox).sort() : [];
    return Promise.all(names.map((name) => simpleParser(readFileSync(`${inbox}/${name}`))));
  }

  async waitForMails(count: number): Promise<ParsedMail[]> {
    return waitFor(
      async () => {
        const mails = await this.mails();
        return mails.length >= count && mails;
      },
      { what: `${count} mails`, found: () => this.log(), timeoutMs: 60_000 },
    );
  }

  /** What exim says it did: TLS and sign-in stand in it. */
  log(): string {
    const path = this.#folder.join('log/mainlog');
    return existsSync(path) ? readFileSync(path, 'utf8') : this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'close');
      this.#child.kill('SIGTERM');
      await ended;
    }
    this.#folder[Symbol.dispose]();
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
