/** Checked values of rotation and retention → settings; a watch takes from `[rotation]` what it does not say itself. */
import { resolve } from 'node:path';
import type { SectionValues } from './declaration.ts';
import type { Reopen, RetentionSettings, RotationSettings, WatchRotation } from './settings.ts';

export function rotationFrom(values: SectionValues<'rotation'>): RotationSettings {
  return {
    enabled: values.enabled,
    schedule: values.schedule,
    timezone: values.timezone,
    idleMs: values.idle,
    compression: values.compress,
    active: values.active,
    sizeBytesMin: values.rotate_size,
    ageMsMin: values.rotate_age,
    verifyEveryMs: values.verify,
  };
}

export function retentionFrom(values: SectionValues<'retention'>): RetentionSettings {
  return {
    ageMs: values.age,
    indexBytesMax: values.index_size,
    levels: values.levels,
    sources: values.sources,
    freeBytesMin: values.free_space,
    archive: {
      ageMs: values.archive_age,
      bytesMax: values.archive_size,
      lastCopy: values.archive_last_copy,
    },
  };
}

export function watchRotationFrom(
  values: SectionValues<'watch'>,
  from: Readonly<{ rotation: SectionValues<'rotation'>; projectFolder: string }>,
): WatchRotation {
  const { rotation } = from;
  return {
    idleMs: values.idle ?? rotation.idle,
    compression: values.compress ?? rotation.compress,
    active: values.active ?? rotation.active,
    sizeBytesMin: values.rotate_size ?? rotation.rotate_size,
    ageMsMin: values.rotate_age ?? rotation.rotate_age,
    reopen: reopenFrom(values, from.projectFolder),
    archiveAgeMs: values.archive_age,
    archiveBytesMax: values.archive_size,
  };
}

/** The words of a command, which is started without a shell: no quotes, no variables. */
export function argvOf(command: string): string[] {
  return command.split(/\s+/).filter((word) => word !== '');
}

function reopenFrom(values: SectionValues<'watch'>, projectFolder: string): Reopen[] {
  const { reopen_signal: signal, reopen_pid_file: pidFile, reopen_command: command } = values;
  const reopen: Reopen[] = [];
  if (signal !== null && pidFile !== null) {
    reopen.push({ kind: 'signal', signal, pidFile: resolve(projectFolder, pidFile) });
  }
  const argv = argvOf(command ?? '');
  if (argv.length > 0) reopen.push({ kind: 'command', argv });
  return reopen;
}
