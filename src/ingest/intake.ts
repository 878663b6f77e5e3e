/**
 * The intake: bytes that were read and not yet committed, appended raw.
 *
 * A copytruncate or a deletion between read and commit then takes nothing away, and entries that never
 * had a file (the library's) survive a kill from the moment `append` returns. Not synced: after a power cut
 * the log files themselves are read again; the intake covers what only a running writer can take away.
 *
 * One folder of numbered files, each a run of frames:
 *
 *   u32 magic "LSI2" · u32 generation · f64 offset in the generation · f64 bytes covered there · u32 flags ·
 *   u32 length · u32 crc32 of the bytes, begun with the number of the file · bytes
 *
 * Covered and length differ for a line that is longer than the limit; a hole of NULs has no bytes at all. Flags: 1 the frame ends inside a line that
 * was taken as finished, 2 it goes on with such a line.
 *
 * A commit starts a new file. An old file goes when every generation in it is committed past its frames; a large one is kept
 * as a spare and written over by a later one, which costs a third of what new room does. Behind the end of the later one lie
 * frames of the former then: their checksums were begun with another number.
 * Replay stops at the first frame that is torn or does not match: what follows was never promised. Frames of the time
 * before spares have the magic "LSI1", and a checksum that began with nothing.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import type { Disk, DiskFile } from '../base/disk.ts';
import { systemCodeOf } from '../base/errors.ts';

const MAGIC = 0x3249534c;
const MAGIC_UNNUMBERED = 0x3149534c;
const HEADER_BYTES = 36;

const ENDS_INSIDE_LINE = 1;
const CONTINUES_LINE = 2;
const FILE_NAME = /^(\d{10})\.intake$/;
const SPARE_NAME = /^\d{10}\.spare$/;

/** Smaller ones are as quickly made: they are what a machine writes whose lines are read as they come. */
const SPARE_BYTES_MIN = 1024 * 1024;
/** One for each batch that may wait for its commit. */
const SPARES_MAX = 2;

/** A frame longer than this is damage, not a request for memory: chunks are far smaller. */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;

export type IntakeFrame = Readonly<{
  /** File generation; 0 for entries that never had a file. */
  generation: number;
  offset: number;
  /** Bytes of the generation that the frame stands for. */
  coveredBytes: number;
  /** It ends inside a line that was taken as finished. */
  endsInsideLine: boolean;
  /** It goes on with such a line. */
  continues: boolean;
  bytes: Buffer;
}>;

type IntakeFile = {
  readonly number: number;
  readonly path: string;
  /** Null: closed. */
  file: DiskFile | null;
  /** Bytes of its frames. */
  sizeBytes: number;
  ends: Map<number, number>;
  /** All its frames are in `ends`: false for what a former process left, until it is replayed. */
  isKnown: boolean;
};

export class Intake implements Disposable {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  /** Closed files that still hold uncommitted frames, oldest first. */
  #older: IntakeFile[] = [];
  #current: IntakeFile | null = null;
  /** Committed, with another name, and open. */
  readonly #spares: Readonly<{ path: string; file: DiskFile }>[] = [];
  #nextNumber = 1;

