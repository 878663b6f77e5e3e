/**
 * One command and one link give exactly the lines of an incident: while they are fresh, after their file was rotated and
 * archived, and from the archive when the index has let go of them.
 */
import { renameSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { IncidentStore } from '../../../src/alert/incident-store.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { register } from '../../../src/cli/search.ts';
import type { EntryRecord } from '../../../src/model/entry.ts';
import type { Incident } from '../../../src/model/incident.ts';
import { answerIncidentLines } from '../../../src/serve/alert-answers.ts';
import { incidentPage, linkPage } from '../../../src/serve/alert-pages.ts';
import { settingsOf } from '../../support/alert-settings.ts';
import { CONFIG_TEXT, runCommand } from '../../support/command-line.ts';
import { RotationScene } from '../../support/rotation-scene.ts';

const RULES = `
[alert:failed]
when = level>=error failed
threshold = 3
window = 10m
group_by = customer
backfill = yes
resolve_after = 1m
notify = file
`;

/** Groups are known by the first 200 characters of a value, and its hash. */
const LONG = `the (long) one/${'x'.repeat(184)}\u{1f600}, and more`;
const CUSTOMERS = ['acme', 'ACME', 'acme corp', 'a"c\\me', '(walk-in)', 'who… me', LONG];

/** Two groups that differ in case, one that is a part of another, and lines around them that belong to none. */
function logLines(startMs: number): { lines: string[]; expected: Map<string, string[]> } {
  const expected = new Map<string, string[]>(CUSTOMERS.map((name) => [name, []]));
  const lines: string[] = [];
  for (let second = 0; second < 40; second += 1) {
    const customer = CUSTOMERS[second % CUSTOMERS.length]!;
    const isMatch = second >= 8 && second < 34;
    const message = isMatch ? `charge ${second} failed` : `charge ${second} went well`;
    const time = new Date(startMs + second * 1_000).toISOString();
    if (isMatch) expected.get(customer)!.push(message);
    lines.push(JSON.stringify({ time, level: isMatch ? 'error' : 'info', msg: message, customer }));
  }
  return { lines, expected };
}

async function commandLines(
  scene: RotationScene,
  id: string,
  more: readonly string[] = [],
): Promise<string[]> {
  const args = ['search', '--incident', id, '--json', '-n', '0', '--reverse', ...more];
  const { stdout } = await runCommand(register, args, {
    workingFolder: scene.folder.path,
    clock: systemClock,
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as EntryRecord).message);
}

function linkLines(scene: RotationScene, id: string): string[] {
  using store = scene.open();
  const answer = answerIncidentLines(
    {
      ...store,
      host: null,
      incidents: IncidentStore.reader(store.database),
      clock: systemClock,
      disk: systemDisk,
      signal: new AbortController().signal,
    },
    { id, nowMs: systemClock.nowMs(), limit: 100 },
  );
  const page = linkPage(incidentPage(answer!, { next: null, isFirst: true }));
  const shown = page.replace(/<\/?mark>/g, '');
  for (const { message } of answer!.records) expect(shown).toContain(message);
  return answer!.records.map(({ message }) => message);
}

test('search --incident and the link give exactly its lines, also after rotation and archiving', async () => {
  await using scene = await RotationScene.make((settings) => ({
    ...settings,
    alerts: settingsOf(RULES).alerts,
    rotation: { ...settings.rotation, idleMs: 0 },
  }));
  scene.folder.write('config/config.ini', CONFIG_TEXT);
  const startMs = systemClock.nowMs() - 3_600_000;
  const { lines, expected } = logLines(startMs);
  const path = scene.write('app.log', '', startMs);
  scene.write('app.log', `${lines.slice(0, 20).join('\n')}\n`, startMs + 60_000);
  await scene.ingest.drain();
  renameSync(path, `${path}.1`);
  utimesSync(`${path}.1`, (startMs + 60_000) / 1_000, (startMs + 60_000) / 1_000);
  scene.write('app.log', `${lines.slice(20).join('\n')}\n`, startMs + 60_000);
  await scene.ingest.drain();

  const incidents = scene.ingest.incidents.list();
  const customerOf = ({ group: { customer } }: Pick<Incident, 'group'>): string =>
    CUSTOMERS.includes(customer!) ? customer! : LONG;
  expect(incidents.map((incident) => [customerOf(incident), incident.count]).sort()).toEqual(
    [...expected].map(([customer, messages]) => [customer, messages.length]).sort(),
  );
  const check = async (more: readonly string[] = []): Promise<void> => {
    for (const incident of incidents) {
      const customer = customerOf(incident);
      const lines = await commandLines(scene, incident.id, more);
      expect({ customer, lines }).toEqual({ customer, lines: expected.get(customer) });
    }
  };
  const checkLinks = (): void => {
    for (const incident of incidents) {
      expect(linkLines(scene, incident.id)).toEqual(expected.get(customerOf(incident)));
    }
  };
  await check();
  checkLinks();

  const { outcome } = await scene.rotate();
  expect(outcome.archived.length).toBe(2);
  await check();
  checkLinks();

  scene.forget();
  expect(await commandLines(scene, incidents[0]!.id)).toEqual([]);
  await check(['--archives']);
});
