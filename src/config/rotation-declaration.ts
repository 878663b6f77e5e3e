/** The settings of rotation and archive: in `[rotation]`, for single files in `[watch:NAME]`, and in `[retention]`. */
import { DAY_MS, MONTH_MS, optional, withDefault } from './setting.ts';
import { COMPRESSIONS, LAST_COPIES } from './settings.ts';
import {
  byteSize,
  choice,
  cronExpression,
  duration,
  orWord,
  timeZone,
  yesOrNo,
} from './value-kinds.ts';

const YEARS_MS = 36_500 * DAY_MS;

const idle = duration({ minMs: 0, maxMs: MONTH_MS });
const archiveAge = duration({ minMs: 3_600_000, maxMs: YEARS_MS });
const archiveSize = byteSize({ min: 2 ** 20, max: 2 ** 50 });

const IN_ROTATION = 'as in `[rotation]`';

export const ROTATION_SECTION = {
  isNamed: false,
  sentence: 'When finished log files are moved to `archive_dir` and the report is written.',
  settings: {
    enabled: withDefault(yesOrNo, 'yes', 'Whether the daemon rotates by itself.'),
    schedule: withDefault(
      cronExpression,
      '5 0 * * *',
      'When: minute, hour, day, month, weekday; six fields begin with the second.',
    ),
    timezone: withDefault(timeZone, 'local', 'The time zone of the schedule.'),
    idle: withDefault(idle, '5m', 'Files not written for this long are finished.'),
    compress: withDefault(
      choice(COMPRESSIONS),
      'none',
      'How archived files are stored; compressed ones are read back before the original goes.',
    ),
    verify: withDefault(
      orWord(duration({ minMs: DAY_MS, maxMs: YEARS_MS }), 'never'),
      '30d',
      'Every archived file is read again once in this time, and compared with its hash; a damaged one is told of.',
    ),
  },
} as const;

/** Beside the other settings of a watch. */
export const WATCH_ROTATION = {
  idle: optional(idle, { means: IN_ROTATION, example: '1h' }, 'Its own `idle` of `[rotation]`.'),
  compress: optional(
    choice(COMPRESSIONS),
    { means: IN_ROTATION, example: 'zstd' },
    'Its own `compress` of `[rotation]`.',
  ),
  archive_age: optional(
    archiveAge,
    { means: 'as in `[retention]`', example: '90d' },
    'Its own `archive_age` of `[retention]`.',
  ),
  archive_size: optional(
    archiveSize,
    { means: 'only that of `[retention]`', example: '10GiB' },
    'When the archived files of this section are larger, the oldest go.',
  ),
} as const;

/** Beside the limits of the index. */
export const ARCHIVE_RETENTION = {
  archive_age: withDefault(
    orWord(archiveAge, 'never'),
    'never',
    'Archived files whose last entry is older are deleted.',
  ),
  archive_size: withDefault(
    orWord(archiveSize, 'unlimited'),
    'unlimited',
    'When all archived files together are larger, the oldest are deleted.',
  ),
  archive_last_copy: withDefault(
    choice(LAST_COPIES),
    'keep',
    'What becomes of an archived file whose entries have left the index: `keep` the last copy, or `delete` it like any other.',
  ),
} as const;
