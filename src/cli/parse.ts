/**
 * `logstead parse FILE…`: what the parser makes of files, storing nothing. It is how one sees why a line was
 * understood as it was. Files that the config watches are read as the daemon would read them.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { messageOf, OperatorError } from '../base/errors.ts';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCounted, formatShare } from '../base/number-text.ts';
import { findConfig } from '../config/config-file.ts';
import type { FormatSettings, Settings } from '../config/settings.ts';
import { entryAt } from '../model/entry-at.ts';
import type { Detection } from '../parse/detect.ts';
import { checkFormatName, formatsOf, PLAIN } from '../parse/formats/table.ts';
import { Layout } from '../parse/layout.ts';
import {
  type ParsedFile,
  type ParseFileOptions,
  parsedRecordAt,
  parseFile,
} from '../parse/parse-file.ts';
import { Patterns } from '../watch/patterns.ts';
import { sourceOf } from '../watch/rotation-name.ts';
import { leftCell, rightCell } from './cells.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EntryOutput } from './entry-output.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { PacedOutput } from './paced-output.ts';
import { settingsFor } from './settings-for.ts';
import { terminalOf } from './terminal.ts';

type ParseOptions = Readonly<{
  json?: boolean;
  explain?: boolean;
  whole?: boolean;
  utc?: boolean;
  format?: string;
  timezone?: string;
  encoding?: string;
  multiline: boolean;
  source?: string;
}>;

const STANDARD_INPUT = '/dev/stdin';

export function register(program: Command, context: CliContext): void {
  program
    .command('parse <file...>')
    .description('show what the parser makes of files (- is standard input); stores nothing')
    .option('--json', 'one JSON object an entry')
    .option('--explain', 'say which format each file was taken for, and why')
    .option('--format <name>', 'the format, instead of telling it from the lines')
    .option('--timezone <name>', 'the zone of stamps that print none')
    .option('--encoding <name>', 'utf-8 or latin1')
    .option('--no-multiline', 'every line is an entry')
    .option('--source <name>', 'the source, instead of telling it from the path')
    .option('-x, --whole', 'all lines and all fields of each entry')
    .option('--utc', 'print times in UTC')
    .addHelpText(
      'after',
      `
Examples:
  logstead parse /var/log/dpkg.log            what the daemon would make of it
  logstead parse --explain logs/*.log         which format each was taken for
  journalctl -o short-iso | logstead parse -  standard input`,
    )
    .action(async (files: string[], options: ParseOptions, self: Command) => {
      const settings = settingsIfAny(context, globalOptions(self));
      checkOptions(options, settings?.formats ?? []);
      endOnInterrupt();
      context.finish(await parseAll(context, files, { options, settings }));
    });
}

/** The config is asked only for how it reads the files; without one the defaults hold. */
function settingsIfAny(
  context: CliContext,
  options: Readonly<{ config?: string }>,
): Settings | null {
  const isThere = options.config !== undefined || existsSync(findConfig(context.workingFolder));
  return isThere ? settingsFor(context, options) : null;
}

