/** `logstead alerts ack`, `unack`, `silence`, `unsilence`: the daemon does it if one runs; otherwise this process does. */
import type { Command } from 'commander';
import { IncidentStore } from '../alert/incident-store.ts';
import { comingMs } from '../base/coming-time.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { ownName } from '../base/own-user.ts';
import type { Settings } from '../config/settings.ts';
import type { AlertRequest } from '../model/alert-request.ts';
import type { Silence } from '../model/silence.ts';
import { silenceRecordOf } from '../model/silence-record.ts';
import { callDaemon } from '../serve/control-client.ts';
import { foundIncident } from './alerts-list.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { timeOption } from './filter-options.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { openDatabase } from './open-database.ts';
import { settingsFor } from './settings-for.ts';
import { StateSession } from './state-session.ts';

type ActOptions = Readonly<{ who?: string; why?: string }>;
type SilenceOptions = ActOptions & Readonly<{ for?: string; until?: string; json?: boolean }>;

export function addAlertsAct(alerts: Command, context: CliContext): void {
  const onIncident = (kind: 'acknowledge' | 'unacknowledge', done: string) => {
    return async (id: string, options: ActOptions, self: Command): Promise<void> => {
      const settings = settingsFor(context, globalOptions(self));
      const incident = withStore(context, settings, (store) => foundIncident(store, id));
      if (incident === null) return context.finish(EXIT.NOTHING_FOUND);
      await act(context, settings, { kind, incident: incident.id, ...saidBy(context, options) });
      const shortId = incident.id.slice(0, 8);
      context.output.write(`${done} ${shortId}, ${escapeTerminal(incident.rule)}\n`);
      context.finish(EXIT.DONE);
    };
  };
  whoAndWhy(
    alerts
      .command('ack <id>')
      .description('say that somebody takes care of it: no reminders until it ends or gets worse'),
  ).action(onIncident('acknowledge', 'Acknowledged'));
  whoAndWhy(
    alerts
      .command('unack <id>')
      .description('take an acknowledgement back: reminders go on as if nobody had said it'),
  ).action(onIncident('unacknowledge', 'No longer acknowledged:'));
  whoAndWhy(
    alerts
      .command('silence [query]')
      .description(
        'tell nobody of incidents that match, for a time; without a query: list silences',
      )
      .option('--for <duration>', 'how long from now on, such as 2h')
      .option('--until <time>', 'until when, such as 18:00')
      .option('--json', 'one JSON object a line'),
  ).action(async (query: string | undefined, options: SilenceOptions, self: Command) => {
    const settings = settingsFor(context, globalOptions(self));
    if (query !== undefined || options.for !== undefined || options.until !== undefined) {
      refuseNoQuery(query);
      const untilMs = endOf(options, context.clock.nowMs());
      await act(context, settings, {
        kind: 'silence',
        query,
        untilMs,
        ...saidBy(context, options),
      });
    }
    context.finish(showSilences(context, settings, options));
  });
  whoAndWhy(
    alerts.command('unsilence <id>').description('end a silence now; what is still open is told'),
  ).action(async (silence: string, options: ActOptions, self: Command) => {
    const settings = settingsFor(context, globalOptions(self));
    await act(context, settings, { kind: 'unsilence', silence, ...saidBy(context, options) });
    context.output.write(`Ended silence ${escapeTerminal(silence)}\n`);
    context.finish(EXIT.DONE);
  });
}

function whoAndWhy(command: Command): Command {
  return command
    .option('--why <reason>', 'why; people read it')
    .option('--who <name>', 'who you are (default: your user name, with sudo too)');
}

function saidBy(
  { environment }: CliContext,
  { who, why = '' }: ActOptions,
): Readonly<{ who: string; why: string }> {
  return { who: who ?? ownName(environment), why };
}

/** A variable that is not set must not keep everybody from being told. */
function refuseNoQuery(query = ''): asserts query is string {
  if (query.trim() !== '') return;
  throw new OperatorError('USAGE', 'Cannot silence: expected which incidents, found no query', {
    hint: 'For example "rule:disk* host:db-1"; "*" silences all of them',
  });
}

function endOf({ for: duration, until }: SilenceOptions, nowMs: number): number {
  if ((duration === undefined) === (until === undefined)) {
    throw new OperatorError('USAGE', 'Cannot silence: expected one of --for and --until', {
      hint: 'For example "--for 2h" or "--until 18:00"',
    });
  }
  if (until !== undefined) {
    return timeOption('until', until, { nowMs, timezone: userTimezone() }) / 1_000;
  }
  const untilMs = comingMs(duration ?? '', nowMs);
  if (untilMs !== null) return untilMs;
  throw new OperatorError(
    'USAGE',
    `Cannot read --for "${duration}": expected a duration such as 2h`,
  );
}

function withStore<T>(
  context: CliContext,
  settings: Settings,
  use: (store: IncidentStore) => T,
): T | null {
  using database = openDatabase(context, settings.paths);

  return database === null ? null : use(IncidentStore.reader(database));
}

async function act(context: CliContext, settings: Settings, request: AlertRequest): Promise<void> {
  try {
    await callDaemon(settings.paths.stateDir, 'alerts', { args: request });
    return;
  } catch (thrown) {
    if (!(thrown instanceof OperatorError && thrown.code === 'DAEMON_NOT_RUNNING')) throw thrown;
  }
  await using session = await StateSession.open(context, settings);

  await session.ingest.actOnAlerts(request);
}

function showSilences(context: CliContext, settings: Settings, { json }: SilenceOptions): ExitCode {
  const nowMs = context.clock.nowMs();
  const silences = withStore(context, settings, (store) => store.silences(nowMs * 1_000)) ?? [];
  const time = new LocalTime(userTimezone());
  const line = (silence: Silence): string => {
    const { id, query, untilUs, who, why } = silence;
    const until = time.short(untilUs / 1_000, nowMs);
    const reason = why === '' ? '' : `: ${why}`;
    return escapeTerminal(`${id}  until ${until}  ${query}  by ${who}${reason}`);
  };
  for (const silence of silences) {
    context.output.write(`${json ? jsonLine(silenceRecordOf(silence)) : line(silence)}\n`);
  }
  if (silences.length === 0 && !json) context.errorOutput.write('No silence\n');
  return silences.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}
