/** Checked values of rotation and retention → settings; a watch takes from `[rotation]` what it does not say itself. */
import { resolve } from 'node:path';
import type { SectionValues } from './declaration.ts';
import type { RetentionSettings, RotationSettings, WatchRotation, WriterCall } from './settings.ts';

export function rotationFrom(values: SectionValues<'rotation'>): RotationSettings {
  return {
    enabled: values.enabled,
    schedule: values.schedule,
    timezone: values.timezone,
    idleMs: values.idle,
    compression: values.compress,
    active: values.active,
    activeBytesMin: values.active_size,
    activeAgeMsMin: values.active_age,
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
      sources: values.archive_sources,
    },
  };
}

export function watchRotationFrom(
  values: SectionValues<'watch'>,
  rotation: SectionValues<'rotation'>,
  projectFolder: string,
): WatchRotation {
  return {
    schedule: values.schedule,
    idleMs: values.idle ?? rotation.idle,
    compression: values.compress ?? rotation.compress,
    archiveAgeMs: values.archive_age,
    archiveBytesMax: values.archive_size,
    active: {
      way: values.active ?? rotation.active,
      bytesMin: values.active_size ?? rotation.active_size,
      ageMsMin: values.active_age ?? rotation.active_age,
      writers: writerCallsFrom(values, projectFolder),
    },
  };
}

/** Both, where both are set: the signal first. */
function writerCallsFrom(values: SectionValues<'watch'>, projectFolder: string): WriterCall[] {
  const { post_rotate_command: argv, post_rotate_signal: signal } = values;
  const { post_rotate_pid_file: pidFile } = values;
  const calls: WriterCall[] = [];
  if (signal !== null && pidFile !== null) {
    calls.push({ kind: 'signal', signal, pidFile: resolve(projectFolder, pidFile) });
  }
  if (argv !== null) calls.push({ kind: 'command', argv });
  return calls;
}
