/**
 * Whether somebody still reads what is written into a pipe or a socket: who has nothing to write is not told.
 *
 * A socket tells it to a write of no bytes. A pipe does not, and Node has no poll(2): who holds its other end stands in
 * `/proc`. One walk over all processes finds a reader; from then on a look reads one link, until that one has gone. Where
 * no reader was seen at first (one outside of a container, or no Linux) nothing is concluded.
 */
import { fstatSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs';

const PROCESSES = '/proc';
/** Access mode bits of `flags` in fdinfo (octal). */
const ACCESS_MODE = 0o3;
const WRITE_ONLY = 0o1;
/** A reader may hand its end to a child while we walk, and be in none of the places where we look. */
const WALKS_WITHOUT_MIN = 2;

export class OutputReader {
  readonly #descriptor: number;
  readonly #isSocket: boolean;
  /** What the links to the pipe say. */
  readonly #pipe: string | null;
  /** Link to the reading end that was seen last. */
  #link: string | null;
  #walksWithout = 0;

  private constructor(descriptor: number, isSocket: boolean, pipe: string | null) {
    this.#descriptor = descriptor;
    this.#isSocket = isSocket;
    this.#pipe = pipe;
    this.#link = pipe === null ? null : readingLink(pipe);
  }

  static of(descriptor: number): OutputReader {
    const stats = fstatSync(descriptor);
    const pipe = stats.isFIFO() ? linkText(`${PROCESSES}/self/fd/${descriptor}`) : null;
    return new OutputReader(descriptor, stats.isSocket(), pipe);
  }

  /** Whether there was one and is none any more. */
  isGone(): boolean {
    if (this.#isSocket) return refusesBytes(this.#descriptor);
    if (this.#pipe === null || this.#link === null) return false;
    const text = linkText(this.#link);
    // One that we may not look into any more (`sudo`) has it as long as it is there.
    if (text === this.#pipe || text === 'hidden') return false;
    const link = readingLink(this.#pipe);
    this.#walksWithout = link === null ? this.#walksWithout + 1 : 0;
    this.#link = link ?? this.#link;
    return this.#walksWithout >= WALKS_WITHOUT_MIN;
  }
}

function refusesBytes(descriptor: number): boolean {
  try {
    writeSync(descriptor, Buffer.alloc(0));
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EPIPE' || code === 'ECONNRESET';
  }
}

/** The link in `/proc` of some process that has the pipe open for reading. */
function readingLink(pipe: string): string | null {
  for (const pid of namesIn(PROCESSES)) {
    if (!/^\d+$/.test(pid)) continue;
    for (const descriptor of namesIn(`${PROCESSES}/${pid}/fd`)) {
      const link = `${PROCESSES}/${pid}/fd/${descriptor}`;
      if (linkText(link) !== pipe) continue;
      if (isForReading(`${PROCESSES}/${pid}/fdinfo/${descriptor}`)) return link;
    }
  }
  return null;
}

/** `flags` of /proc/PID/fdinfo/N are the octal flags of open(2). */
function isForReading(infoPath: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(infoPath, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) !== WRITE_ONLY;
  } catch {
    return false;
  }
}

/** `hidden`: not for us to see. Null where there is none: the process or the descriptor may have ended. */
function linkText(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? 'hidden' : null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
