/**
 * The logrotate of Debian rotates a log that is written all the time: no line is lost, doubled or altered.
 *
 * The writer opens its log again after a rename, some lines later, as a daemon does that gets a signal; it pauses only
 * while logrotate copies and truncates, or compresses at once: what is written in between is gone for everybody.
 */
import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { RotatingWriter } from '../../src/selftest/rotating-writer.ts';
import { runCommand } from '../support/daemon-process.ts';
import { needsProgram } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { TortureReader } from '../support/torture-run.ts';

const IS_LONG = process.env.TORTURE === 'long';
const ROTATIONS = IS_LONG ? 40 : 4;

/** What logrotate is told, and whether the writer pauses. */
const STYLES: readonly (readonly [name: string, directives: string, pauses: boolean])[] = [
  ['rename', 'create', false],
  ['dateext', 'create\ndateext\ndateformat -%Y%m%d-%s', false],
  ['compress', 'create\ncompress', true],
  ['delaycompress', 'create\ncompress\ndelaycompress', false],
  ['copytruncate', 'copytruncate', true],
  ['copytruncate and compress', 'copytruncate\ncompress', true],
];

describe.each(STYLES)('Watcher and logrotate, %s', (name, directives, pauses) => {
  test('each line is there once, unaltered', { timeout: 300_000 }, async (context) => {
    const logrotate = needsProgram(context, 'logrotate');
    using folder = TempFolder.make();
    const logFolder = folder.makeFolder('logs');
    chmodSync(logFolder, 0o755);
    const path = `${logFolder}/app.log`;
    const configPath = folder.write('logrotate.conf', configOf(path, directives));
    chmodSync(configPath, 0o644);
    await using reader = await TortureReader.start(folder, { folder: logFolder });
    const writer = new RotatingWriter(
      {
        path,
        style: 'none',
        seed: ROTATIONS,
        linesMax: Number.POSITIVE_INFINITY,
        linesPerSecond: 5_000,
        linesPerRotation: 1,
        keepCount: 1,
      },
      { clock: systemClock, awaitReader: async () => {} },
    );
    const writing = writer.run();
    try {
      await reader.awaitFirstLine();
      for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
        if (pauses) writer.hold();
        const args = ['-f', '-s', folder.join('status'), configPath];
        const { code, stderr } = await runCommand(logrotate, args);
        expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: '' });
        // Some lines still go to the old file.
        await systemClock.sleep(20);
        writer.reopen();
        if (pauses) writer.release();
        // Names with the time in seconds: logrotate keeps a file that has the name already.
        await systemClock.sleep(directives.includes('dateext') ? 1_050 : 150);
      }
    } finally {
      writer.stop();
    }
    const written = await writing;
    const { lost, doubled, altered } = await reader.finish(written);
    expect(written).toBeGreaterThan(ROTATIONS * 100);
    expect({ lost, doubled, altered }).toEqual({ lost: [], doubled: [], altered: [] });
  });
});

function configOf(path: string, directives: string): string {
  return `${path} {\nrotate 1000\nmissingok\nnotifempty\n${directives}\n}\n`;
}
