/** Which archived files go, and why each: by age, by size, by section; the last copy stays. */
import { expect, test } from 'vitest';
import type { ArchiveRow } from '../../../src/ingest/archive-row.ts';
import {
  type ArchivedFile,
  type ArchivePolicy,
  planRetention,
} from '../../../src/rotate/archive-retention.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20);
const KEEP_ALL: ArchivePolicy = {
  ageMs: null,
  bytesMax: null,
  lastCopy: 'keep',
  sources: [],
  watches: new Map(),
};

function file(
  id: number,
  ageDays: number,
  changes: Partial<Omit<ArchivedFile, 'row'>> & Readonly<{ bytes?: number; source?: string }> = {},
): ArchivedFile {
  const { bytes = 1000, source = 'app', ...rest } = changes;
  const row: ArchiveRow = {
    id,
    state: 'done',
    originalPath: `/logs/${id}.log`,
    originalRoot: '/logs',
    generation: id,
    device: 1,
    inode: id,
    source,
    archivePath: `/archive/${id}.log`,
    archiveRoot: '/archive',
    temporaryPath: '',
    sizeBytes: bytes,
    compression: 'none',
    modifiedAtMs: NOW_MS,
    movedAtMs: NOW_MS,
    verifiedAtMs: null,
    fault: null,
    firstAtUs: (NOW_MS - (ageDays + 1) * DAY_MS) * 1000,
    lastAtUs: (NOW_MS - ageDays * DAY_MS) * 1000,
    stored: { how: 'copy', sha256: '', lines: 1, storedBytes: bytes, storedSha256: '' },
  };
  return { row, watch: 'log_dir', isIndexed: true, ...rest };
}

function check(
  name: string,
  files: readonly ArchivedFile[],
  want: Readonly<{ policy: Partial<ArchivePolicy>; steps: readonly [string, number, string][] }>,
): void {
  test(`planRetention() ${name}`, () => {
    const steps = planRetention(files, { ...KEEP_ALL, ...want.policy }, NOW_MS);
    expect(steps.map(({ kind, row, reason }) => [kind, row.id, reason])).toEqual(want.steps);
  });
}

const WATCHES = new Map([
  ['nginx', { ageMs: 10 * DAY_MS, bytesMax: null }],
  ['shop', { ageMs: null, bytesMax: 1500 }],
]);

check('keeps all without limits', [file(1, 4000)], { policy: {}, steps: [] });
check('deletes what is older', [file(1, 91), file(2, 89)], {
  policy: { ageMs: 90 * DAY_MS },
  steps: [['delete', 1, 'it is 91 days old, kept for 90 days']],
});
check('deletes the oldest until the rest is small enough', [file(1, 1), file(2, 3), file(3, 2)], {
  policy: { bytesMax: 1000 },
  steps: [
    ['delete', 2, 'the archive is larger than 1,000 B, and it is the oldest'],
    ['delete', 3, 'the archive is larger than 1,000 B, and it is the oldest'],
  ],
});
check('keeps the last copy, and says so', [file(1, 91, { isIndexed: false })], {
  policy: { ageMs: 90 * DAY_MS },
  steps: [
    [
      'keep',
      1,
      'it is 91 days old, kept for 90 days, but it is the last copy: the index does not have its entries any more',
    ],
  ],
});
check('deletes the last copy where it is told to', [file(1, 91, { isIndexed: false })], {
  policy: { ageMs: 90 * DAY_MS, lastCopy: 'delete' },
  steps: [['delete', 1, 'it is 91 days old, kept for 90 days']],
});
check(
  'deletes others where the oldest is a last copy',
  [file(1, 9, { isIndexed: false }), file(2, 8), file(3, 7)],
  {
    policy: { bytesMax: 2000 },
    steps: [
      [
        'keep',
        1,
        'the archive is larger than 2,000 B, and it is the oldest, but it is the last copy: the index does not have its entries any more',
      ],
      ['delete', 2, 'the archive is larger than 2,000 B, and it is the oldest'],
    ],
  },
);
check(
  'goes by the limits of a section',
  [
    file(1, 11, { watch: 'nginx' }),
    file(2, 11),
    file(3, 5, { watch: 'shop' }),
    file(4, 4, { watch: 'shop' }),
  ],
  {
    policy: { ageMs: 30 * DAY_MS, watches: WATCHES },
    steps: [
      ['delete', 1, 'it is 11 days old, kept for 10 days'],
      ['delete', 3, '[watch:shop] is larger than 1,500 B, and it is the oldest'],
    ],
  },
);
check(
  'goes by the time of the source before all others, the shortest of those that match',
  [
    file(1, 40, { source: 'Nginx/access' }),
    file(2, 8, { source: 'nginx/error' }),
    file(3, 12, { source: 'nginx/access', watch: 'nginx' }),
    file(4, 12, { watch: 'nginx' }),
    file(5, 40),
  ],
  {
    policy: {
      ageMs: 30 * DAY_MS,
      watches: WATCHES,
      sources: [
        { name: 'nginx/*', durationMs: 50 * DAY_MS },
        { name: '*/error', durationMs: 7 * DAY_MS },
      ],
    },
    steps: [
      ['delete', 5, 'it is 40 days old, kept for 30 days'],
      ['delete', 4, 'it is 12 days old, kept for 10 days'],
      ['delete', 2, 'it is 8 days old, kept for 7 days'],
    ],
  },
);
