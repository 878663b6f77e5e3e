/**
 * `logstead alerts test`: what rules would have found in what is stored, and whom they would have told; with other rules,
 * what that changes. Nothing is written, nothing is sent.
 */
import type { Command } from 'commander';
import { jsonLine } from '../base/escape.ts';
import { loadSections } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import { incidentRecordOf } from '../model/incident-record.ts';
import { type DifferenceRow, differenceOf } from '../rehearsal/difference.ts';
import {
  type RehearsalSettings,
  rehearsalSettingsOf,
  rehearsedRules,
} from '../rehearsal/rehearsal-settings.ts';
import { type Rehearsal, type RehearsalParts, rehearse } from '../rehearsal/rehearse.ts';
import { differenceText, rehearsalText } from './alerts-test-output.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { timeOption } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { openRehearsal } from './open-rehearsal.ts';
import { settingChecks, settingsFor } from './settings-for.ts';

export type TestOptions = Readonly<{
  since: string;
  rules?: string;
  asIfLive?: boolean;
  json?: boolean;
  utc?: boolean;
}>;

export async function testRule(
  context: CliContext,
  { rule, options, self }: Readonly<{ rule: string | null; options: TestOptions; self: Command }>,
): Promise<void> {
  const settings = settingsFor(context, globalOptions(self));
  const changed = options.rules === undefined ? null : changedSettings(context, settings, options);
  endOnInterrupt();
  using opened = await openRehearsal(context, { settings, globals: globalOptions(self) });

  if (opened === null) {
    context.finish(EXIT.NOTHING_FOUND);
    return;
  }
  const asked = { rule, options, parts: opened.parts };
  context.finish(
    changed === null
      ? showOne(context, rehearsalOf(context, asked, rehearsalSettingsOf(settings)), options)
      : showDifference(context, asked, { before: rehearsalSettingsOf(settings), after: changed }),
  );
}

type Asked = Readonly<{ rule: string | null; options: TestOptions; parts: RehearsalParts }>;

/** A file of a few sections tells whom the config tells. */
function changedSettings(
  context: CliContext,
  settings: Settings,
  { rules }: TestOptions,
): RehearsalSettings {
  const checks = { ...settingChecks(context.clock), needsPasswords: false };
  const loaded = loadSections(rules!, context.environment, checks);
  const after = rehearsalSettingsOf(loaded.settings);
  return loaded.isWhole ? after : { ...rehearsalSettingsOf(settings), alerts: after.alerts };
}

function rehearsalOf(
  context: CliContext,
  { rule, options, parts }: Asked,
  settings: RehearsalSettings,
): Rehearsal {
  const nowMs = context.clock.nowMs();
  const timezone = options.utc ? 'UTC' : userTimezone();
  return rehearse(parts, {
    ...rehearsedRules(settings, rule),
    recipients: settings.recipients,
    quietHours: settings.quietHours,
    sinceUs: timeOption('since', options.since, { nowMs, timezone }),
    nowUs: nowMs * 1_000,
    mode: options.asIfLive ? 'live' : 'recorded',
    signal: context.stop,
  });
}

function showOne(context: CliContext, rehearsal: Rehearsal, options: TestOptions): ExitCode {
  if (options.json) {
    for (const incident of rehearsal.incidents) {
      context.output.write(`${jsonLine(incidentRecordOf(incident))}\n`);
    }
    for (const note of rehearsal.notes) context.errorOutput.write(`${note}\n`);
  } else {
    context.output.write(rehearsalText(rehearsal, viewOf(context, options)));
  }
  return rehearsal.incidents.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

function showDifference(
  context: CliContext,
  asked: Asked,
  { before, after }: Readonly<{ before: RehearsalSettings; after: RehearsalSettings }>,
): ExitCode {
  const { rule, options } = asked;
  const isNew = rule !== null && !before.alerts.some(({ name }) => name === rule);
  const now = rehearsalOf(context, asked, after);
  const then = isNew
    ? { ...now, incidents: [], delivered: [], held: [], notificationCount: 0, notes: [] }
    : rehearsalOf(context, asked, before);
  const reachesMs = [...before.alerts, ...after.alerts].map(({ resolveAfterMs }) => resolveAfterMs);
  const rows = differenceOf(then.incidents, now.incidents, Math.max(0, ...reachesMs));
  if (options.json) {
    for (const row of rows) writeRow(context, row);
    for (const note of now.notes) context.errorOutput.write(`${note}\n`);
  } else {
    context.output.write(differenceText({ then, now, rows, isNew }, viewOf(context, options)));
  }
  return rows.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

/** The incidents of the other rules, and those that are no longer noticed, each with what became of it. */
function writeRow(context: CliContext, { kind, before, after }: DifferenceRow): void {
  for (const incident of kind === 'gone' ? before : after) {
    context.output.write(`${jsonLine({ ...incidentRecordOf(incident), change: kind })}\n`);
  }
}

function viewOf(context: CliContext, { utc }: TestOptions) {
  return { context, time: new LocalTime(utc ? 'UTC' : userTimezone()) };
}
