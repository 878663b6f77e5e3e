/** Commands on a real terminal: the pager and its end, colours, the live picture and its keys, what is left behind. */
import { describe, expect, test } from 'vitest';
import { IncidentStore } from '../../src/alert/incident-store.ts';
import { Database } from '../../src/base/database.ts';
import { CONFIG_TEXT } from '../support/command-line.ts';
import { TestStore } from '../support/engine-store.ts';
import type { TestEntry } from '../support/entry-rows.ts';
import { needsProgram } from '../support/needs.ts';
import { PtyProcess } from '../support/pty-process.ts';
import { TempFolder } from '../support/temp-folder.ts';

const ENTRIES: readonly TestEntry[] = Array.from({ length: 100 }, (_, index) => ({
  timestampUs: 1_700_000_000_000_000 + index * 1e6,
  level: index % 10 === 0 ? 'ERROR' : 'INFO',
  source: 'api',
  message: `step ${index} of many für alle`,
}));

/** More text than is held back before the pager is started. */
const MANY_ENTRIES: readonly TestEntry[] = Array.from({ length: 40_000 }, (_, index) => ({
  ...ENTRIES[0]!,
  timestampUs: 1_700_000_000_000_000 + index,
  message: `step ${index} of a longer way than fits any window`,
}));

/** Marks that a full-screen program sends: the other screen, and back. */
const OTHER_SCREEN = '\x1b[?1049h';
const OWN_SCREEN = '\x1b[?1049l';

// A busy machine starts a process in seconds, not in a tenth of one.
describe('logstead on a terminal', { timeout: 120_000 }, () => {
  test('shows what is longer than the window in less, and ends with it', async (context) => {
    needsProgram(context, 'script');
    needsProgram(context, 'less');
    using folder = projectWithEntries();
    // As over a connection that passes no language on.
    const environment = { LC_ALL: 'C' };
    await using pty = PtyProcess.start(['search', 'source:api', '-n', '0'], {
      cwd: folder.path,
      environment,
    });
    // Newest first, in colour, and the end is not shown yet.
    await pty.shows('step 99 of many für alle');
    await pty.shows(':');
    expect(pty.text).toContain('\x1b[1;31mERROR\x1b[0m');
    expect(pty.text).not.toContain('step 0 of many');
    pty.type('G');
    await pty.shows('step 0 of many');
    pty.type('q');
    expect(await pty.ended()).toBe(0);
  });

  test('begins at the newest entry with -e', async (context) => {
    needsProgram(context, 'script');
    needsProgram(context, 'less');
    using folder = projectWithEntries();
    await using pty = PtyProcess.start(['search', 'source:api', '-e'], { cwd: folder.path });
    await pty.shows('step 99 of many');
    expect(pty.text).not.toContain('step 10 of many');
    pty.type('g');
    await pty.shows('step 0 of many');
    pty.type('q');
    expect(await pty.ended()).toBe(0);
  });

  test('writes what fits the window without a pager', async (context) => {
    needsProgram(context, 'script');
    using folder = projectWithEntries();
    const environment = { LOGSTEAD_PAGER: '/nowhere/pager' };
    await using pty = PtyProcess.start(['search', 'source:api', '-n', '3'], {
      cwd: folder.path,
      environment,
    });
    expect(await pty.ended()).toBe(0);
    expect(pty.text.match(/step \d+ of many/g)).toEqual(
      ['step 97 of many', 'step 98 of many', 'step 99 of many'].toReversed(),
    );
  });

  test('draws top on the other screen, answers its keys, and leaves the terminal as it was', async (context) => {
    needsProgram(context, 'script');
    using folder = projectWithEntries();
    await using pty = PtyProcess.start(['top'], { cwd: folder.path });
    await pty.shows('? help');
    expect(pty.text).toContain(OTHER_SCREEN);
    expect(pty.text).not.toContain(OWN_SCREEN);
    pty.type('?');
    await pty.shows('only sources that contain a text');
    pty.type('q');
    expect(await pty.ended()).toBe(0);
    expect(pty.text.lastIndexOf(OWN_SCREEN)).toBeGreaterThan(pty.text.lastIndexOf(OTHER_SCREEN));
    expect(pty.text.lastIndexOf('\x1b[?25h')).toBeGreaterThan(pty.text.lastIndexOf('\x1b[?25l'));
  });

  test('leaves the terminal as it was when top ends by Ctrl-C', async (context) => {
    needsProgram(context, 'script');
    using folder = projectWithEntries();
    await using pty = PtyProcess.start(['top'], { cwd: folder.path });
    await pty.shows('? help');
    expect(pty.text).not.toContain(OWN_SCREEN);
    pty.type('\x03');
    await pty.ended();
    expect(pty.text.lastIndexOf(OWN_SCREEN)).toBeGreaterThan(pty.text.lastIndexOf(OTHER_SCREEN));
  });
});

test('says of a pager that was left early how many matches there are', async (context) => {
  needsProgram(context, 'script');
  needsProgram(context, 'less');
  using folder = projectWithEntries(MANY_ENTRIES);
  await using pty = PtyProcess.start(['search', 'source:api', '-n', '0'], { cwd: folder.path });
  await pty.shows(':');
  pty.type('q');
  expect(await pty.ended()).toBe(0);
  expect(pty.text).toMatch(/Newest [\d, ]+ of 40[, ]?000 matches in 40[, ]?000 entries/);
}, 120_000);

function projectWithEntries(entries = ENTRIES): TempFolder {
  const folder = TempFolder.make();
  folder.write('config/config.ini', CONFIG_TEXT);
  using store = new TestStore(folder.makeFolder('state'));
  store.add(entries);
  const database = Database.open(store.databasePath);
  IncidentStore.open(database);
  database.close();
  return folder;
}
