/**
 * `logstead trace FILE[:LINE|@OFFSET]`: what became of a file, or of one line of it. Reads only; works while the daemon
 * runs, and after the file is gone.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { rulesOf } from '../alert/rule-from-settings.ts';
import type { Database } from '../base/database.ts';
import { OperatorError } from '../base/errors.ts';
import { jsonLine } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
import type { Settings } from '../config/settings.ts';
import type { FilePlace, PlacedEntry } from '../engine/entry-place.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import { ArchiveBook } from '../ingest/archive-book.ts';
import type { Entry } from '../model/entry.ts';
import { entryAt } from '../model/entry-at.ts';
import { compileFilter } from '../query/compile-filter.ts';
import { type FileLook, lookOrNothing } from '../watch/file-look.ts';
import { fatesOf, type GenerationFate } from '../watch/ledger-lookup.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openStore } from './open-reader.ts';
import { settingsFor } from './settings-for.ts';
import { fileText, placeText } from './trace-output.ts';

type TraceOptions = Readonly<{ json?: boolean; generation?: string }>;

/** What was asked for: a file, or a line of it. */
type Target = Readonly<{ path: string; line: number | null; offsetBytes: number | null }>;

/** What became of one place of one generation. */
export type PlaceFate = Readonly<{
  generation: number;
  path: string;
  state: string;
  line: number | null;
  offsetBytes: number | null;
}> &
  (
    | Readonly<{
        fate: 'indexed';
        entry: Entry;
        format: string;
        segment: number;
        committedAtMs: number;
        rules: string[];
      }>
    | Readonly<{ fate: 'skipped' | 'lost'; reason: string; atMs: number }>
    | Readonly<{ fate: 'not read' | 'not committed' | 'removed' | 'unknown'; reason: string }>
  ) &
  Readonly<{ archivePath: string | null }>;

export function register(program: Command, context: CliContext): void {
  program
    .command('trace')
    .description('say what became of a file, or of one of its lines')
    .argument('<file>', 'a path; with :LINE (from 1) or @OFFSET (bytes, from 0) a line of it')
    .option(
      '--generation <number>',
      'of the life of the file with this number; default: the newest that has the line',
    )
    .option('--json', 'one JSON object a generation, or one for the line')
    .addHelpText(
      'after',
      `
Examples:
  logstead trace /var/log/nginx/access.log
  logstead trace /var/log/nginx/access.log:1041
  logstead trace /var/log/nginx/access.log@88213`,
    )
    .action((text: string, options: TraceOptions, command: Command) => {
      const settings = settingsFor(context, globalOptions(command));
      context.finish(trace(context, settings, { target: targetOf(text, context), options }));
    });
}

/** A file whose name ends like a place is itself meant, if it is there. */
function targetOf(text: string, context: CliContext): Target {
  const whole = resolve(context.workingFolder, text);
  const match = /^(.+?)(?::(\d{1,15})|@(\d{1,15}))$/s.exec(text);
  if (match === null || existsSync(whole)) return { path: whole, line: null, offsetBytes: null };
  const [, file = '', line, offset] = match;
  if (Number(line) === 0) {
    throw new OperatorError('USAGE', `Cannot trace "${text}": lines begin at 1`);
  }
  return {
    path: resolve(context.workingFolder, file),
    line: line === undefined ? null : Number(line),
    offsetBytes: offset === undefined ? null : Number(offset),
  };
}

function trace(
  context: CliContext,
  settings: Settings,
  asked: Readonly<{ target: Target; options: TraceOptions }>,
): ExitCode {
  const { target, options } = asked;
  using store = openStore(context, settings.paths);
  if (store === null) return EXIT.NOTHING_FOUND;
  const { path, line, offsetBytes } = target;
  const look = lookOrNothing(path);
  // What lies there now is no file: its number may have been that of one.
  const key = look?.kind === 'file' ? look.key : null;
  const known = fatesOf(store.database, { path, key });
  if (known.length === 0 && look !== undefined && key === null) throw noFile(path, look);
  const fates = known.filter(
    ({ number }) => options.generation === undefined || String(number) === options.generation,
  );
  if (fates.length === 0) throw neverSeen(path, options, known);
  const { output } = context;
  const archiveOf = archiveFinder(store.database);
  if (line === null && offsetBytes === null) {
    const rows = fates.map((fate) => ({ ...fate, archivePath: archiveOf(fate.number) }));
    output.write(options.json ? rows.map((row) => `${jsonLine(row)}\n`).join('') : fileText(rows));
    return EXIT.DONE;
  }
  const found = placeFate(store.reader, fates, target);
  const rules = found.entry === null ? [] : rulesTouchedBy(found.entry, settings);
  const fate = describePlace(found, { target, rules, archiveOf });
  output.write(options.json ? `${jsonLine(fate)}\n` : placeText(fate));
  return fate.fate === 'indexed' ? EXIT.DONE : EXIT.NOTHING_FOUND;
}