function checkOptions(
  { format, timezone, encoding }: ParseOptions,
  declared: readonly FormatSettings[],
): void {
  if (format !== undefined) {
    checkFormatName(format, { doing: 'parse', declared: declared.map(({ name }) => name) });
  }
  if (timezone !== undefined && !isTimezone(timezone)) {
    throw new OperatorError(
      'USAGE',
      `Cannot use --timezone "${timezone}": expected a name such as Europe/Berlin`,
    );
  }
  if (encoding !== undefined && encoding !== 'utf-8' && encoding !== 'latin1') {
    throw new OperatorError(
      'USAGE',
      `Cannot use --encoding "${encoding}": expected utf-8 or latin1`,
    );
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

type Parsing = Readonly<{ options: ParseOptions; settings: Settings | null }>;

async function parseAll(
  context: CliContext,
  files: readonly string[],
  parsing: Parsing,
): Promise<ExitCode> {
  const output = new PacedOutput(context.output);
  const printer = openPrinter(context, parsing.options);
  let entryCount = 0;
  let code: ExitCode = EXIT.DONE;
  for (const file of files) {
    try {
      const parsed = await parseOne(file === '-' ? STANDARD_INPUT : file, {
        ...parsing,
        output,
        printer,
      });
      entryCount += parsed.entryCount;
      await output.flush();
      if (!parsing.options.json && !parsing.options.explain) {
        context.errorOutput.write(`${summaryOf(parsed)}\n`);
      }
    } catch (thrown) {
      // The other files are still read.
      if (!(thrown instanceof OperatorError) || thrown.code !== 'FILE_UNREADABLE') throw thrown;
      context.errorOutput.write(`${escapeTerminal(messageOf(thrown))}\n`);
      code = EXIT.USAGE;
    }
  }
  await output.flush();
  return code === EXIT.DONE && entryCount === 0 ? EXIT.NOTHING_FOUND : code;
}

type Printer = (columns: Parameters<typeof entryAt>[0], row: number) => string;

function openPrinter(context: CliContext, options: ParseOptions): Printer {
  if (options.json) return (columns, row) => `${jsonLine(parsedRecordAt(columns, row))}\n`;
  const output = new EntryOutput({
    terminal: terminalOf(context.output, context.environment),
    time: new LocalTime(options.utc ? 'UTC' : userTimezone()),
    hits: () => [],
    whole: options.whole ?? false,
  });
  return (columns, row) => output.textOf(entryAt(columns, row));
}

async function parseOne(
  path: string,
  {
    options,
    settings,
    output,
    printer,
  }: Parsing & Readonly<{ output: PacedOutput; printer: Printer }>,
): Promise<ParsedFile> {
  const parsed = await parseFile(path, {
    ...readingOf(path, { options, settings }),
    onEntries: async (columns) => {
      if (options.explain) return;
      for (let row = 0; row < columns.count; row += 1) await output.write(printer(columns, row));
    },
  });
  if (options.explain) {
    await output.write(
      options.json ? `${jsonLine(explanationOf(parsed))}\n` : explanationText(parsed),
    );
  }
  return parsed;
}

/** How the daemon would read the file, where a watch of the config names it; options say otherwise. */
function readingOf(path: string, { options, settings }: Parsing): ParseFileOptions {
  const absolute = resolve(path);
  const match = settings === null ? undefined : new Patterns(settings.watches, []).match(absolute);
  const watch = match?.watch;
  const derived =
    path === STANDARD_INPUT
      ? 'stdin'
      : sourceOf(absolute, { fixedFolder: resolve(absolute, '..'), inLogDir: false });
  const format = options.format ?? watch?.format ?? null;
  const encoding = options.encoding as 'utf-8' | 'latin1' | undefined;
  return {
    source: options.source ?? match?.source ?? derived,
    tags: watch?.tags ?? [],
    format,
    declared: settings?.formats.find(({ name }) => name === format) ?? null,
    timezone: options.timezone ?? watch?.timezone ?? userTimezone(),
    encoding: encoding ?? watch?.encoding ?? 'utf-8',
    multiline: options.multiline ? (watch?.multiline ?? 'auto') : 'off',
  };
}

function summaryOf({ path, entryCount, detection }: ParsedFile): string {
  const format = detection === null ? '' : `, format ${detection.format}`;
  return escapeTerminal(`${formatCounted(entryCount, 'entry', 'entries')} in ${path}${format}`);
}

function explanationOf({ path, sizeBytes, entryCount, detection }: ParsedFile): object {
  return {
    file: path,
    format: detection?.format ?? PLAIN,
    confidence: detection?.confidence ?? 0,
    lines: detection?.lineCount ?? 0,
    candidates: (detection?.candidates ?? []).map(({ format, fitCount, stampCount, score }) => ({
      format,
      fits: fitCount,
      stamps: stampCount,
      score,
    })),
    entries: entryCount,
    bytes: sizeBytes,
  };
}

function explanationText({ path, entryCount, detection }: ParsedFile): string {
  const head = `${escapeTerminal(path)}: ${formatCounted(entryCount, 'entry', 'entries')}`;
  if (detection === null) return `${head}, nothing to tell a format from\n`;
  return `${head}, taken for ${reasonOf(detection)}\n${candidateTable(detection)}`;
}

function reasonOf({ format, confidence, lineCount, isNamed }: Detection): string {
  const sample = `the first ${formatCounted(lineCount, 'line')}`;
  if (isNamed) return `${format}, as it was told: it fits ${formatShare(confidence)} of ${sample}`;
  return confidence === 0
    ? `${format}: no format fits enough of ${sample}`
    : `${format}: it fits ${formatShare(confidence)} of ${sample}`;
}

function candidateTable({ candidates }: Detection): string {
  if (candidates.length === 0) return '';
  const about = new Map(formatsOf(new Layout()).map((format) => [format.name, format.about]));
  const rows = candidates.map(
    ({ format, fitCount, stampCount }) =>
      `  ${leftCell(format, 20)}${rightCell(String(fitCount), 6)}${rightCell(String(stampCount), 12)}  ${about.get(format) ?? ''}\n`,
  );
  return `  ${leftCell('format', 20)}${rightCell('lines', 6)}${rightCell('with stamp', 12)}\n${rows.join('')}`;
}
