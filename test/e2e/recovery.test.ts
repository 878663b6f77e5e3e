/**
 * The recipes of `src/OPERATIONS.md` for what is lost or damaged, on a daemon that has real files: backups that are taken, and killed,
 * while it works; a database that is gone; a segment with a wrong bit.
 */
import { randomBytes } from 'node:crypto';
import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DaemonProcess, runCommand, TestProject } from '../support/daemon-process.ts';

/** What does not compress: so a thousand of them are a segment that is a file. */
const NOISE_BYTES = 300;
const LINES_AT_ONCE = 1_000;
/** The backups of a test, one after the other. */
const VERIFY = [[], ['--verify'], []];

class Writer {
  readonly #project: TestProject;
  count = 0;

  constructor(project: TestProject) {
    this.#project = project;
  }

  write(count = LINES_AT_ONCE): void {
    const stamp = new Date().toISOString();
    const lines = Array.from({ length: count }, (_, index) => {
      const number = this.count + index;
      return `${stamp} INFO line ${number} ${randomBytes(NOISE_BYTES).toString('base64')}\n`;
    });
    this.count += count;
    this.#project.folder.append('logs/app.log', lines.join(''));
  }

  rotate(): void {
    const log = this.#project.folder.join('logs/app.log');
    renameSync(log, `${log}.${this.count}`);
  }

  /** The numbers of all lines. */
  get numbers(): number[] {
    return Array.from({ length: this.count }, (_, number) => number);
  }
}

/** The number of each entry, in order. */
async function numbersIn(project: TestProject): Promise<number[]> {
  const { stdout } = await project.cli(['export']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(/line (\d+)/.exec(JSON.parse(line).message)?.[1]))
    .toSorted((a, b) => a - b);
}

async function waitForAll(daemon: DaemonProcess, writer: Writer): Promise<void> {
  const { project } = daemon;
  await daemon.waitFor(
    async () => (await project.cli(['search', '--count'])).stdout === `${writer.count}\n`,
    { what: `${writer.count} entries` },
  );
}

/** Three times a thousand lines, each taken before the next. */
async function takeThreeParts(
  project: TestProject,
  writer: Writer,
  end: 'kill9' | 'stop',
): Promise<void> {
  await using daemon = await DaemonProcess.start(project);
  for (let part = 0; part < 3; part += 1) {
    writer.write();
    await waitForAll(daemon, writer);
  }
  await daemon[end]();
}

function segmentFiles(project: TestProject): string[] {
  const folder = project.folder.join('state/segments');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.segment') && !name.startsWith('set-aside'))
    .map((name) => join(folder, name))
    .toSorted();
}

test('backups of a daemon that works, some of them killed, give back one moment, from which another goes on', async () => {
  using project = TestProject.make();
  const writer = new Writer(project);
  const backup = project.folder.join('backup');
  {
    await using daemon = await DaemonProcess.start(project);
    for (let round = 0; round < 3; round += 1) {
      writer.write();
      if (round === 1) writer.rotate();
      await waitForAll(daemon, writer);
      const writing = (async () => {
        for (let more = 0; more < 40; more += 1) {
          writer.write(100);
          await pause(50);
        }
      })();
      const [program, ...first] = project.command;
      const words = [...first, 'backup', backup, '--json'];
      // Somewhere between its start and its end.
      const seconds = String(0.5 + Math.random());
      await runCommand('timeout', ['-s', 'KILL', seconds, program, ...words], {
        cwd: project.folder.path,
      });
      const taken = await project.cli(['backup', backup, '--json', ...VERIFY[round]!]);
      await writing;
      expect(taken).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(taken.stdout).damaged).toEqual([]);
    }
    await daemon.kill9();
  }
  writer.write();
  renameSync(project.folder.join('state'), project.folder.join('state-lost'));
  const restored = await project.cli(['restore', backup]);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  const before = await numbersIn(project);
  expect(restored.stdout.replaceAll(/[, ](?=\d{3}\b)/g, '')).toContain(`${before.length} entries`);
  expect(before).toEqual(before.map((_, index) => index));
  expect((await project.cli(['check', '--deep'])).code).toBe(0);

  await using daemon = await DaemonProcess.start(project);
  await waitForAll(daemon, writer);
  expect(await numbersIn(project)).toEqual(writer.numbers);
}, 300_000);

test('without its database the daemon does not start; segments are listed again, and the log goes on behind its end', async () => {
  using project = TestProject.make();
  const writer = new Writer(project);
  await takeThreeParts(project, writer, 'kill9');
  for (const name of readdirSync(project.folder.join('state'))) {
    if (name.startsWith('logstead.db')) rmSync(project.folder.join('state', name));
  }
  const refused = await DaemonProcess.spawn(project).exited();
  expect(refused.code).not.toBe(0);
  expect(refused.stdout).toContain('check --rebuild');

  const rebuilt = await project.cli(['check', '--rebuild']);
  expect(rebuilt).toMatchObject({ code: 0, stderr: '' });
  expect(rebuilt.stdout).toContain('what was imported and archived');
  const listed = await numbersIn(project);
  await using daemon = await DaemonProcess.start(project);
  const before = writer.count;
  writer.write(10);
  await daemon.waitFor(async () => (await numbersIn(project)).at(-1) === writer.count - 1);
  // What lay in small segments behind the last large one is read again, what lay between them is lost.
  const found = await numbersIn(project);
  expect(new Set(found).size).toBe(found.length);
  expect(found).toEqual(expect.arrayContaining([...listed, ...writer.numbers.slice(before)]));
}, 300_000);

test('a damaged segment is named and set aside, and importing the log brings back what it had', async () => {
  using project = TestProject.make();
  const writer = new Writer(project);
  await takeThreeParts(project, writer, 'stop');
  const [first] = segmentFiles(project);
  const bytes = readFileSync(first!);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(first!, bytes);
  const check = await project.cli(['check', '--deep']);
  expect(check).toMatchObject({ code: 7, stdout: expect.stringMatching(/Damaged: /) });
  renameSync(first!, project.folder.join('damaged.segment'));
  await using daemon = await DaemonProcess.start(project);
  expect((await numbersIn(project)).length).toBeLessThan(writer.count);
  const log = project.folder.join('logs/app.log');
  expect(await project.cli(['import', log])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/missing entries/),
  });
  expect(await numbersIn(project)).toEqual(writer.numbers);
  expect(await project.cli(['import', log])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('its entries are known'),
  });
  writer.write(10);
  await waitForAll(daemon, writer);
  expect(await numbersIn(project)).toEqual(writer.numbers);

  // While it runs, found by what somebody asks of it.
  const next = segmentFiles(project)[0]!;
  truncateSync(next, Math.floor(statSync(next).size / 2));
  await askForAll(daemon);
  const told = (): boolean => troublesIn(project).some((text) => text.includes(basename(next)));
  await daemon.waitFor(() => told(), { what: 'people to be told of the damaged segment' });
  expect(segmentFiles(project)).not.toContain(next);
  expect((await project.cli(['import', log])).code).toBe(0);
  expect(await numbersIn(project)).toEqual(writer.numbers);
}, 300_000);

/** A question that reads the text of every entry. */
async function askForAll({ project }: DaemonProcess): Promise<void> {
  const { http } = (await project.cliJson(['status', '--json'])) as { http: { url: string } };
  const asked = await fetch(new URL('/api/histogram?q=/line/&since=1d', http.url));
  expect(asked.status).toBe(200);
}

function troublesIn(project: TestProject): string[] {
  const folder = project.folder.join('notifications');
  const names = readdirSync(folder).filter((name) => /_TROUBLE_.*txt$/.test(name));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}
