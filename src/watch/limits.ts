/** Every limit of reading files, and why it is that number. Times in ms, sizes in bytes. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** First bytes kept of each generation; they also decide whether it is text. Longer than the banners programs print, small enough to keep 10,000 of them. */
export const HEAD_BYTES = 1 * KIB;

/** Bytes kept before the read position and compared at each read: a log line with its time stamp. */
export const TAIL_BYTES = 128;

/** The first milestone: below it the head tells. */
export const MILESTONE_BYTES_MIN = 2 * KIB;

/** One read. Larger ones leave the processor's cache and were not faster. */
export const READ_BYTES = 256 * KIB;

/** What one file may hand over before the next file has its turn. */
export const SHARE_BYTES = 1 * MIB;

/** An unfinished line up to this is read again together with what follows; a longer one is only scanned for its end. */
export const REREAD_BYTES_MAX = 64 * KIB;

/** Longest line handed over whole. Of a longer one this much is handed over and the rest is counted. */
export const LINE_BYTES_MAX = 1 * MIB;

/** How often room that a writer made ahead is looked into: no event tells of what is written there. */
export const ROOM_LOOK_MS = 1_000;

/** After this long without a line nobody is taken to fill it: then it is looked into, and passed if nobody has the file open, this often. */
export const ROOM_QUIET_MS = 600_000;
export const ROOM_QUIET_LOOK_MS = 60_000;

/** It is passed after this long where it cannot be known whether somebody has the file open. */
export const ROOM_UNKNOWN_MS = 24 * 3_600_000;

/** A last line without newline is complete after this long, if nobody has the file open for writing. */
export const UNFINISHED_QUIET_MS = 1_000;

/** The same where it cannot be known whether somebody has it open. */
export const UNFINISHED_UNKNOWN_MS = 10_000;

/** The same while a writer holds the file open: programs that buffer their output flush in the middle of a line. */
export const UNFINISHED_HELD_MS = 60_000;

/** How often the files with an unfinished line are checked for writers: it walks /proc. */
export const WRITERS_CHECK_MS = 5_000;

/** All folders are listed and all files looked at this often, whatever events say: an inotify overflow is silent. */
export const RESCAN_MS = 10_000;

/**
 * The same where nothing happened for hours and the system tells of all changes: an overflow comes with events before it,
 * names are looked after by `FOLDERS_LOOK_MS`, and growth by ingest, which looks at all sizes (`ingest/read-complete.ts`).
 */
export const RESCAN_IDLE_MS_MAX = 6 * 3_600_000;

/** Where folders are listed more seldom, each is looked at this often: nobody tells when one above it is renamed. */
export const FOLDERS_LOOK_MS = 600_000;

/** The same where nothing happened for hours. */
export const FOLDERS_LOOK_IDLE_MS_MAX = 3_600_000;

/** How often at most it is asked whether a file system was mounted, perhaps over a folder: nobody tells of that either. */
export const MOUNTS_LOOK_MS = 60_000;

/** Longest piece of a rescan at one time; a chunk of lines waits no longer than this for it. */
export const SCAN_SLICE_MS = 5;

/** A handle that left its path is kept this long after its last growth: daemons reopen their logs late. */
export const ROTATED_IDLE_MS = 10_000;

/** How often a handle that left its path is looked at: no event tells of it. */
export const ROTATED_POLL_MS = 100;

/** How long a deleted file is kept open after its last growth: no rescan can find it again. */
export const DELETED_IDLE_MS = 60_000;

/** What deleted files that are still open here may take of the disk: a disk that is full stops everybody. */
export const DELETED_BYTES_MAX = 4 * 1024 * MIB;

/** How often that is looked at. */
export const DELETED_CHECK_MS = 1_000;

/** Open handles of files that a path leads to, where the system allows as many. Closed ones are opened again when they grow. */
export const HANDLES_MAX = 1_024;

/** A generation that no path leads to is given up after this long. */
export const MISSING_MS = 60_000;

/** First and longest pause before a file that failed is tried again. */
export const RETRY_MS_MIN = 1_000;
export const RETRY_MS_MAX = 60_000;

/** A copy whose original is not truncated for this long was made for another reason; its bytes are known all the same. */
export const COPY_WAIT_MS = 60_000;

/** A copy is empty for a moment while it is begun, on a busy machine for longer: it does not say yet what it is a copy of. */
export const EMPTY_COPY_MS = 10_000;

/** Files looked into when the rest of a generation is searched: a folder with more is not a log folder. */
export const SEARCH_FILES_MAX = 2_000;

/** Clock and file system may disagree by this much about what is newer. */
export const CLOCK_SLACK_MS = 2_000;

/** Records of generations whose file is gone are kept this long for `trace` and for copies that appear late. */
export const RECORD_KEPT_MS = 30 * 24 * 3_600_000;
