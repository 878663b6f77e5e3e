/** `logstead alerts suggest`: rules that the stored history speaks for, as sections to paste, each with its rehearsal. */
import type { Command } from 'commander';
import { escapeLine, jsonLine } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
import { incidentRecordOf } from '../model/incident-record.ts';
import { rehearsalSettingsOf } from '../rehearsal/rehearsal-settings.ts';
import { type Suggested, suggest } from '../rehearsal/suggest.ts';
import { sectionText } from '../rehearsal/suggestion.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { timeOption } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { openRehearsal } from './open-rehearsal.ts';
import { settingsFor } from './settings-for.ts';

export type SuggestOptions = Readonly<{ since: string; json?: boolean; utc?: boolean }>;

export async function suggestRules(
  context: CliContext,
  { options, self }: Readonly<{ options: SuggestOptions; self: Command }>,
): Promise<void> {
  const settings = settingsFor(context, globalOptions(self));
  endOnInterrupt();
  using opened = await openRehearsal(context, { settings, globals: globalOptions(self) });

  if (opened === null) {
    context.finish(EXIT.NOTHING_FOUND);
    return;
  }
  const nowMs = context.clock.nowMs();
  const timezone = options.utc ? 'UTC' : userTimezone();
  const sinceUs = timeOption('since', options.since, { nowMs, timezone });
  const time = new LocalTime(timezone);
  let count = 0;
  for (const suggested of suggest(opened.parts, {
    settings: rehearsalSettingsOf(settings),
    sinceUs,
    nowUs: nowMs * 1_000,
    timezone,
    signal: context.stop,
  })) {
    context.output.write(
      options.json ? `${jsonLine(recordOf(suggested))}\n` : sectionOf(suggested, time),
    );
    count += 1;
  }
  if (count === 0 && !options.json) {
    context.errorOutput.write(
      'No rule to suggest: nothing comes every day at its time, no source is steady, no errors are many\n',
    );
  }
  context.finish(count === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE);
}

/** Comments are of the config: what they quote of a log is on their line. */
function sectionOf(suggested: Suggested, time: LocalTime): string {
  const { rehearsal, reason } = suggested;
  const { incidents, sinceUs, notificationCount } = rehearsal;
  const since = time.date(sinceUs / 1_000);
  const found = formatCounted(incidents.length, 'incident');
  const sent = formatCounted(notificationCount, 'notification');
  const moments = incidents
    .slice(-3)
    .map(({ openedAtMs }) => `${time.date(openedAtMs)} ${time.clock(openedAtMs).slice(0, 5)}`);
  const last = moments.length === 0 ? '' : `: ${moments.join(', ')}`;
  return [
    `# ${escapeLine(reason)}\n`,
    `# Since ${since} it would have found ${found} and sent ${sent}${last}\n`,
    `${sectionText(suggested)}\n`,
  ].join('');
}

function recordOf({ name, reason, keys, rehearsal, ...rest }: Suggested): object {
  return {
    name,
    reason,
    config: sectionText({ name, reason, keys, ...rest }),
    incidentCount: rehearsal.incidents.length,
    notificationCount: rehearsal.notificationCount,
    incidents: rehearsal.incidents.slice(-10).map(incidentRecordOf),
  };
}
