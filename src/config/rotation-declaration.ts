/** The settings of rotation and archive: in `[rotation]`, for single files in `[watch:NAME]`, and in `[retention]`. */

import { filePath } from './path-kinds.ts';
import { DAY_MS, MONTH_MS, optional, withDefault } from './setting.ts';
import { ACTIVE_WAYS, COMPRESSIONS, LAST_COPIES, WRITER_SIGNALS } from './settings.ts';
import {
  byteSize,
  choice,
  commandLine,
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

const activeSize = byteSize({ min: 1024, max: 2 ** 50 });
const activeAge = duration({ minMs: 60_000, maxMs: YEARS_MS });

const IN_ROTATION = 'as in `[rotation]`';

export const ROTATION_SECTION = {
  isNamed: false,
  sentence: 'When finished log files are moved to `archive_dir` and the report is written.',
  settings: {
    enabled: withDefault(yesOrNo, 'yes', 'Whether the daemon rotates by itself.'),
    schedule: withDefault(
      cronExpression,
      '5 0 * * *',
      'When: minute, hour, day, month, weekday; six fields begin with the second. Where a day of the month and a weekday are given, it must be both. A time that clocks leave out comes when they go forward, one that they show twice the first time; one that was missed while the machine slept or nothing ran is made up for.',
    ),
    timezone: withDefault(timeZone, 'local', 'The time zone of the schedule.'),
    idle: withDefault(idle, '5m', 'Files not written for this long are finished.'),
    compress: withDefault(
      choice(COMPRESSIONS),
      'none',
      'How archived files are stored; compressed ones are read back before the original goes.',
    ),
    active: withDefault(
      choice(ACTIVE_WAYS),
      'leave',
      'What becomes of files that are still written to: they are left, renamed (and their writer told, see `[watch:NAME]`), or copied and emptied, which may cost what is written in that instant.',
    ),
    active_size: optional(
      activeSize,
      { means: 'of any size', example: '100MiB' },
      'They are taken from this size on, by each run and whenever they have reached it.',
    ),
    active_age: optional(
      activeAge,
      { means: 'of any age', example: '1d' },
      'They are taken when they were followed for so long, by each run and whenever they were.',
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
  schedule: optional(
    cronExpression,
    { means: IN_ROTATION, example: '0 * * * *' },
    'Its own `schedule` of `[rotation]`: its files move then and only then, without a report; what was missed while nothing ran waits for the next time.',
  ),
  idle: optional(idle, { means: IN_ROTATION, example: '1h' }, 'Its own `idle` of `[rotation]`.'),
  compress: optional(
    choice(COMPRESSIONS),
    { means: IN_ROTATION, example: 'zstd' },
    'Its own `compress` of `[rotation]`.',
  ),
  active: optional(
    choice(ACTIVE_WAYS),
    { means: IN_ROTATION, example: 'rename' },
    'Its own `active` of `[rotation]`.',
  ),
  active_size: optional(
    activeSize,
    { means: IN_ROTATION, example: '100MiB' },
    'Its own `active_size` of `[rotation]`.',
  ),
  active_age: optional(
    activeAge,
    { means: IN_ROTATION, example: '1d' },
    'Its own `active_age` of `[rotation]`.',
  ),
  post_rotate_signal: optional(
    choice(WRITER_SIGNALS),
    { means: 'no signal', example: 'USR1' },
    'Once files were renamed: the signal that makes their writer open them anew, for the process of `post_rotate_pid_file`.',
  ),
  post_rotate_pid_file: optional(
    filePath,
    { means: 'no signal', example: '/run/nginx.pid' },
    'The file with the process id of the writer.',
  ),
  post_rotate_command: optional(
    commandLine,
    { means: 'no command', example: '/usr/sbin/apachectl graceful' },
    'Once files were renamed: the program that makes their writer open them anew, after the signal where both are set; quotes keep blanks, no shell. Not `systemctl` in a service, whose user systemd refuses: a signal there.',
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
