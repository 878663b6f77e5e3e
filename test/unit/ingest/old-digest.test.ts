/**
 * What rules find in old lines is told together: of an import where the rule wants it, of lines that were owed always. Once,
 * to whom the rule tells, also where an import breaks off or the daemon ends in between; and a rehearsal sees the same.
 */
import { cpSync, renameSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ImportOptions, importFile } from '../../../src/ingest/import-file.ts';
import type { Ingest } from '../../../src/ingest/ingest.ts';
import type { EntryColumns } from '../../../src/model/entry-columns.ts';
import { subjectOfEvent } from '../../../src/notify/event-text.ts';
import { RehearsalScene, recordsOf } from '../../support/rehearsal-scene.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const RULES = `
[alert:wanted]
when = failed
group_by = job
cooldown = 0s
resolve_after = 1m
backfill = yes
notify = email

[alert:unwanted]
when = failed
resolve_after = 1m
notify = email

[email]
host = 127.0.0.1
from = logstead@example.org
to = ops@example.org, night@example.org
`;

/** So that a file of some hundred lines is read in several pieces. */
const FILLER = 4_000;

/** A file of a year ago: one failure an hour, of jobs in turns; the lines between them say nothing. */
function oldLines(scene: RehearsalScene, hours: number): string {
  const startMs = scene.clock.nowMs() - 365 * DAY_MS;
  const lines: string[] = [];
  for (let hour = 0; hour < hours; hour += 1) {
    const time = new Date(startMs + hour * HOUR_MS).toISOString();
    lines.push(`time=${time} level=error msg="backup failed" job=${hour % 3}`);
    lines.push(`time=${time} level=info msg="next one" ${'.'.repeat(FILLER)}`);
  }
  return `${lines.join('\n')}\n`;
}

function importOptions(scene: RehearsalScene): ImportOptions {
  return {
    source: 'old',
    tags: [],
    format: null,
    timezone: 'UTC',
    again: false,
    nowMs: () => scene.clock.nowMs(),
    onRead: () => {},
  };
}

/** The daemon goes on reading between the pieces of a file that is brought in. */
function turning(scene: RehearsalScene): Ingest {
  const { ingest } = scene;
  return Object.create(ingest, {
    appendColumns: {
      value: async (columns: EntryColumns) => {
        await ingest.appendColumns(columns);
        await scene.pass(1_000);
      },
    },
    names: { get: () => ingest.names },
    openReader: { value: () => ingest.openReader() },
    flush: { value: () => ingest.flush() },
    refuseFullDisk: { value: (doing: string) => ingest.refuseFullDisk(doing) },
    importing: { value: (work: () => Promise<unknown>) => ingest.importing(work) },
  });
}

/** Who is told what; those of one moment in any order. */
async function mails(ingest: Ingest): Promise<string[]> {
  const request = { fileCount: 10, hookCount: 0, mailCount: 100, underWay: [] };
  const rows = await ingest.service().dueDeliveries(request);
  return rows.map(({ recipient, event }) => `${recipient}: ${subjectOfEvent(event)}`).sort();
}

test('an import is told of in one digest to each, for rules that want it', async () => {
  await using scene = await RehearsalScene.open(RULES);
  await scene.pass(1_000);
  const { ingest } = scene;
  const path = scene.folder.write('old/jobs.log', oldLines(scene, 600));
  await importFile({ ingest: turning(scene), book: ingest.imports }, path, importOptions(scene));
  const told = [
    'night@example.org: 600 incidents in old entries',
    'ops@example.org: 600 incidents in old entries',
  ];
  expect(await mails(ingest)).toEqual(told);
  expect(scene.live('wanted')).toHaveLength(600);
  expect(scene.live('unwanted')).toHaveLength(600);
  const [first] = ingest.incidents.list({ rule: 'wanted' });
  expect(ingest.incidents.history(first!.id)[0]).toMatchObject({ heldBy: 'digest' });
  await scene.restart();
  await scene.pass(3_000);
  expect(await mails(scene.ingest)).toEqual(told);
  const rehearsal = await scene.rehearse({ rule: 'wanted' });
  expect(recordsOf(rehearsal)).toEqual(scene.live('wanted'));
  expect(rehearsal.held).toContainEqual({ by: 'digest', count: 600 });
});

test('of an import that a kill breaks off what it has found is told, and the rest when it has gone on', async () => {
  await using scene = await RehearsalScene.open(RULES);
  await scene.pass(1_000);
  const content = oldLines(scene, 500);
  const path = scene.folder.write('old/jobs.log', content);
  const [state, killed] = [scene.folder.join('state'), scene.folder.join('killed')];
  const options = { ...importOptions(scene), onRead: breakOff };
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  await expect(importFile(parts, path, options)).rejects.toThrow('killed');
  await scene.restart(async () => {
    rmSync(state, { recursive: true });
    renameSync(killed, state);
  });
  await scene.pass(2_000);
  const early = countsIn(await mails(scene.ingest));
  expect(early).toHaveLength(2);
  expect(early[0]).toBeGreaterThan(0);
  expect(early[0]).toBeLessThan(500);
  const again = { ingest: scene.ingest, book: scene.ingest.imports };
  await importFile(again, path, importOptions(scene));
  const all = countsIn(await mails(scene.ingest));
  expect(all).toHaveLength(4);
  expect(all.reduce((sum, count) => sum + count, 0)).toBe(2 * 500);

  /** Half of its entries are read: what is in the state now is what a kill would leave. */
  function breakOff(readBytes: number): void {
    if (readBytes < content.length * 1.5) return;
    cpSync(state, killed, { recursive: true });
    throw new Error('killed');
  }
});

/** How many incidents each digest tells of. */
function countsIn(subjects: readonly string[]): number[] {
  return subjects.map((text) => Number(/: (\d+) incident/.exec(text)?.[1]));
}

test('lines of a file that was followed, and could not be read, are told of by every rule', async () => {
  await using scene = await RehearsalScene.open(RULES);
  scene.write({ message: 'begins' });
  await scene.pass(3_000);
  const atMs = scene.clock.nowMs();
  await scene.clock.advance(3 * DAY_MS);
  await scene.pass(3_000);
  const agoMs = scene.clock.nowMs() - atMs;
  for (let job = 0; job < 3; job += 1) {
    scene.write({ level: 'error', message: 'failed', fields: `job=${job}` }, agoMs - job * HOUR_MS);
  }
  // What was there before we followed it is history.
  scene.write({ level: 'error', message: 'failed', fields: 'job=9' }, agoMs + DAY_MS);
  await scene.pass(5_000);
  const mailed = await mails(scene.ingest);
  expect(mailed.filter((text) => text.includes('in old entries'))).toEqual([
    'night@example.org: 6 incidents in old entries',
    'ops@example.org: 6 incidents in old entries',
  ]);
});
