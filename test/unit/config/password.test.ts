/** Where the mail password comes from, in which order, and that nothing prints it. */
import { chmodSync, symlinkSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { readConfig } from '../../../src/config/load-settings.ts';
import { formatWarning } from '../../../src/config/mistakes.ts';
import { settingsText } from '../../../src/config/settings-text.ts';
import { TempFolder } from '../../support/temp-folder.ts';

function readEmail(
  folder: TempFolder,
  lines: string,
  environment: Readonly<Record<string, string>> = {},
) {
  const email = '[email]\nhost = mail.example.org\nfrom = a@example.org\nto = b@example.org\n';
  const path = folder.write('config/config.ini', `${minimalConfig()}${email}${lines}`);
  return readConfig(path, environment);
}

test('the password comes from its file, without the last line break', () => {
  using folder = TempFolder.make();
  chmodSync(folder.write('secret', ' hunter2 \r\n'), 0o640);
  const { settings, mistakes, warnings } = readEmail(folder, 'user = u\npassword_file = secret\n');
  expect({ mistakes, warnings }).toEqual({ mistakes: [], warnings: [] });
  expect(settings?.email?.password?.reveal()).toBe(' hunter2 ');
  expect(settings?.email?.passwordSource).toEqual({ kind: 'file', path: folder.join('secret') });
});

test('the password comes from the file first, then the environment, then systemd', () => {
  using folder = TempFolder.make();
  const credentials = folder.makeFolder('credentials');
  chmodSync(folder.write('secret', 'from file'), 0o600);
  folder.write('credentials/email_password', 'from systemd\n');
  const all = { LOGSTEAD_EMAIL_PASSWORD: 'from environment', CREDENTIALS_DIRECTORY: credentials };
  const found = (lines: string, environment: Readonly<Record<string, string>>) => {
    const { settings } = readEmail(folder, `user = u\n${lines}`, environment);
    const { password, passwordSource } = settings?.email ?? {};
    return [password?.reveal(), passwordSource?.kind];
  };
  expect(found('password_file = secret\n', all)).toEqual(['from file', 'file']);
  expect(found('', all)).toEqual(['from environment', 'environment']);
  expect(found('', { CREDENTIALS_DIRECTORY: credentials })).toEqual(['from systemd', 'credential']);
});

test('a credential that may not be looked at is a mistake of the config, and no fault', () => {
  using folder = TempFolder.make();
  // As a closed folder to a service, which root cannot try: a link to itself leads nowhere.
  symlinkSync('credentials', folder.join('credentials'));
  const environment = { CREDENTIALS_DIRECTORY: folder.join('credentials') };
  expect(readEmail(folder, 'user = u\n', environment).mistakes).toMatchObject([
    {
      problem:
        'the password cannot be taken from the credential that systemd passes: it cannot be read (ELOOP)',
    },
  ]);
});

test('nothing prints the password', () => {
  using folder = TempFolder.make();
  const { settings } = readEmail(folder, 'user = u\n', { LOGSTEAD_EMAIL_PASSWORD: 'hunter2' });
  if (settings === null) expect.unreachable();
  const printed = [
    JSON.stringify(settings),
    inspect(settings, { depth: 9, showHidden: true }),
    `${settings.email?.password}`,
    settingsText(settings),
  ];
  expect(printed.join('\n')).not.toContain('hunter2');
  expect(printed[0]).toContain('(hidden)');
});

test.each([
  ['missing', null, 'it cannot be read (ENOENT)'],
  ['empty', '\n', 'it is empty'],
  ['of several lines', 'a\nb\n', 'it holds more than one line'],
  ['too large', 'x'.repeat(2_000), 'it is too large for a password'],
])(
  'a password file that is %s is a mistake, and its name is not repeated',
  (_what, text, reason) => {
    using folder = TempFolder.make();
    if (text !== null) folder.write('s3cret', text);
    const { mistakes } = readEmail(folder, 'user = u\npassword_file = s3cret\n');
    expect(mistakes).toMatchObject([
      { line: 11, key: 'password_file', problem: expect.stringContaining(reason), given: null },
    ]);
    expect(JSON.stringify(mistakes)).not.toContain('s3cret');
  },
);

test('a password file that everybody can read is a warning', () => {
  using folder = TempFolder.make();
  chmodSync(folder.write('secret', 'hunter2'), 0o644);
  const { settings, warnings } = readEmail(folder, 'user = u\npassword_file = secret\n');
  expect(warnings.map(formatWarning)).toEqual([
    'line 11  [email] `password_file`: everybody on this machine can read the password file: chmod 600 or 640 it',
  ]);
  expect(settings?.warnings).toEqual(warnings);
});

test('a user without a password, and a password file without a user, are mistakes', () => {
  using folder = TempFolder.make();
  folder.write('secret', 'hunter2');
  expect(readEmail(folder, 'user = u\n').mistakes).toMatchObject([
    { line: 10, key: 'user', problem: 'to sign in, a password is needed' },
  ]);
  expect(readEmail(folder, 'password_file = secret\n').mistakes).toMatchObject([
    {
      line: 10,
      key: 'password_file',
      problem: 'there is a password, but no `user` to sign in with',
    },
  ]);
  const withoutSignIn = readEmail(folder, '', { LOGSTEAD_EMAIL_PASSWORD: 'p' });
  expect(withoutSignIn.settings?.email?.password).toBeNull();
});

test.each([
  ['mail.example.org', 1],
  ['10.0.0.1', 1],
  ['localhost', 0],
  ['127.0.0.1', 0],
  ['::1', 0],
])('no encryption to %s gives %d warnings', (host, count) => {
  using folder = TempFolder.make();
  const { warnings } = readEmail(folder, `secure = none\n`);
  expect(warnings).toHaveLength(1);
  const text = `${minimalConfig()}[email]\nhost = ${host}\nfrom = a@b\nto = a@b\nsecure = none\n`;
  expect(readConfig(folder.write('c.ini', text), {}).warnings).toHaveLength(count);
});

test('what is secret in the address of a webhook is shown neither where it is right nor where it is wrong', () => {
  using folder = TempFolder.make();
  const read = (url: string) => {
    const text = `${minimalConfig()}[webhook:team]\nurl = ${url}\n`;
    return readConfig(folder.write('config/config.ini', text), {});
  };
  const shown = (url: string) => {
    const { settings } = read(url);
    if (settings === null) expect.unreachable();
    return /^;?url = .*$/m.exec(settingsText(settings))?.[0];
  };
  expect(shown('https://hooks.example.org:8443/services/T0/xyzzy?a=b')).toBe(
    ';url = https://hooks.example.org:8443/(hidden)',
  );
  expect(shown('https://hooks.example.org')).toBe('url = https://hooks.example.org');
  const { mistakes } = read('htps://hooks.example.org/services/xyzzy');
  expect(mistakes).toMatchObject([{ key: 'url', given: null }]);
  expect(JSON.stringify(mistakes)).not.toContain('xyzzy');
});
