/** A range of time that is turned round is a slip: every command that takes one says so, before it looks at anything. */
import { expect, test } from 'vitest';
import { register as alerts } from '../../../src/cli/alerts.ts';
import { register as archives } from '../../../src/cli/archives.ts';
import { register as exporting } from '../../../src/cli/export.ts';
import { register as fields } from '../../../src/cli/fields.ts';
import { register as patterns } from '../../../src/cli/patterns.ts';
import { register as report } from '../../../src/cli/report.ts';
import { register as restamp } from '../../../src/cli/restamp.ts';
import { register as search } from '../../../src/cli/search.ts';
import { register as stats } from '../../../src/cli/stats.ts';
import { register as tail } from '../../../src/cli/tail.ts';
import { CommandScene, type Register } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';

const ENTRY: TestEntry = { timestampUs: 1_000_000, level: null, source: 'api', message: 'some' };

const COMMANDS: readonly Readonly<{ args: readonly string[]; register: Register }>[] = [
  { args: ['alerts'], register: alerts },
  { args: ['archives', 'list'], register: archives },
  { args: ['export'], register: exporting },
  { args: ['fields'], register: fields },
  { args: ['patterns'], register: patterns },
  { args: ['report'], register: report },
  { args: ['restamp', 'api', '--timezone', 'UTC'], register: restamp },
  { args: ['search'], register: search },
  { args: ['search', '--archives'], register: search },
  { args: ['stats'], register: stats },
  { args: ['tail'], register: tail },
];

test.each(COMMANDS)('$args refuses --since that is after --until', async ({ args, register }) => {
  using scene = new CommandScene(register, [ENTRY]);
  const range = ['--since', '2026-11-20T11:00:00Z', '--until', '2026-11-20T10:00:00Z'];
  const { code, stdout, stderr } = await scene.run([...args, ...range]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(
    'Cannot look from --since to --until: --since is 2026-11-20T11:00:00.000000Z, after --until, 2026-11-20T10:00:00.000000Z\n',
  );
});

test('search answers an empty range: it is not turned round', async () => {
  using scene = new CommandScene(search, [ENTRY]);
  const found = await scene.run(['search', '-S', '2026-11-20', '-U', '2026-11-20']);
  expect(found).toMatchObject({ code: 1, stdout: '' });
});

test('report says that it ends now where nobody has said when', async () => {
  using scene = new CommandScene(report, [ENTRY]);
  const { code, stderr } = await scene.run(['report', '--since', '9000-01-01']);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^Cannot look from --since to now: --since is 9000-01-01T\S+, after now, 20\S+\n/,
  );
});
