/** What moves and what stays, and the reason said for each. */
import { expect, test } from 'vitest';
import {
  type ArchiveCandidate,
  planRotation,
  type RotationPolicy,
} from '../../../src/rotate/rotation-plan.ts';
import { PLAIN_ROTATION } from '../../support/watch-rotation.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const FILE: ArchiveCandidate = {
  path: '/logs/app.log',
  root: '/logs',
  generation: 1,
  device: 1,
  inode: 2,
  sizeBytes: 4096,
  modifiedAtMs: NOW_MS - 7 * 60_000,
  indexedBytes: 4096,
  skipReason: null,
  source: 'app',
  watch: 'log_dir',
  archive: true,
  rotation: PLAIN_ROTATION,
  firstSeenAtMs: NOW_MS - 3 * 3_600_000,
  isBehindLink: false,
  beingWritten: false,
  isAside: false,
  isAwaited: false,
};
const ONCE: RotationPolicy = {
  waitsForIdle: false,
  watch: null,
  takesActive: false,
  leavesScheduled: false,
  assumeIndexed: false,
};
const ROTATE: RotationPolicy = {
  ...ONCE,
  waitsForIdle: true,
  takesActive: true,
  leavesScheduled: true,
};

const VERBS = { move: 'moves', leave: 'leaves', aside: 'takes aside' } as const;

function check(
  name: string,
  file: Partial<ArchiveCandidate>,
  want: Readonly<{ policy: RotationPolicy; kind: 'move' | 'leave' | 'aside'; reason: string }>,
): void {
  test(`planRotation() ${VERBS[want.kind]} ${name}`, () => {
    const [step] = planRotation([{ ...FILE, ...file }], { nowMs: NOW_MS, policy: want.policy });
    expect(step).toMatchObject({ kind: want.kind, reason: want.reason });
  });
}

check(
  'an idle file',
  {},
  { policy: ROTATE, kind: 'move', reason: 'indexed to its end, idle for 7 min' },
);
check(
  'a fresh file in once',
  { modifiedAtMs: NOW_MS },
  {
    policy: ONCE,
    kind: 'move',
    reason: 'indexed to its end, nobody writes to it',
  },
);
check(
  'an empty file',
  { sizeBytes: 0, indexedBytes: 0 },
  {
    policy: ONCE,
    kind: 'move',
    reason: 'indexed to its end, nobody writes to it',
  },
);
check(
  'a fresh file',
  { modifiedAtMs: NOW_MS - 20_000 },
  {
    policy: ROTATE,
    kind: 'leave',
    reason: 'written 20 s ago, moves after 5 min',
  },
);
check(
  'a file from the future',
  { modifiedAtMs: NOW_MS + 3_600_000 },
  {
    policy: ROTATE,
    kind: 'leave',
    reason: 'written 0 ms ago, moves after 5 min',
  },
);
check(
  'a file that is written',
  { beingWritten: true },
  {
    policy: ONCE,
    kind: 'leave',
    reason: 'a process has it open for writing',
  },
);
check(
  'a file that is not read to its end',
  { indexedBytes: 1024 },
  {
    policy: ONCE,
    kind: 'leave',
    reason: '3,072 of 4,096 B are not indexed yet',
  },
);
check(
  'a file that shrank',
  { sizeBytes: 1024 },
  {
    policy: ONCE,
    kind: 'leave',
    reason: 'it became shorter than what was read of it',
  },
);
check(
  'a file of a watch that does not archive',
  { archive: false },
  {
    policy: ONCE,
    kind: 'leave',
    reason: 'its watch does not archive',
  },
);
check(
  'an unread file in a dry run',
  { indexedBytes: 0 },
  {
    policy: { ...ONCE, assumeIndexed: true },
    kind: 'move',
    reason: 'nobody writes to it; what is not indexed yet would be indexed first',
  },
);

check(
  'a file that is no text',
  { skipReason: 'not text: binary' },
  { policy: ONCE, kind: 'leave', reason: 'it is not indexed: not text: binary' },
);

check(
  'a file of a section that was not asked for',
  { watch: 'nginx' },
  { policy: { ...ONCE, watch: 'shop' }, kind: 'leave', reason: 'it is of another section' },
);
check(
  'a file whose section waits longer than others',
  { rotation: { ...PLAIN_ROTATION, idleMs: 3_600_000 } },
  { policy: ROTATE, kind: 'leave', reason: 'written 7 min ago, moves after 1 h' },
);

