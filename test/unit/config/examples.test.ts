/** The configs in `config/examples`: each is without mistake, and each is read as it says. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { settingChecks } from '../../../src/cli/settings-for.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { readConfig, settingsFromText } from '../../../src/config/load-settings.ts';
import { archivedFolders } from '../../../src/service/unit-files.ts';

const FOLDER = fileURLToPath(new URL('../../../config/examples', import.meta.url));
const NAMES = readdirSync(FOLDER);

function read(name: string) {
  const reading = readConfig(`${FOLDER}/${name}`, {}, settingChecks(systemClock));
  expect(reading.mistakes).toEqual([]);
  return reading.settings!;
}

test.each(NAMES)('%s has no mistake', (name) => {
  expect(read(name).alerts.length).toBeGreaterThan(0);
});

test('the examples archive what they say', () => {
  expect(archivedFolders(read('follow-only.ini'))).toEqual([]);
  expect(archivedFolders(read('nginx-app-postgres.ini'))).toEqual(['/srv/shop/log']);
});

test('a password that only the service can read is no mistake for who signs in nowhere', () => {
  const text = '[email]\nhost = smtp.example.org\nuser = a\nfrom = a@b.example\nto = a@b.example\n';
  const checks = { ...settingChecks(systemClock), projectFolder: '/srv' };
  const config = `${minimalConfig()}\n${text}`;
  expect(() => settingsFromText(config, checks)).toThrow(/a password is needed/);
  const settings = settingsFromText(config, { ...checks, needsPasswords: false });
  expect(settings.warnings.map((warning) => warning.text)).toEqual([
    'to sign in, a password is needed; this command has none, the service may',
  ]);
});
