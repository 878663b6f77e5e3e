/** `logstead alerts list` and `show`: the incidents that rules found, newest first, and what became of one of them. */
import { Argument, type Command, Option } from 'commander';
import type { HeldBy } from '../alert/alert-event.ts';
import { type IncidentQuery, IncidentStore } from '../alert/incident-store.ts';
import type { Database } from '../base/database.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import type { Incident } from '../model/incident.ts';
import { incidentRecordOf } from '../model/incident-record.ts';
import { ALERT_SEVERITIES, type AlertSeverity } from '../model/notification.ts';
import { type IncidentEventRecord, incidentHistory } from '../notify/incident-history.ts';
import type { TimeContext } from '../query/time-text.ts';
import { leftCell } from './cells.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { timeRange } from './filter-options.ts';
import { incidentTable } from './incident-table.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { openDatabase } from './open-database.ts';
import { wholeNumber } from './option-values.ts';
import { settingsFor } from './settings-for.ts';
import { toldText } from './told-text.ts';

type AlertsOptions = Readonly<{
  json?: boolean;
  utc?: boolean;
  since?: string;
  until?: string;
  rule?: string;
  severity?: AlertSeverity;
  state?: 'open' | 'resolved';
  limit: number;
}>;

/** What a person looks through; scripts ask for more. */
const LIMIT_DEFAULT = 50;

/** `list` is what `alerts` alone does, too. */
export function addAlertsList(alerts: Command, context: CliContext): void {
  alerts
    .command('list', { isDefault: true })
    .description('list incidents, newest first; with an id: what became of one')
    .addArgument(new Argument('[id]', 'an incident, or the first characters of its id'))
    .option('-S, --since <time>', 'incidents that lasted to this time or longer')
    .option('-U, --until <time>', 'incidents that began before')
    .option('--rule <name>', 'incidents of this rule')
    .addOption(new Option('--severity <severity>', 'of this severity').choices(ALERT_SEVERITIES))
    .addOption(new Option('--state <state>', 'open or resolved').choices(['open', 'resolved']))
    .option('-n, --limit <count>', 'incidents at most; 0: all', wholeNumber, LIMIT_DEFAULT)
    .option('--json', 'one JSON object a line')
    .option('--utc', 'print times in UTC')
    .action((id: string | undefined, options: AlertsOptions, self: Command) => {
      withView(context, { options, self }, (view, time) =>
        id === undefined ? showList(view, queryOf(options, time)) : showOne(view, id),
      );
    });
  for (const [name, description] of [
    ['show', 'what an incident is and what became of it'],
    ['history', 'the same: who was told what, and when'],
  ] as const) {
    alerts
      .command(name)
      .description(description)
      .addArgument(new Argument('<id>', 'an incident, or the first characters of its id'))
      .option('--json', 'one JSON object')
      .option('--utc', 'print times in UTC')
      .action((id: string, options: ViewOptions, self: Command) => {
        withView(context, { options, self }, (view) => showOne(view, id));
      });
  }
}

type ViewOptions = Readonly<{ json?: boolean; utc?: boolean }>;

function withView(
  context: CliContext,
  asked: Readonly<{ options: ViewOptions; self: Command }>,
  show: (view: View, time: TimeContext) => ExitCode,
): void {
  const { options, self } = asked;
  const settings = settingsFor(context, globalOptions(self));
  endOnInterrupt();
  using database = openDatabase(context, settings.paths);

  const timezone = options.utc ? 'UTC' : userTimezone();
  const view: View = {
    context,
    database,
    store: database === null ? null : IncidentStore.reader(database),
    time: new LocalTime(timezone),
    asJson: options.json ?? false,
  };
  context.finish(show(view, { nowMs: context.clock.nowMs(), timezone }));
}

type View = Readonly<{
  context: CliContext;
  /** Null where nothing was ever stored. */
  database: Database | null;
  store: IncidentStore | null;
  time: LocalTime;
  asJson: boolean;
}>;

function queryOf(options: AlertsOptions, context: TimeContext): IncidentQuery {
  const { rule, severity, state, limit } = options;
  const { fromUs, untilUs } = timeRange(options, context);
  return {
    limit,
    ...(fromUs === null ? {} : { fromMs: fromUs / 1_000 }),
    ...(untilUs === null ? {} : { untilMs: untilUs / 1_000 }),
    ...(rule === undefined ? {} : { rule }),
    ...(severity === undefined ? {} : { severity }),
    ...(state === undefined ? {} : { state }),
  };
}

function showList(view: View, query: IncidentQuery): ExitCode {
  const { context, store, asJson } = view;
  const incidents = store?.list(query) ?? [];
  if (asJson) {
    for (const incident of incidents)
      context.output.write(`${jsonLine(incidentRecordOf(incident))}\n`);
  } else if (incidents.length > 0) {
    context.output.write(incidentTable(incidents, view));
  } else if (store !== null) {
    context.errorOutput.write('No incident\n');
  }
  return incidents.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

function showOne(view: View, id: string): ExitCode {
  const { context, database, store, asJson } = view;
  if (store === null || database === null) return EXIT.NOTHING_FOUND;
  const incident = foundIncident(store, id);
  const history = incidentHistory(database, incident.id);
  context.output.write(
    asJson
      ? `${jsonLine({ ...incidentRecordOf(incident), history: history.map(historyRecordOf) })}\n`
      : incidentTable([incident], view) +
          history.map((entry) => historyLines(entry, view)).join('') +
          `\n  its entries: logstead search --incident ${incident.id.slice(0, 8)}\n`,
  );
  return EXIT.DONE;
}

/** By the first characters of its id. */
export function foundIncident(store: IncidentStore, id: string): Incident {
  const incident = store.find(id);
  if (incident !== null) return incident;
  throw new OperatorError(
    'USAGE',
    `Cannot find incident "${id}": none has this id, or several do`,
    { hint: 'List them with "logstead alerts"; the first 4 characters or more are enough' },
  );
}

function historyRecordOf(entry: IncidentEventRecord): Readonly<Record<string, unknown>> {
  const { event, at, said, heldBy, note, notification, told } = entry;
  return { event, at, said, held_by: heldBy, note, notification, told };
}

const HELD_TEXTS: Readonly<Record<HeldBy, string>> = {
  cooldown: 'nobody told: within the cooldown',
  flapping: 'nobody told: it opens again and again, and is told now and then',
  silence: 'nobody told: silenced',
  inhibited: 'nobody told: another incident keeps it quiet',
  acknowledged: 'nobody told: somebody takes care of it',
  quiet: 'nobody told: quiet hours',
  backfill: 'nobody told: the entry was old when it arrived',
  digest: 'told in the digest of old entries',
  told: 'told with the opening',
  untold: 'nobody told: nor was the opening',
  none: '',
};

/** What happened, and below it each who was told. */
function historyLines(entry: IncidentEventRecord, { context, time }: View): string {
  const { event, at, heldBy, note, notification, told } = entry;
  const held = heldBy === null ? '' : HELD_TEXTS[heldBy as HeldBy];
  const queued = notification !== null && told.length === 0 ? 'notification queued' : '';
  const text = [note ?? '', held, queued].filter((part) => part !== '').join('; ');
  const moment = time.short(Date.parse(at), context.clock.nowMs());
  const first = `  ${leftCell(moment, 14)}${leftCell(event, 16)}${escapeTerminal(text)}`.trimEnd();
  const others = told.map((each) => `${' '.repeat(32)}${escapeTerminal(toldText(each))}`);
  return `${[first, ...others].join('\n')}\n`;
}
