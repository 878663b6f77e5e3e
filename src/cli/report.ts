/**
 * `logstead report`: what happened in a range of time, as text, HTML, JSON or Markdown; saved and opened if asked.
 *
 * Reads the state folder beside a running daemon and enters nothing in the book: scheduled reports stay complete.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { systemDisk } from '../base/disk.ts';
import { messageOf } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import type { Settings } from '../config/settings.ts';
import type { TimeContext } from '../query/time-text.ts';
import { makeRangeReport } from '../report/make-report.ts';
import type { Report } from '../report/report.ts';
import { writeReport } from '../report/report-files.ts';
import { reportHtml } from '../report/report-html.ts';
import { reportJson } from '../report/report-json.ts';
import { reportMarkdown } from '../report/report-markdown.ts';
import { reportText } from '../report/report-text.ts';
import { type CliContext, type GlobalOptions, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { timeRange } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { userTimezone } from './local-time.ts';
import { openDatabase } from './open-database.ts';
import { openEntries } from './open-reader.ts';
import { settingsFor } from './settings-for.ts';

const FORMATS = {
  text: reportText,
  html: reportHtml,
  json: reportJson,
  md: reportMarkdown,
} as const;

type ReportOptions = Readonly<{
  since: string;
  until?: string;
  format: keyof typeof FORMATS;
  save?: boolean;
  open?: boolean;
}>;

export function register(program: Command, context: CliContext): void {
  program
    .command('report')
    .description('what happened in a range of time')
    .option('-S, --since <time>', 'entries at this time or later', '24h')
    .option('-U, --until <time>', 'entries before this time; default: now')
    .addOption(
      new Option('--format <format>', 'how it is printed')
        .choices(Object.keys(FORMATS))
        .default('text'),
    )
    .option('--save', 'write it into report_dir instead, as text, HTML and JSON')
    .option('--open', 'save it, and show the HTML in the browser')
    .action(async (options: ReportOptions, self: Command) => {
      const globals = globalOptions(self);
      const settings = settingsFor(context, globals);
      endOnInterrupt();
      context.finish(await makeReport(context, settings, { ...options, globals }));
    });
}

type Asked = ReportOptions & Readonly<{ globals: GlobalOptions }>;

async function makeReport(
  context: CliContext,
  settings: Settings,
  options: Asked,
): Promise<ExitCode> {
  const report = await reportOf(context, settings, options);
  if (report === null) return EXIT.NOTHING_FOUND;
  if (options.save || options.open) await save(context, settings, { report, options });
  else context.output.write(FORMATS[options.format](report));
  return report.entryCount === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

/** Null where nothing was ever stored. */
async function reportOf(
  context: CliContext,
  settings: Settings,
  options: Asked,
): Promise<Report | null> {
  const { clock } = context;
  const timeContext: TimeContext = { nowMs: clock.nowMs(), timezone: userTimezone() };
  const { fromUs, untilUs } = timeRange(options, timeContext, 'now');
  using database = openDatabase(context, settings.paths);
  if (database === null) return null;
  using entries = await openEntries(context, options.globals);

  if (entries === null) return null;
  const { reader } = entries;
  return makeRangeReport({ clock, disk: systemDisk, database, reader }, settings, {
    fromUs: fromUs!,
    untilUs: untilUs!,
  });
}

async function save(
  context: CliContext,
  settings: Settings,
  { report, options }: Readonly<{ report: Report; options: ReportOptions }>,
): Promise<void> {
  const place = { disk: systemDisk, folder: settings.paths.reportDir };
  const paths = await writeReport(place, report);
  for (const path of paths) context.output.write(`${escapeTerminal(path)}\n`);
  const page = paths.find((path) => path.endsWith('.html'));
  if (!options.open || page === undefined) return;
  try {
    const opener = spawn('xdg-open', [page], { stdio: 'ignore', detached: true });
    await once(opener, 'spawn');
    opener.unref();
  } catch (cause) {
    context.errorOutput.write(
      `Cannot open the browser: ${escapeTerminal(messageOf(cause))}; the report is saved\n`,
    );
  }
}
