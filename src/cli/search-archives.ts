/** `search --archives`: the store that stands for index and archives together, and what people are told of it. */
import { systemDisk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Filter } from '../query/query-tree.ts';
import type { Stage } from '../query/stage-tree.ts';
import { type ArchiveSearch, searchArchives } from '../rotate/archive-search.ts';
import type { CliContext } from './context.ts';
import type { OpenStore } from './open-reader.ts';

type Asked = Readonly<{ filter: Filter; stages: readonly Stage[]; stateDir: string }>;

/** Archives that cannot be read are told one by one up to here. */
const UNREADABLE_TOLD_MAX = 3;

export async function openArchives(
  context: CliContext,
  store: OpenStore,
  { filter, stages, stateDir }: Asked,
): Promise<ArchiveSearch> {
  if (stages.some(({ kind }) => kind === 'context')) {
    throw new OperatorError(
      'USAGE',
      'Cannot show what is around entries of archives: only what matches is read from them',
      { hint: 'Use "logstead archives restore" and read the file itself' },
    );
  }
  const { clock } = context;
  const { database, reader } = store;
  const parts = { disk: systemDisk, clock, database, reader, stateDir };
  const search = await searchArchives(parts, filter);
  tell(context, search);
  return search;
}

function tell({ errorOutput }: CliContext, search: ArchiveSearch): void {
  const { archiveCount, openedCount, inexactCount, unreadable } = search;
  const archives = formatCounted(archiveCount, 'archive');
  errorOutput.write(`Opened ${formatCount(openedCount)} of ${archives}\n`);
  if (inexactCount > 0) {
    errorOutput.write(
      `${formatCount(inexactCount)} of them read as they would be today: how they were indexed is not known\n`,
    );
  }
  for (const { path, reason } of unreadable.slice(0, UNREADABLE_TOLD_MAX)) {
    errorOutput.write(`Cannot read ${escapeTerminal(path)}: ${escapeTerminal(reason)}\n`);
  }
  if (unreadable.length > UNREADABLE_TOLD_MAX) {
    errorOutput.write(`${formatCount(unreadable.length)} archives cannot be read in all\n`);
  }
}
