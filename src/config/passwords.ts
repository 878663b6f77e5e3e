/**
 * Settings between threads: a `Secret` does not survive the way, so passwords go beside them, to who needs them only.
 */
import { Secret } from '../base/secret.ts';
import type { ClickHouseUser, Settings } from './settings.ts';

/** In clear text: for the way between two threads, and nothing else. */
export type Passwords = Readonly<{
  email: string | null;
  clusterWriter: string | null;
  clusterReader: string | null;
}>;

const NONE: Passwords = { email: null, clusterWriter: null, clusterReader: null };

export function passwordsOf({ clickhouse, email }: Settings): Passwords {
  return {
    email: email?.password?.reveal() ?? null,
    clusterWriter: clickhouse?.writer.password?.reveal() ?? null,
    clusterReader: clickhouse?.reader.password?.reveal() ?? null,
  };
}

export function withoutPasswords(settings: Settings): Settings {
  return withPasswords(settings, NONE);
}

/** The same settings with these passwords and no others. */
export function withPasswords(settings: Settings, passwords: Passwords): Settings {
  const { clickhouse, email } = settings;
  const user = ({ name }: ClickHouseUser, password: string | null): ClickHouseUser => ({
    name,
    password: secretOf(password),
  });
  return {
    ...settings,
    email: email === null ? null : { ...email, password: secretOf(passwords.email) },
    clickhouse:
      clickhouse === null
        ? null
        : {
            ...clickhouse,
            writer: user(clickhouse.writer, passwords.clusterWriter),
            reader: user(clickhouse.reader, passwords.clusterReader),
          },
  };
}

function secretOf(password: string | null): Secret | null {
  return password === null ? null : new Secret(password);
}
