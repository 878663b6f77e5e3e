import { describe, expect, test } from 'vitest';
import { IncidentStore } from '../../../src/alert/incident-store.ts';
import { Database } from '../../../src/base/database.ts';
import { register } from '../../../src/cli/alerts.ts';
import { Outbox } from '../../../src/notify/outbox.ts';
import { NOBODY } from '../../../src/notify/routing.ts';
import { type CommandOutcome, CommandScene } from '../../support/command-line.ts';
import { notification } from '../../support/notices.ts';

/** The fake clock starts at 2026-11-20T12:00:00Z. */
const NOON_MS = Date.UTC(2026, 10, 20, 12);

describe('alerts', () => {
  test('lists incidents, newest first', async () => {
    const { code, stdout } = await alerts(['--utc']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'id       state     severity  rule               opened       lasted       entries  told  group\n' +
        'bbbbbbbb open      high      payments-timeouts  11:22:00     38 min           412  2     source=api\n' +
        'aaaaaaaa resolved  critical  \\x1b[31mbackup     Thu 12:00    10 min             1  old\n',
    );
  });

  test('silences nothing for a query that was forgotten or comes from a variable that is not set', async () => {
    for (const args of [['--for', '1h'], ['--until', '18:00'], ['', '--for', '1h'], [' ']]) {
      const { code, stderr } = await alerts(['silence', ...args]);
      expect({ code, stderr }).toMatchObject({ code: 2 });
      expect(stderr).toContain('expected which incidents, found no query');
      expect(stderr).toContain('"*" silences all of them');
    }
    expect(await alerts(['silence'])).toMatchObject({ code: 1, stderr: 'No silence\n' });
  });

  test('prints each as a JSON line', async () => {
    const { stdout } = await alerts(['--json', '--state', 'open']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        id: 'bbbbbbbbbbbbbbbb',
        rule: 'payments-timeouts',
        severity: 'high',
        state: 'open',
        openedAt: '2026-11-20T11:22:00.000Z',
        resolvedAt: null,
        firstAt: '2026-11-20T11:20:00.000Z',
        lastAt: '2026-11-20T11:59:00.000Z',
        count: 412,
        group: { source: 'api' },
        notified: 2,
        backfill: false,
        acknowledgedAt: null,
        heldBy: null,
        heldUntil: null,
        query: null,
      },
    ]);
  });

  test('shows what became of one, found by the first characters of its id', async () => {
    const { stdout } = await alerts(['bbbb', '--utc']);
    expect(stdout.split('\n').slice(2)).toEqual([
      '  11:22:00      opened',
      `${' '.repeat(32)}email a@example.org: not delivered yet, is tried again (2 attempts): 451 later`,
      `${' '.repeat(32)}email b@example.org: given up: 550 unknown`,
      '  11:30:00      resolved        told with the opening',
      '',
      '  its entries: logstead search --incident bbbbbbbb',
      '',
    ]);
    expect(await alerts(['cccc'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Cannot find incident "cccc"'),
    });
  });

  test('narrows by rule, severity, state and time, and ends with 1 where none is left', async () => {
    expect((await alerts(['--severity', 'critical'])).stdout).toContain('aaaaaaaa');
    expect((await alerts(['--rule', 'payments-timeouts'])).stdout).not.toContain('aaaaaaaa');
    expect((await alerts(['--since', '1h'])).stdout).not.toContain('aaaaaaaa');
    expect(await alerts(['--until', '7d'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'No incident\n',
    });
    expect(await alerts(['--rule', 'none', '--json'])).toEqual({ code: 1, stdout: '', stderr: '' });
    expect((await alerts(['--severity', 'loud'])).code).toBe(2);
  });
});

