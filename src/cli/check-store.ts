/** `logstead check --deep` and `--rebuild`: the store against its checksums, and its catalog made anew. */
import { join } from 'node:path';
import { formatBytes } from '../base/byte-size.ts';
import { Database } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { escapeTerminal } from '../base/escape.ts';
import { LockFile } from '../base/lock-file.ts';
import { formatCounted } from '../base/number-text.ts';
import type { PathSettings } from '../config/settings.ts';
import { rebuildCatalog } from '../engine/rebuild.ts';
import { checkStore } from '../engine/store-check.ts';
import { DATABASE_NAME, LOCK_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openDatabase } from './open-reader.ts';

/** Read every byte of the store; works while the daemon runs. */
export function checkDeep(context: CliContext, paths: PathSettings): ExitCode {
  using database = openDatabase(context, paths);
  if (database === null) return EXIT.NOTHING_FOUND;
  const folder = join(paths.stateDir, SEGMENTS_FOLDER);
  const check = checkStore({ disk: systemDisk, database, folder, deep: true });
  const { damaged, setAside } = check;
  const segments = formatCounted(check.segmentCount, 'segment');
  const entries = formatCounted(check.rowCount, 'entry', 'entries');
  context.output.write(`Whole: ${segments}, ${entries}, ${formatBytes(check.sizeBytes)}\n`);
  for (const { segment, reason } of damaged) {
    const name = segment.file ?? `number ${segment.number}`;
    const lost = formatCounted(segment.rowCount, 'entry', 'entries');
    context.output.write(`Damaged: ${escapeTerminal(name)}, ${lost}: ${escapeTerminal(reason)}\n`);
  }
  for (const damage of setAside) {
    const lost = formatCounted(damage.rowCount, 'entry', 'entries');
    context.output.write(
      `Set aside: number ${damage.number}, ${lost}: ${escapeTerminal(damage.reason)}\n`,
    );
  }
  return damaged.length + setAside.length === 0 ? EXIT.DONE : EXIT.DAMAGE_FOUND;
}

/** List segments that the database does not know. Takes the daemon's lock. */
export function rebuild(context: CliContext, { stateDir }: PathSettings): ExitCode {
  using _lock = LockFile.acquire(join(stateDir, LOCK_NAME));
  using database = Database.open(join(stateDir, DATABASE_NAME));
  const folder = join(stateDir, SEGMENTS_FOLDER);
  const { added, setAside } = rebuildCatalog({ disk: systemDisk, database, folder });
  const rowCount = added.reduce((sum, row) => sum + row.rowCount, 0);
  const entries = formatCounted(rowCount, 'entry', 'entries');
  context.output.write(`Listed again: ${formatCounted(added.length, 'segment')}, ${entries}\n`);
  for (const { file, reason } of setAside) {
    context.output.write(`Set aside: ${escapeTerminal(file)}: ${escapeTerminal(reason)}\n`);
  }
  return setAside.length === 0 ? EXIT.DONE : EXIT.DAMAGE_FOUND;
}
