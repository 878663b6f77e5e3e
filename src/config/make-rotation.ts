/** Checked values of rotation and retention → settings; a watch takes from `[rotation]` what it does not say itself. */
import type { SectionValues } from './declaration.ts';
import type { RetentionSettings, RotationSettings, WatchRotation } from './settings.ts';

export function rotationFrom(values: SectionValues<'rotation'>): RotationSettings {
  return {
    enabled: values.enabled,
    schedule: values.schedule,
    timezone: values.timezone,
    idleMs: values.idle,
    compression: values.compress,
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
  rotation: SectionValues<'rotation'>,
): WatchRotation {
  return {
    idleMs: values.idle ?? rotation.idle,
    compression: values.compress ?? rotation.compress,
    archiveAgeMs: values.archive_age,
    archiveBytesMax: values.archive_size,
  };
}
