/**
 * The password of the mail server: from the file the config names, else the environment, else systemd's
 * credentials; wrapped at once, so that nothing prints it.
 */
import { readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import type { PasswordSource } from './settings.ts';

export const PASSWORD_VARIABLE = 'LOGSTEAD_EMAIL_PASSWORD';

/** `LoadCredential=email_password:/path` in the unit. */
export const PASSWORD_CREDENTIAL = 'email_password';

export type Environment = Readonly<Record<string, string | undefined>>;

export type PasswordReading =
  | Readonly<{ kind: 'none' }>
  | Readonly<{ kind: 'found'; password: Secret; source: PasswordSource; warning: string | null }>
  | Readonly<{ kind: 'refused'; problem: string }>;

/** A whole key file is a mistake; passwords are shorter. */
const PASSWORD_BYTES_MAX = 1_024;

export function readPassword(
  passwordFile: string | null,
  environment: Environment,
): PasswordReading {
  if (passwordFile !== null) {
    return readPasswordFile({ kind: 'file', path: passwordFile });
  }
  const fromEnvironment = environment[PASSWORD_VARIABLE];
  if (fromEnvironment) {
    const source = { kind: 'environment', variable: PASSWORD_VARIABLE } as const;
    return { kind: 'found', password: new Secret(fromEnvironment), source, warning: null };
  }
  const folder = environment.CREDENTIALS_DIRECTORY;
  if (!folder) return { kind: 'none' };
  const path = join(folder, PASSWORD_CREDENTIAL);
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  return isThere ? readPasswordFile({ kind: 'credential', path }) : { kind: 'none' };
}

function readPasswordFile(source: Extract<PasswordSource, { path: string }>): PasswordReading {
  const refuse = (problem: string): PasswordReading => ({ kind: 'refused', problem });
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