function noFile(path: string, { kind }: FileLook): OperatorError {
  const what = kind === 'folder' ? 'a folder' : 'no regular file';
  return new OperatorError('USAGE', `Cannot trace "${path}": it is ${what}`, {
    hint: 'Name a log file: nothing else is followed, so the ledger knows nothing else',
  });
}

function neverSeen(
  path: string,
  { generation }: TraceOptions,
  known: readonly GenerationFate[],
): OperatorError {
  if (known.length > 0) {
    const numbers = known.map(({ number }) => number).join(', ');
    return new OperatorError(
      'USAGE',
      `Cannot trace generation ${generation} of "${path}": known are ${numbers}`,
    );
  }
  return new OperatorError('USAGE', `Cannot trace "${path}": the ledger knows no such file`, {
    hint: existsSync(path)
      ? 'It is there, but no watch names it, or the daemon has not run since; see "logstead check --settings"'
      : 'See "logstead status --files" for the files that are followed',
  });
}

function archiveFinder(database: Database): (generation: number) => string | null {
  const hasBook = database
    .prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'archive'`)
    .get();
  if (hasBook === undefined) return () => null;
  const book = ArchiveBook.read(database);
  return (generation) => book.pathOf(generation);
}

type Found = Readonly<{ fate: GenerationFate; entry: PlacedEntry | null }>;

/** The newest generation whose entries hold the place; else the newest that reaches as far. */
function placeFate(reader: StoreReader, fates: readonly GenerationFate[], target: Target): Found {
  for (const fate of fates) {
    const entry = reader.entryAt(placeIn(fate, target));
    if (entry !== null) return { fate, entry };
  }
  const { offsetBytes } = target;
  const reaches = fates.find((fate) => offsetBytes !== null && offsetBytes < fate.sizeBytes);
  return { fate: reaches ?? fates[0]!, entry: null };
}

function placeIn(fate: GenerationFate, { line, offsetBytes }: Target): FilePlace {
  const generation = fate.number;
  return line === null ? { generation, offsetBytes: offsetBytes ?? 0 } : { generation, line };
}

/** Names of the rules whose condition the entry meets, as the config is now. */
function rulesTouchedBy({ columns }: PlacedEntry, settings: Settings): string[] {
  return rulesOf(settings.alerts).flatMap(({ name, when }) => {
    if (when.kind !== 'query') return [];
    return compileFilter(when.filter, columns.names)(columns, 0) ? [name] : [];
  });
}

function describePlace(
  { fate, entry }: Found,
  parts: Readonly<{
    target: Target;
    rules: string[];
    archiveOf: (generation: number) => string | null;
  }>,
): PlaceFate {
  const { target, rules, archiveOf } = parts;
  const { line, offsetBytes } = target;
  const common = {
    generation: fate.number,
    path: fate.path,
    state: fate.state,
    line,
    offsetBytes,
    archivePath: archiveOf(fate.number),
  };
  if (entry !== null) {
    const { columns, segment, madeAtMs } = entry;
    return {
      ...common,
      fate: 'indexed',
      entry: entryAt(columns, 0),
      format: columns.names.formats.valueOf(columns.format[0]!),
      segment: segment.number,
      committedAtMs: madeAtMs,
      rules,
    };
  }
  const span = fate.spans.find(
    ({ start, end }) => offsetBytes !== null && offsetBytes >= start && offsetBytes < end,
  );
  if (span !== undefined && span.kind !== 'gap') {
    return { ...common, fate: span.kind, reason: span.reason, atMs: span.atMs };
  }
  return { ...common, ...unindexed(fate, target) };
}

/** Why no entry holds the place although the ledger names no bytes that were left out. */
function unindexed(
  fate: GenerationFate,
  { line, offsetBytes }: Target,
): Readonly<{ fate: 'not read' | 'not committed' | 'removed' | 'unknown'; reason: string }> {
  const { startOffset, committedOffset, committedLine, sizeBytes, skipReason } = fate;
  if (skipReason !== null) return { fate: 'not read', reason: skipReason };
  if (offsetBytes !== null && offsetBytes < startOffset) {
    return { fate: 'not read', reason: 'it was there before the watch, which reads from the end' };
  }
  if (committedLine === 0 && offsetBytes === null) {
    return {
      fate: 'unknown',
      reason: 'lines of this generation are not counted; ask with @OFFSET',
    };
  }
  const isBehind =
    offsetBytes === null ? (line ?? 0) >= committedLine : offsetBytes >= committedOffset;
  const isBeyond = offsetBytes === null ? committedOffset >= sizeBytes : offsetBytes >= sizeBytes;
  if (isBehind && !isBeyond) {
    return { fate: 'not committed', reason: 'its turn has not come, or the file has no such line' };
  }
  if (isBehind) {
    const known =
      offsetBytes === null
        ? formatCounted(committedLine - 1, 'line')
        : formatCounted(sizeBytes, 'byte');
    return { fate: 'not read', reason: `the file is known to have ${known}` };
  }
  return { fate: 'removed', reason: 'retention has removed its entry, or it is an empty line' };
}