test('alerts ack and unack are history, with who and why', async () => {
  using scene = new CommandScene(register, []);
  {
    using database = Database.open(scene.store.databasePath);
    IncidentStore.open(database);
    // No rule says it, so none has to be at work.
    const rule = 'archive-damaged';
    const moments = {
      opened_us: NOON_MS * 1_000,
      first_us: NOON_MS * 1_000,
      last_us: NOON_MS * 1_000,
    };
    const fields = { severity: 'high', group_fields: '{}', resolved_us: null, match_count: 1 };
    insertIncident(database, {
      id: 'c'.repeat(16),
      rule,
      ...fields,
      ...moments,
      notified: 0,
      backfill: 0,
    });
  }
  const by = ['--who', 'ann', '--why'];
  expect(await scene.run(['alerts', 'unack', 'cccc'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nobody has acknowledged it'),
  });
  expect(await scene.run(['alerts', 'ack', 'cccc', ...by, 'backup'])).toEqual({
    code: 0,
    stdout: 'Acknowledged cccccccc, archive-damaged\n',
    stderr: '',
  });
  expect((await scene.run(['alerts', 'unack', 'cccc', ...by, 'wrong one'])).stdout).toBe(
    'No longer acknowledged: cccccccc, archive-damaged\n',
  );
  const { stdout } = await scene.run(['alerts', 'cccc']);
  expect(stdout).toMatch(/ acknowledged {4}ann: backup\n.* unacknowledged {2}ann: wrong one\n/);
});

async function alerts(args: readonly string[]): Promise<CommandOutcome> {
  using scene = new CommandScene(register, []);
  using database = Database.open(scene.store.databasePath);
  IncidentStore.open(database);
  const opening = `alert:${'b'.repeat(16)}:opened`;
  queueFailed(database, opening);
  insertIncident(database, {
    id: 'a'.repeat(16),
    rule: '\x1b[31mbackup',
    severity: 'critical',
    group_fields: '{}',
    opened_us: (NOON_MS - 86_400_000) * 1_000,
    resolved_us: (NOON_MS - 85_800_000) * 1_000,
    first_us: (NOON_MS - 86_400_000) * 1_000,
    last_us: (NOON_MS - 86_400_000) * 1_000,
    match_count: 1,
    notified: 0,
    backfill: 1,
  });
  insertIncident(database, {
    id: 'b'.repeat(16),
    rule: 'payments-timeouts',
    severity: 'high',
    group_fields: '{"source":"api"}',
    opened_us: (NOON_MS - 38 * 60_000) * 1_000,
    resolved_us: null,
    first_us: (NOON_MS - 40 * 60_000) * 1_000,
    last_us: (NOON_MS - 60_000) * 1_000,
    match_count: 412,
    notified: 2,
    backfill: 0,
  });
  const history = database.prepare(
    `INSERT INTO incident_history (incident, name, due_us, sequence, at_us, read_complete_us, held_by, notification)
     VALUES (?, ?, ?, 1, ?, ?, ?, ?)`,
  );
  const atUs = (minutes: number): number => (NOON_MS - minutes * 60_000) * 1_000;
  history.run('b'.repeat(16), 'opened', atUs(38), atUs(38), atUs(38), null, opening);
  history.run('b'.repeat(16), 'resolved', atUs(30), atUs(30), atUs(30), 'told', null);
  return await scene.run(['alerts', ...args]);
}

/** To two: one is to be tried again, the other was refused. */
function queueFailed(database: Database, key: string): void {
  const email = ['a@example.org', 'b@example.org'];
  const outbox = Outbox.open(database, { ...NOBODY, email, budget: 20 });
  outbox.enqueue(notification(undefined, { key, channels: ['email'], createdAtMs: NOON_MS }));
  const again = { numbers: [1], outcome: 'retry', error: '451 later' } as const;
  for (const atMs of [NOON_MS, NOON_MS + 10_000]) outbox.record({ ...again, atMs });
  outbox.record({ numbers: [2], outcome: 'dead', error: '550 unknown', atMs: NOON_MS });
}

function insertIncident(database: Database, row: Record<string, string | number | null>): void {
  database
    .prepare(
      `INSERT INTO incidents (id, rule, severity, group_fields, opened_us, resolved_us, first_us, last_us, match_count, notified, backfill)
       VALUES (:id, :rule, :severity, :group_fields, :opened_us, :resolved_us, :first_us, :last_us, :match_count, :notified, :backfill)`,
    )
    .run(row);
}
