/** What a rotation did, or would do, as text for people. File names are foreign: escaped. */

import { formatBytes } from '../base/byte-size.ts';
import { escapeLine } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
import type { RetentionStep } from '../rotate/archive-retention.ts';
import { leftSteps, type RotationStep } from '../rotate/rotation-plan.ts';
import type { RotationResult } from '../rotate/rotation-run.ts';
import type { FileStatus } from '../watch/file-status.ts';

export type Plan = Readonly<{
  steps: readonly RotationStep[];
  /** What nobody could look into: it stays where it is. */
  unreadable: readonly FileStatus[];
  retention: readonly RetentionStep[];
}>;

/** Each file with what would become of it, and why. */
export function planText({ steps, unreadable, retention }: Plan): string {
  if (steps.length + unreadable.length + retention.length === 0) return 'No file to work on.\n';
  const lines = steps.map(({ kind, file, reason }) => {
    const verb = VERBS[kind];
    return `${verb}  ${escapeLine(file.path)}: ${escapeLine(reason)}`;
  });
  for (const { kind, row, reason } of retention) {
    const verb = kind === 'delete' ? 'would delete' : 'would keep';
    lines.push(`${verb.padEnd(12)}  ${escapeLine(row.archivePath)}: ${escapeLine(reason)}`);
  }
  const planned = lines.map((line) => `${line}\n`).join('');
  return `${unreadableText(unreadable)}${planned}Nothing was changed.\n`;
}

export function unreadableText(files: Plan['unreadable']): string {
  return files
    .map(({ path, error }) => `${VERBS.leave}  ${escapeLine(path)}: ${escapeLine(error ?? '')}\n`)
    .join('');
}

const VERBS: Readonly<Record<RotationStep['kind'], string>> = {
  move: 'would move ',
  leave: 'would leave',
  aside: 'would take ',
};

/** Everything a run did; for a failed one the stage and what stays. */
export function resultText(result: RotationResult): string {
  const { scan, report, outcome, steps, upkeep, asides, failure } = result;
  const lines: string[] = [];
  if (failure !== null) {
    lines.push(`Failed at the stage "${failure.stage}": ${escapeLine(failure.message)}`);
    if (failure.hint !== null) lines.push(`  ${escapeLine(failure.hint)}`);
  }
  if (scan !== null) {
    const read = formatCounted(scan.entryCount, 'entry', 'entries');
    lines.push(
      `read      ${read} from ${formatCounted(scan.fileCount, 'file')}, ${formatBytes(scan.sizeBytes)}`,
    );
  }
  for (const path of report?.paths ?? []) lines.push(`report    ${escapeLine(path)}`);
  for (const { path, asidePath, way } of asides.taken) {
    const verb = way === 'rename' ? 'renamed ' : 'emptied ';
    lines.push(`${verb}  ${escapeLine(path)}, aside as ${escapeLine(asidePath)}`);
  }
  for (const file of outcome.archived) {
    lines.push(`archived  ${escapeLine(file.originalPath)} to ${escapeLine(file.archivePath)}`);
  }
  for (const { path, reason } of upkeep.removed)
    lines.push(`deleted   ${escapeLine(path)}: ${escapeLine(reason)}`);
  for (const { path, reason } of upkeep.damaged)
    lines.push(`damaged   ${escapeLine(path)}: ${escapeLine(reason)}`);
  const { waiting, configuredCount } = leftSteps(steps);
  for (const { path, reason } of [...asides.left, ...outcome.left, ...waiting])
    lines.push(`left      ${escapeLine(path)}: ${escapeLine(reason)}`);
  if (configuredCount > 0) {
    const files = formatCounted(configuredCount, 'file');
    lines.push(`left      ${files}, as the config has it; "--dry-run" names each`);
  }
  if (failure !== null)
    lines.push('What is left stays where it is; the next run goes on from here.');
  return `${lines.join('\n')}\n`;
}
