/**
 * `logstead import FILE…`: old log files into the index, plain or compressed (gzip, zstd, bzip2, xz), each once. The
 * files stay where they are. Where the daemon runs it reads them, so it has to be allowed to; else this process does.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { formatBytes } from '../base/byte-size.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
import type { Settings } from '../config/settings.ts';
import { type Imported, importFile } from '../ingest/import-file.ts';
import type { ImportFailure, ImportRequest, ImportState } from '../ingest/import-jobs.ts';
import { callDaemon } from '../serve/control-client.ts';
import { sourceOf } from '../watch/rotation-name.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openProgress } from './progress.ts';
import { settingsFor } from './settings-for.ts';
import { StateSession } from './state-session.ts';

type ImportOptions = Readonly<{
  source?: string;
  tag?: readonly string[];
  format?: string;
  timezone?: string;
  again?: boolean;
  json?: boolean;
}>;

export function register(program: Command, context: CliContext): void {
  program
    .command('import')
    .description(
      'bring old log files into the index, plain, gz, zst, bz2 or xz; they stay as they are',
    )
    .argument('<files...>')
    .option('--source <name>', 'the source of their entries; default: derived from the path')
    .option('--tag <name...>', 'tags of their entries, up to the next option or --', tagsOption)
    .option('--format <name>', 'how lines are understood; default: found out')
    .option('--timezone <zone>', 'zone of stamps that name none; default: that of this machine')
    .option('--again', 'also files whose entries are known: they are then there twice')
    .option('--json', 'one JSON object a file')
    .action(async (files: string[], options: ImportOptions, self: Command) => {
      const settings = settingsFor(context, globalOptions(self));
      context.finish(await importAll(context, settings, { files, options }));
    });
}

/** Commander gives the words one by one, each with what those before it have made. */
function tagsOption(text: string, before: readonly string[] = []): string[] {
  if (text.includes('\n')) {
    throw new InvalidArgumentError('A tag is one line; give each its own --tag.');
  }
  if (text.trim() !== '') return [...before, text];
  throw new InvalidArgumentError('A tag has at least one character; leave --tag out for none.');
}

async function importAll(
  context: CliContext,
  settings: Settings,
  { files, options }: Readonly<{ files: readonly string[]; options: ImportOptions }>,
): Promise<ExitCode> {
  const paths = files.map((file) => resolve(context.workingFolder, file));
  const total = paths.reduce((sum, path) => sum + sizeOf(path), 0) * 2;
  await using importer = await openImporter(context, settings);
  using progress = openProgress(context, { name: 'import', total, unit: 'bytes' });

  let doneBytes = 0;
  let failedCount = 0;
  for (const path of paths) {
    const request: ImportRequest = {
      path,
      source: options.source ?? sourceOf(path, { fixedFolder: dirname(path), inLogDir: true }),
      tags: options.tag ?? [],
      format: options.format ?? null,
      timezone: options.timezone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
      again: options.again ?? false,
    };
    try {
      const imported = await importer.run(request, (read) => progress.at(doneBytes + read));
      tell(context, path, { ...imported, asJson: options.json ?? false });
    } catch (cause) {
      failedCount += 1;
      if (context.stop.aborted) return toldOf(context, path);
      context.errorOutput.write(`${escapeTerminal(messageOf(cause))}\n`);
      if (cause instanceof OperatorError && cause.hint !== undefined) {
        context.errorOutput.write(`  ${escapeTerminal(cause.hint)}\n`);
      }
    }
    doneBytes += sizeOf(path) * 2;
    progress.at(doneBytes);
  }
  return failedCount === 0 ? EXIT.DONE : EXIT.STAGE_FAILED;
}

/** Somebody wants it to end; the daemon, where it reads, does not. */
function toldOf({ errorOutput }: CliContext, path: string): ExitCode {
  errorOutput.write(`Broken off at ${escapeTerminal(path)}\n`);
  errorOutput.write(
    '  A daemon goes on with it; else ask again, and it goes on where it stopped\n',
  );
  return EXIT.STAGE_FAILED;
}

/** Whoever may write the index: the daemon, or this process. */
type Importer = AsyncDisposable &
  Readonly<{
    run: (request: ImportRequest, onRead: (readBytes: number) => void) => Promise<Imported>;
  }>;

async function openImporter(context: CliContext, settings: Settings): Promise<Importer> {
  const { stateDir } = settings.paths;
  try {
    await callDaemon(stateDir, 'status', { args: { files: 'none' } });
  } catch (thrown) {
    if (!(thrown instanceof OperatorError && thrown.code === 'DAEMON_NOT_RUNNING')) throw thrown;
    return ownImporter(context, await StateSession.open(context, settings));
  }
  return {
    run: (request, onRead) => importThroughDaemon(context, stateDir, { request, onRead }),
    async [Symbol.asyncDispose]() {},
  };
}

function ownImporter({ clock, stop }: CliContext, session: StateSession): Importer {
  const { ingest } = session;
  return {
    run: ({ path, ...options }, onRead) =>
      importFile({ ingest, book: ingest.imports }, path, {
        ...options,
        nowMs: () => clock.nowMs(),
        onRead(readBytes) {
          stop.throwIfAborted();
          onRead(readBytes);
        },
      }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** How often the daemon is asked how far it is. */
const ASK_MS = 200;
/** One that has much to do answers late, and goes on with the file whatever is said of it here. */
const ANSWER_MS_MAX = 5 * 60_000;

async function importThroughDaemon(
  { clock, stop }: CliContext,
  stateDir: string,
  asked: Readonly<{ request: ImportRequest; onRead: (readBytes: number) => void }>,
): Promise<Imported> {
  const ask = (command: string, args: object): Promise<unknown> =>
    callDaemon(stateDir, command, { args, timeoutMs: ANSWER_MS_MAX });
  const id = await ask('import', asked.request);
  for (;;) {
    const state = (await ask('import-state', { id })) as ImportState;
    asked.onRead(state.readBytes);
    if (state.result !== null) return state.result;
    if (state.failure !== null) {
      const { message } = state.failure;
      const hint = hintFor(asked.request.path, state.failure);
      throw new OperatorError('USAGE', message, hint === null ? {} : { hint });
    }
    await clock.sleep(ASK_MS, { signal: stop });
    stop.throwIfAborted();
  }
}

/** A service has no /home and a /tmp of its own: "no such file", of one that somebody sees before them, explains nothing. */
function hintFor(path: string, { hint, systemCode }: ImportFailure): string | null {
  if (systemCode === null || !isReadable(path)) return hint;
  return 'You may read it, but the daemon is who does: a service sees nothing in /home, /root and /tmp, and reads as a user of its own. Put it where that may, such as a folder in /srv that all may read; or stop the daemon and ask again';
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function tell(
  { output }: CliContext,
  path: string,
  told: Imported & Readonly<{ asJson: boolean }>,
): void {
  const { asJson, ...counts } = told;
  if (asJson) {
    output.write(`${jsonLine({ path, ...counts })}\n`);
    return;
  }
  const entries = counts.onlyMissing
    ? formatCounted(counts.entryCount, 'missing entry', 'missing entries')
    : formatCounted(counts.entryCount, 'entry', 'entries');
  const format = counts.format === null ? '' : `, ${counts.format}`;
  output.write(
    `imported  ${escapeTerminal(path)}: ${entries}, ${formatBytes(counts.sizeBytes)}${format}\n`,
  );
}

/** 0 where it cannot be looked at: reading it says why. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