const RENAMED = {
  ...PLAIN_ROTATION,
  active: {
    way: 'rename',
    bytesMin: null,
    ageMsMin: null,
    writers: [{ kind: 'signal', signal: 'USR1', pidFile: '/run/nginx.pid' }],
  },
} as const;
const AT_BOUNDS = {
  ...PLAIN_ROTATION,
  active: { way: 'copytruncate', bytesMin: 8192, ageMsMin: 6 * 3_600_000, writers: [] },
} as const;

check(
  'what a symbolic link leads to, also where it is still written to',
  { isBehindLink: true, beingWritten: true, rotation: RENAMED },
  { policy: ROTATE, kind: 'leave', reason: 'a symbolic link is on its path' },
);
check(
  'a file that is written, where its section renames such',
  { beingWritten: true, rotation: RENAMED, indexedBytes: 10 },
  {
    policy: ROTATE,
    kind: 'aside',
    reason: 'it is in use: renamed, then SIGUSR1 for the process of "/run/nginx.pid"',
  },
);
check(
  'a file that is written, in once',
  { beingWritten: true, rotation: RENAMED },
  { policy: ONCE, kind: 'leave', reason: 'a process has it open for writing' },
);
check(
  'an empty file that is written',
  { beingWritten: true, rotation: RENAMED, sizeBytes: 0, indexedBytes: 0 },
  { policy: ROTATE, kind: 'leave', reason: 'a process has it open for writing' },
);
check(
  'an idle file of a section that renames others',
  { rotation: RENAMED },
  { policy: ROTATE, kind: 'move', reason: 'indexed to its end, idle for 7 min' },
);
check(
  'a file below the size and age of its section',
  { beingWritten: true, rotation: AT_BOUNDS },
  {
    policy: ROTATE,
    kind: 'leave',
    reason:
      'it is in use, and has 4,096 B of the 8,192 B it is taken at, was followed for 3 h of the 6 h it is taken at',
  },
);
check(
  'a file that is large enough',
  { beingWritten: true, rotation: AT_BOUNDS, sizeBytes: 8192 },
  { policy: ROTATE, kind: 'aside', reason: 'it is in use: copied and emptied' },
);
check(
  'a file that is old enough',
  { beingWritten: true, rotation: AT_BOUNDS, firstSeenAtMs: NOW_MS - 6 * 3_600_000 },
  { policy: ROTATE, kind: 'aside', reason: 'it is in use: copied and emptied' },
);
check(
  'a fresh file that was taken aside',
  { rotation: RENAMED, isAside: true, modifiedAtMs: NOW_MS },
  {
    policy: ROTATE,
    kind: 'move',
    reason: 'taken aside, indexed to its end, nobody writes to it',
  },
);
check(
  'a file aside that its writer has not let go of',
  { rotation: RENAMED, isAside: true, beingWritten: true },
  { policy: ROTATE, kind: 'leave', reason: 'a process has it open for writing' },
);
check(
  'a compressed file that is just being written, where its section renames files in use',
  { path: '/srv/logs/app.log.1.gz', beingWritten: true, rotation: RENAMED },
  { policy: ROTATE, kind: 'leave', reason: 'a process has it open for writing' },
);

const HOURLY = { ...RENAMED, schedule: '0 * * * *' };
check(
  'a file of a section with a schedule of its own',
  { rotation: HOURLY },
  {
    policy: ROTATE,
    kind: 'leave',
    reason: 'its section has a schedule of its own, 0 * * * *',
  },
);
check(
  'a file in use of a section with a schedule of its own, when that is due',
  { rotation: HOURLY, watch: 'web', beingWritten: true },
  {
    policy: { ...ROTATE, watch: 'web' },
    kind: 'aside',
    reason: 'it is in use: renamed, then SIGUSR1 for the process of "/run/nginx.pid"',
  },
);
check(
  'a file of a section with a schedule of its own, in once',
  { rotation: HOURLY },
  { policy: ONCE, kind: 'move', reason: 'indexed to its end, nobody writes to it' },
);
