import { afterAll, beforeAll, expect, test } from 'vitest';
import { register } from '../../../src/cli/alerts.ts';
import { CONFIG_TEXT, type CommandOutcome, runCommand } from '../../support/command-line.ts';
import { RehearsalScene } from '../../support/rehearsal-scene.ts';

const RULES = `
[alert:errors]
when = level>=error
threshold = 2
window = 10s
resolve_after = 10s
cooldown = 0s
group_by = shop
notify = file
`;

let scene: RehearsalScene;

beforeAll(async () => {
  scene = await RehearsalScene.open(RULES);
  for (const size of [2, 5, 3]) {
    for (let index = 0; index < size; index += 1) {
      scene.write({ level: 'error', fields: 'shop=north' });
    }
    await scene.pass(60_000);
  }
  await scene.ingest.flush();
  scene.folder.write('new.ini', RULES.replace('threshold = 2', 'threshold = 4'));
  scene.folder.write('other.ini', `${RULES}[alert:more]\nwhen = level>=error\nnotify = file\n`);
});

afterAll(() => scene[Symbol.asyncDispose]());

function alerts(...args: readonly string[]): Promise<CommandOutcome> {
  const { path: workingFolder } = scene.folder;
  return runCommand(register, ['alerts', ...args], { workingFolder, clock: scene.clock });
}

test('alerts test shows incidents and what would have been sent', async () => {
  const { code, stdout } = await alerts('test', 'errors', '--since', '1h', '--utc');
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines[0]).toBe(
    '3 incidents since Fri 20 Nov 2026 11:03, 6 notifications would have been sent',
  );
  expect(lines[2]).toMatch(/^id +state +severity +rule/);
  expect(lines.slice(3, 6).every((line) => line.includes('shop=north'))).toBe(true);
  expect(stdout).toContain('\nWhat would have been sent\n  file: 6\n');
});

test('alerts test --json prints one incident a line', async () => {
  const { stdout } = await alerts('test', 'errors', '--since', '1h', '--json');
  const records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records).toEqual(scene.live());
  expect(records[1]).toMatchObject({
    rule: 'errors',
    group: { shop: 'north' },
    severity: 'medium',
    openedAt: '2026-11-20T12:01:00.000Z',
    resolvedAt: '2026-11-20T12:01:10.000Z',
    count: 5,
    notified: 2,
  });
});

test('alerts test --rules shows what other rules change, also of a file of rules alone', async () => {
  const { stdout } = await alerts(
    'test',
    'errors',
    '--rules',
    scene.folder.join('new.ini'),
    '--utc',
  );
  expect(stdout.split('\n')[0]).toBe(
    '2 notifications instead of 6 notifications, 1 incident instead of 3, since Wed 21 Oct 2026 12:03',
  );
  expect(stdout).toContain('\nNo longer noticed (2)\n');
  expect(stdout).not.toContain('Newly noticed');
  const json = await alerts('test', 'errors', '--rules', scene.folder.join('new.ini'), '--json');
  const changes = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).change);
  expect(changes).toEqual(['gone', 'gone', 'same']);
});

test('alerts test says of a rule that is only in the other config that it is new', async () => {
  const { stdout } = await alerts('test', 'more', '--rules', scene.folder.join('other.ini'));
  expect(stdout).toContain("Today's config does not have this rule.\n");
  expect(stdout).toContain('Newly noticed');
});

test('alerts test --rules takes a config that has no rules for one that notices nothing', async () => {
  const added = await alerts(
    ...['--config', scene.folder.write('config/bare.ini', CONFIG_TEXT)],
    ...['test', '--rules', scene.folder.join('new.ini'), '--json'],
  );
  expect(added.code).toBe(0);
  expect(
    added.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).change),
  ).toEqual(['added']);
  const gone = await alerts('test', '--rules', scene.folder.join('config/bare.ini'), '--json');
  const changes = gone.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).change);
  expect(changes).toEqual(['gone', 'gone', 'gone']);
});

test('alerts test refuses rules that are not there, and times that were not recorded', async () => {
  expect(await alerts('test', 'erors')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean "errors"?'),
  });
  const { code, stdout } = await alerts('test', 'errors', '--since', '5s');
  expect({ code, stdout: stdout.split(',')[0] }).toMatchObject({ code: 1 });
});