  private constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /** Open the intake of a state folder. What a former process left is given by `replay`. */
  static open(disk: Disk, folder: string): Intake {
    disk.makeFolder(folder);
    const intake = new Intake(disk, folder);
    const names = disk.list(folder);
    for (const name of names) if (SPARE_NAME.test(name)) intake.#dropSpare(join(folder, name));
    const numbers = names
      .map((name) => FILE_NAME.exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
    intake.#older = numbers.map((number) => ({
      number,
      path: intake.#pathOf(number),
      file: null,
      sizeBytes: 0,
      ends: new Map(),
      isKnown: false,
    }));
    intake.#nextNumber = (numbers.at(-1) ?? 0) + 1;
    return intake;
  }

  /** Frames a former process left, oldest first. Call before the first `append`. */
  *replay(): Generator<IntakeFrame> {
    assert(this.#current === null, 'the intake is replayed before it is written');
    for (const file of this.#older) {
      for (const frame of framesOf(this.#disk, file)) {
        noteEnd(file, frame.generation, frame.offset + frame.coveredBytes);
        yield frame;
      }
      file.isKnown = true;
    }
  }

  /** Keep what was read. Returns after the write. */
  append(frame: IntakeFrame): void {
    const { generation, offset, coveredBytes, bytes } = frame;
    const current = this.#current ?? this.#begin();
    const { file } = current;
    assert(file !== null, 'the current intake file is open');
    const flags =
      (frame.endsInsideLine ? ENDS_INSIDE_LINE : 0) | (frame.continues ? CONTINUES_LINE : 0);
    const header = this.#header;
    header.writeUInt32LE(MAGIC, 0);
    header.writeUInt32LE(generation, 4);
    header.writeDoubleLE(offset, 8);
    header.writeDoubleLE(coveredBytes, 16);
    header.writeUInt32LE(flags, 24);
    header.writeUInt32LE(bytes.length, 28);
    header.writeUInt32LE(crc32(bytes, current.number), 32);
    try {
      file.write(header, current.sizeBytes);
      file.write(bytes, current.sizeBytes + HEADER_BYTES);
    } catch (cause) {
      // Half a frame would hide those behind it: the next one begins a new file.
      this.#leaveCurrent();
      throw cause;
    }
    current.sizeBytes += HEADER_BYTES + bytes.length;
    noteEnd(current, generation, offset + coveredBytes);
  }

  /**
   * A commit happened: drop the files whose frames all lie before the committed offsets. Throws the system's error where one
   * cannot be removed, once all others are; it is tried again by the next call.
   */
  cut(committedOffset: (generation: number) => number): void {
    this.#leaveCurrent();
    const failures: unknown[] = [];
    this.#older = this.#older.filter((file) => {
      if (!file.isKnown) return true;
      for (const [generation, end] of file.ends) {
        if (committedOffset(generation) < end) return true;
      }
      try {
        this.#remove(file);
      } catch (cause) {
        // One that somebody else removed is gone all the same.
        const isGone = systemCodeOf(cause) === 'ENOENT';
        if (isGone) close(file);
        else failures.push(cause);
        return !isGone;
      }
      return false;
    });
    if (failures.length > 0) throw failures[0];
  }

  /** Files that wait for a commit; two or three when all is well. */
  get fileCount(): number {
    return this.#older.length + (this.#current === null ? 0 : 1);
  }

  /** Nothing was read for a while: give back the room of the spares. */
  letGo(): void {
    for (const { path, file } of this.#spares.splice(0)) {
      file.close();
      this.#dropSpare(path);
    }
  }

  #dropSpare(path: string): void {
    try {
      this.#disk.unlink(path);
    } catch {
      // Nothing is read from it; the next start tries again.
    }
  }

  [Symbol.dispose](): void {
    for (const older of this.#older) close(older);
    if (this.#current !== null) close(this.#current);
    this.letGo();
  }

  #leaveCurrent(): void {
    if (this.#current === null) return;
    this.#older.push(this.#current);
    this.#current = null;
  }

  /** All in it is committed. */
  #remove(done: IntakeFile): void {
    const { path, file } = done;
    if (file === null || done.sizeBytes < SPARE_BYTES_MIN || this.#spares.length >= SPARES_MAX) {
      close(done);
      this.#disk.unlink(path);
      return;
    }
    const sparePath = path.replace(/\.intake$/, '.spare');
    this.#disk.rename(path, sparePath);
    this.#spares.push({ path: sparePath, file });
  }

  #begin(): IntakeFile {
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    const path = this.#pathOf(number);
    const file = this.#takeSpare(path) ?? this.#disk.open(path, 'create');
    this.#current = { number, path, file, sizeBytes: 0, ends: new Map(), isKnown: true };
    return this.#current;
  }

  #takeSpare(path: string): DiskFile | null {
    const spare = this.#spares.pop();
    if (spare === undefined) return null;
    try {
      this.#disk.rename(spare.path, path);
    } catch {
      // Somebody took it away, or the disk refuses: a new one is as good.
      spare.file.close();
      return null;
    }
    return spare.file;
  }

  #pathOf(number: number): string {
    return join(this.#folder, `${String(number).padStart(10, '0')}.intake`);
  }
}

function noteEnd(file: IntakeFile, generation: number, end: number): void {
  file.ends.set(generation, Math.max(file.ends.get(generation) ?? 0, end));
}

function close(intakeFile: IntakeFile): void {
  intakeFile.file?.close();
  intakeFile.file = null;
}

function* framesOf(
  disk: Disk,
  { path, number }: Readonly<{ path: string; number: number }>,
): Generator<IntakeFrame> {
  using file = disk.open(path, 'read');

  const header = Buffer.alloc(HEADER_BYTES);
  let position = 0;
  while (file.read(header, position) === HEADER_BYTES) {
    const magic = header.readUInt32LE(0);
    if (magic !== MAGIC && magic !== MAGIC_UNNUMBERED) return;
    const length = header.readUInt32LE(28);
    if (length > FRAME_BYTES_MAX) return;
    const bytes = Buffer.allocUnsafe(length);
    if (file.read(bytes, position + HEADER_BYTES) !== length) return;
    const begun = magic === MAGIC ? number : 0;
    if (crc32(bytes, begun) !== header.readUInt32LE(32)) return;
    const flags = header.readUInt32LE(24);
    yield {
      generation: header.readUInt32LE(4),
      offset: header.readDoubleLE(8),
      coveredBytes: header.readDoubleLE(16),
      endsInsideLine: (flags & ENDS_INSIDE_LINE) !== 0,
      continues: (flags & CONTINUES_LINE) !== 0,
      bytes,
    };
    position += HEADER_BYTES + length;
  }
}
