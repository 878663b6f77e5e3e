/** The daemon reads a watch with a format of the config's own: live lines, lines that do not fit, and another pattern after a reload. */
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';

function config(pattern: string): string {
  return `[format:till]
pattern = ${pattern}

[watch:till]
path = till/*.log
source = till
format = till
`;
}

const PATTERN =
  '~%{TIMESTAMP_ISO8601:time}~ <%{WORD:level}> (?P<component>[a-z.]+)! %{GREEDYDATA:message}';

type Shown = Readonly<{
  timestamp: string;
  level: string | null;
  message: string;
  metadata: Readonly<Record<string, unknown>>;
}>;

async function shown(project: TestProject): Promise<Shown[]> {
  const { stdout } = await project.cli(['search', 'source:till', '--json', '--limit', '0']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Shown)
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}

test('a watch with [format:NAME] is read by its pattern, live, and by another after a reload', async () => {
  using project = TestProject.make(config(PATTERN));
  project.folder.write(
    'till/a.log',
    '~2026-11-19T10:00:01.250Z~ <WARN> till.drawer! it sticks\n  and is open\n',
  );
  await using daemon = await DaemonProcess.start(project);
  project.folder.append(
    'till/a.log',
    '~2026-11-19T10:00:02Z~ <ERROR> till.scale! no weight\n~2026-11-19T10:00:03Z~ <INFO> till.scale! back\n',
  );
  const count = async (wanted: number): Promise<boolean> =>
    (await project.cli(['search', 'source:till', '--count'])).stdout === `${wanted}\n`;
  await daemon.waitFor(() => count(3), { what: 'three entries' });
  expect(await shown(project)).toMatchObject([
    {
      timestamp: '2026-11-19T10:00:01.250Z',
      level: 'WARN',
      message: 'it sticks\n  and is open',
      metadata: { component: 'till.drawer' },
    },
    { timestamp: '2026-11-19T10:00:02.000Z', level: 'ERROR', message: 'no weight' },
    { timestamp: '2026-11-19T10:00:03.000Z', level: 'INFO', message: 'back' },
  ]);
  const byLevel = await project.cli(['search', 'source:till level>=warn', '--count']);
  expect(byLevel.stdout).toBe('2\n');

  // A pattern that cannot be read is refused, and the old one stays in force.
  project.configure(config('(?P<time>'));
  const refused = await project.cli(['reload']);
  expect(refused.code).not.toBe(0);
  project.folder.append('till/a.log', '~2026-11-19T10:00:04Z~ <INFO> till.scale! still\n');
  await daemon.waitFor(() => count(4), { what: 'four entries' });

  project.configure(config('%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level}: %{GREEDYDATA:message}'));
  expect((await project.cli(['reload'])).code).toBe(0);
  project.folder.write('till/b.log', '2026-11-19T10:00:05Z ERROR: another layout\n');
  await daemon.waitFor(() => count(5), { what: 'five entries' });
  const entries = await shown(project);
  expect(entries.at(-2)).toMatchObject({ level: 'INFO', message: 'still' });
  expect(entries.at(-1)).toMatchObject({
    timestamp: '2026-11-19T10:00:05.000Z',
    level: 'ERROR',
    message: 'another layout',
  });
}, 180_000);
