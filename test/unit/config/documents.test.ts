/** What is made from the declaration: the shipped config, the table in README.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  minimalConfig,
  settingsTable,
  shippedConfig,
  withSettingsTable,
} from '../../../src/config/config-template.ts';
import { SECTION_KINDS, sectionOf } from '../../../src/config/declaration.ts';
import { defaultSettings, settingsFromText } from '../../../src/config/load-settings.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const HOW = 'write it anew: npm exec -- node test/support/write-documents.ts';

test('config/config.ini is what the declaration says', () => {
  expect(readFileSync(join(PROJECT, 'config/config.ini'), 'utf8'), HOW).toBe(shippedConfig());
});

test('README.md has the settings table that the declaration says', () => {
  const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8');
  expect(withSettingsTable(readme), HOW).toBe(readme);
});

/** The section that shows whole configs; other sections show pieces. */
function configurationOf(readme: string): string {
  return readme.slice(readme.indexOf('\n## Configuration\n'));
}

test('README.md shows pieces of configs that work', () => {
  const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8');
  using folder = TempFolder.make();
  const password = folder.write('email-password', 'secret');
  const pieces = Array.from(readme.matchAll(/```ini\n(.*?)```/gs), (block) => block[1]!);
  expect(pieces.length).toBeGreaterThan(3);
  for (const piece of pieces) {
    const folders = piece.includes('[paths]') ? '' : minimalConfig();
    const text = `${folders}\n${piece.replace('/etc/logstead/email-password', password)}`;
    expect(() => settingsFromText(text, { projectFolder: '/srv' })).not.toThrow();
  }
});

test('README.md shows configs that work', () => {
  const readme = configurationOf(readFileSync(join(PROJECT, 'README.md'), 'utf8'));
  const [four = '', more = ''] = Array.from(
    readme.matchAll(/```ini\n(.*?)```/gs),
    (block) => block[1],
  );
  expect(settingsFromText(four, { projectFolder: '/srv' })).toEqual(defaultSettings('/srv'));
  using folder = TempFolder.make();
  const password = folder.write('email-password', 'secret');
  const text = `${four}${more.replace('/etc/logstead/email-password', password)}`;
  const { alerts, watches, email } = settingsFromText(text, { projectFolder: '/srv' });
  expect(alerts.map((alert) => alert.name)).toEqual(['payment timeouts']);
  expect(watches.map((watch) => watch.name)).toEqual(['nginx', 'log_dir']);
  expect(email?.user).toBe('logstead');
});

test('README.md shows mistakes as they are printed', () => {
  const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8');
  const shown = /```\n(line 12 .*?)\n```/s.exec(readme)?.[1];
  const rest = '[alert:errors]\ntreshold = 5\nwhen = *\nwindow = 5 minutes\n';
  const text = `${minimalConfig()}${'\n'.repeat(5)}${rest}`;
  expect(() => settingsFromText(text, { projectFolder: '/srv' })).toThrow(
    `Cannot use "config": 2 mistakes\n${shown}`,
  );
});

test('withSettingsTable() is null without markers', () => {
  expect(withSettingsTable('# Title\n')).toBeNull();
});

test('shippedConfig() differs from the defaults by one sample rule', () => {
  const shipped = settingsFromText(shippedConfig(), { projectFolder: '/srv/logstead' });
  const { alerts, ...others } = shipped;
  const { alerts: none, ...defaults } = defaultSettings('/srv/logstead');
  expect(others).toEqual(defaults);
  expect(none).toEqual([]);
  expect(alerts).toMatchObject([
    { name: 'errors', when: 'level>=error', threshold: 5, windowMs: 120_000, notify: ['file'] },
  ]);
});

test('shippedConfig() is a valid config with every example taken', () => {
  using folder = TempFolder.make();
  const password = folder.write('email-password', 'secret\n');
  const text = shippedConfig()
    .replaceAll(/^;/gm, '')
    .replaceAll(/\/etc\/logstead\/([\w-]+-password|hook-secret|hook-token)$/gm, password);
  const settings = settingsFromText(text, { projectFolder: folder.path });
  expect(settings.email?.to).toEqual(['ops@example.org']);
  expect(settings.watches.map((watch) => watch.name)).toEqual(['nginx', 'log_dir']);
});

test('shippedConfig() and settingsTable() name every setting; README.md alone those of some kinds of rules', () => {
  for (const kind of SECTION_KINDS) {
    for (const key of Object.keys(sectionOf(kind).settings)) {
      if (kind !== 'alert') expect(shippedConfig()).toMatch(new RegExp(`^;?${key} =`, 'm'));
      expect(settingsTable()).toContain(`| \`${key}\` |`);
    }
  }
});

test('the declaration says every sentence with a capital and a stop', () => {
  for (const kind of SECTION_KINDS) {
    const section = sectionOf(kind);
    const sentences = Object.values(section.settings).map((setting) => setting.sentence);
    for (const sentence of [section.sentence, ...sentences]) {
      expect(sentence).toMatch(/^(?:[A-Z].*|A .*)\.$/);
    }
  }
});

test('minimalConfig() is the four folders and nothing else', () => {
  expect(minimalConfig()).toBe(
    '[paths]\nlog_dir = logs\nreport_dir = reports\narchive_dir = archives\nnotify_dir = notifications\n',
  );
});
