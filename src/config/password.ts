/**
 * Passwords (mail server, cluster): from the file the config names, else the environment, else systemd's
 * credentials; wrapped at once, so that nothing prints it.
 */
import { readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import type { PasswordSource } from './settings.ts';

/** Where a password is looked for beside its file: a variable, and `LoadCredential=NAME:/path` of the unit. */
export type PasswordNames = Readonly<{ variable: string; credential: string }>;

export const EMAIL_PASSWORD: PasswordNames = {
  variable: 'LOGSTEAD_EMAIL_PASSWORD',
  credential: 'email_password',
};

export const CLICKHOUSE_PASSWORD: PasswordNames = {
  variable: 'LOGSTEAD_CLICKHOUSE_PASSWORD',
  credential: 'clickhouse_password',
};

export const CLICKHOUSE_READER_PASSWORD: PasswordNames = {
  variable: 'LOGSTEAD_CLICKHOUSE_READER_PASSWORD',
  credential: 'clickhouse_reader_password',
};

export type Environment = Readonly<Record<string, string | undefined>>;

export type PasswordReading =
  | Readonly<{ kind: 'none' }>
  | Readonly<{ kind: 'found'; password: Secret; source: PasswordSource; warning: string | null }>
  | Readonly<{ kind: 'refused'; from: 'file' | 'credential'; problem: string }>;

/** Each password that the settings need, as it was found. */
export type Passwords = Readonly<
  Record<'email' | 'clickhouseWriter' | 'clickhouseReader', PasswordReading>
>;

/** A whole key file is a mistake; passwords are shorter. */
const PASSWORD_BYTES_MAX = 1_024;

export function readPassword(
  passwordFile: string | null,
  names: PasswordNames,
  environment: Environment,
): PasswordReading {
  if (passwordFile !== null) {
    return readPasswordFile({ kind: 'file', path: passwordFile });
  }
  const fromEnvironment = environment[names.variable];
  if (fromEnvironment) {
    const source = { kind: 'environment', variable: names.variable } as const;
    return { kind: 'found', password: new Secret(fromEnvironment), source, warning: null };
  }
  const folder = environment.CREDENTIALS_DIRECTORY;
  if (!folder) return { kind: 'none' };
  const path = join(folder, names.credential);
  return isAbsent(path) ? { kind: 'none' } : readPasswordFile({ kind: 'credential', path });
}

/** One that may not even be looked at is not absent: reading it says why. */
function isAbsent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** A file that holds one secret: of a webhook, for example. */
export function readSecretFile(path: string): PasswordReading {
  const reading = readPasswordFile({ kind: 'file', path });
  if (reading.kind !== 'found' || reading.warning === null) return reading;
  return {
    ...reading,
    warning: 'everybody on this machine can read the file: chmod 600 or 640 it',
  };
}

function readPasswordFile(source: Extract<PasswordSource, { path: string }>): PasswordReading {
  const refuse = (problem: string): PasswordReading => ({
    kind: 'refused',
    from: source.kind,
    problem,
  });
  let stat: Stats;
  let text: string;
  try {
    stat = statSync(source.path);
    if (!stat.isFile()) return refuse('it is not a regular file');
    if (stat.size > PASSWORD_BYTES_MAX) return refuse('it is too large for a password');
    text = readFileSync(source.path, 'utf8');
  } catch (cause) {
    // The path is not repeated: what stands there may be the password itself.
    return refuse(`it cannot be read (${systemCodeOf(cause) ?? messageOf(cause)})`);
  }
  const password = text.replace(/\r?\n$/, '');
  if (password === '') return refuse('it is empty');
  if (/[\r\n\0]/.test(password)) return refuse('it holds more than one line');
  const isOpen = source.kind === 'file' && (stat.mode & 0o004) !== 0;
  const warning = isOpen
    ? 'everybody on this machine can read the password file: chmod 600 or 640 it'
    : null;
  return { kind: 'found', password: new Secret(password), source, warning };
}
