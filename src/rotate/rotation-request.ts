/** What is asked of a rotation. */
import { OperatorError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import type { Settings } from '../config/settings.ts';

export type RotationRequest = Readonly<{
  run: 'once' | 'rotate';
  /** Only files of this `[watch:NAME]`. Default: of all. */
  watch?: string;
  /** Only files that have come to the size or age at which their sections take them; no report. */
  onlyLargeOrOld?: boolean;
  /** No report: it is the section's own schedule. */
  isOwnSchedule?: boolean;
}>;

/** Throws USAGE where no `[watch:NAME]` has that name. */
export function refuseUnknownWatch({ watches }: Settings, name: string): void {
  const names = watches.map((watch) => watch.name);
  if (names.includes(name)) return;
  const meant = nearestName(name, names);
  throw new OperatorError('USAGE', `Cannot rotate "${name}": no [watch:NAME] has that name`, {
    hint: meant === null ? `There are ${names.join(', ')}` : `Did you mean "${meant}"?`,
  });
}

/** `once` takes what is finished; a rotation waits until files were left alone. */
export function waitsForIdle({ run }: RotationRequest): boolean {
  return run !== 'once';
}
