/**
 * A program that writes numbered lines into one log and rotates it in the worst ways there are.
 *
 * `node torture-writer.ts '<options as JSON>'`; on SIGTERM or after `linesMax` it prints how many lines it wrote. It writes slices that
 * end anywhere, so half lines are visible to the reader. Where a rotation destroys what nobody has read (a plain
 * truncation, a deletion), it waits until the reader has acknowledged all lines before it.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { tortureLine } from './torture-line.ts';

export type RotationStyle =
  /** Rename, create; names `.1` `.2` … shift, the oldest goes. */
  | 'rename'
  /** Rename to a name with a growing number. */
  | 'rename-increasing'
  /** Rename to a name with a time. */
  | 'rename-dated'
  /** Copy to `.1`, truncate. */
  | 'copytruncate'
  /** Wait for the reader, truncate, write on. */
  | 'truncate'
  /** Wait for the reader, truncate, write on at the old position: a hole of NULs. */
  | 'truncate-hole'
  /** Wait for the reader, overwrite with other lines at once, longer than before. */
  | 'rewrite'
  /** Wait for the reader, delete, create. */
  | 'delete'
  /** Never. */
  | 'none';

export type WriterOptions = Readonly<{
  path: string;
  style: RotationStyle;
  seed: number;
  linesMax: number;
  linesPerSecond: number;
  /** Lines between two rotations. */
  linesPerRotation: number;
  /** How many rotated files stay. */
  keepCount: number;
  compress?: 'gzip' | 'zstd';
  /** After a rename, the old handle is written to for so many lines more. */
  lateLines?: number;
  /** Every generation begins with these bytes and a newline. */
  banner?: string;
  /** Leave the newline of each generation's last line away. */
  noFinalNewline?: boolean;
  /** Every so many lines one is long. */
  longEvery?: number;
  longBytes?: number;
  /** The reader writes the number of lines it has into this file. */
  ackPath?: string;
}>;

const ACK_POLL_MS = 10;
const TICK_MS = 2;

class TortureWriter {
  readonly #options: WriterOptions;
  readonly #random: () => number;
  #descriptor: number;
  #position = 0;
  #held = Buffer.alloc(0);
  #sequence = 0;
  #rotationCount = 0;
  #linesInFile = 0;
  #isStopped = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    this.#descriptor = this.#open();
    this.#writeBanner();
  }

  get #holdsPosition(): boolean {
    return this.#options.style === 'truncate-hole';
  }

  /** Come to an end: the lines begun are finished. */
  stop(): void {
    this.#isStopped = true;
  }

  async run(): Promise<number> {
    const { linesMax, linesPerSecond, linesPerRotation, style } = this.#options;
    const startMs = performance.now();
    while (this.#sequence < linesMax && !this.#isStopped) {
      const due = Math.min(linesMax, ((performance.now() - startMs) / 1_000) * linesPerSecond);
      while (this.#sequence < due) {
        this.#writeLine();
        if (style !== 'none' && this.#linesInFile >= linesPerRotation) await this.#rotate();
      }
      await pause(TICK_MS);
    }
    this.#flush();
    closeSync(this.#descriptor);
    return this.#sequence;
  }

  #writeLine(): void {
    const { longEvery = 0, longBytes = 0 } = this.#options;
    const isLong = longEvery > 0 && this.#sequence % longEvery === longEvery - 1;
    const line = Buffer.from(tortureLine(this.#sequence, isLong ? longBytes : 0));
    this.#sequence += 1;
    this.#linesInFile += 1;
    this.#held = Buffer.concat([this.#held, line]);
    // Let go of all but some bytes now and then, so that the end is anywhere in a line.
    if (this.#random() < 0.3) {
      this.#write(this.#held.length - Math.floor(this.#random() * this.#held.length));
    }
  }

  #flush(): void {
    this.#write(this.#held.length);
  }

  #write(bytes: number): void {
    const slice = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    let done = 0;
    while (done < slice.length) {
      const at = this.#holdsPosition ? this.#position + done : null;
      done += writeSync(this.#descriptor, slice, done, slice.length - done, at);
    }
    this.#position += slice.length;
  }

  #open(): number {
    this.#position = 0;
    return openSync(this.#options.path, this.#holdsPosition ? 'w' : 'a');
  }

  #writeBanner(): void {
    const { banner } = this.#options;
    if (banner !== undefined) writeSync(this.#descriptor, `${banner}\n`);
  }

  #dropFinalNewline(): void {
    if (this.#options.noFinalNewline && this.#held.at(-1) === 10) {
      this.#held = this.#held.subarray(0, -1);
    }
  }

  async #rotate(): Promise<void> {
    const { path, style, lateLines = 0 } = this.#options;
    this.#rotationCount += 1;
    this.#dropFinalNewline();
    if (style.startsWith('rename')) {
      const old = this.#descriptor;
      const target = this.#shift();
      if (lateLines === 0) this.#flush();
      renameSync(path, target);
      // A program goes on with the file it has open until it is told to open its log again.
      for (
        let count = 0;
        count < lateLines && this.#sequence < this.#options.linesMax;
        count += 1
      ) {
        this.#writeLine();
      }
      this.#flush();
      this.#descriptor = this.#open();
      closeSync(old);
      this.#compress(target);
    } else {
      this.#flush();
      await this.#rotateInPlace(style);
    }
    this.#linesInFile = 0;
    this.#writeBanner();
  }

  async #rotateInPlace(style: RotationStyle): Promise<void> {
    const { path } = this.#options;
    if (style === 'copytruncate') {
      const target = this.#shift();
      copyFileSync(path, target);
      truncateSync(path);
      this.#compress(target);
      return;
    }
    await this.#awaitReader();
    if (style === 'truncate' || style === 'truncate-hole') {
      truncateSync(path);
    } else if (style === 'rewrite') {
      const before = this.#linesInFile;
      let text = '';
      for (let count = 0; count <= before && this.#sequence < this.#options.linesMax; count += 1) {
        text += tortureLine(this.#sequence);
        this.#sequence += 1;
      }
      writeFileSync(path, text);
    } else {
      closeSync(this.#descriptor);
      unlinkSync(path);
      this.#descriptor = this.#open();
    }
  }

  /** Make room for the file that is rotated now; returns its name. */
  #shift(): string {
    const { path, style, keepCount } = this.#options;
    const number = this.#rotationCount;
    if (style === 'rename-increasing' || style === 'rename-dated') {
      const name = (n: number): string =>
        style === 'rename-dated' ? `${path}-20261120-${1_763_600_000 + n}` : `${path}.${n}`;
      for (const suffix of ['', '.gz', '.zst']) {
        rmSync(name(number - keepCount) + suffix, { force: true });
      }
      return name(number);
    }
    for (const suffix of ['', '.gz', '.zst']) {
      rmSync(`${path}.${keepCount}${suffix}`, { force: true });
      for (let index = keepCount - 1; index >= 1; index -= 1) {
        const from = `${path}.${index}${suffix}`;
        if (existsSync(from)) renameSync(from, `${path}.${index + 1}${suffix}`);
      }
    }
    return `${path}.1`;
  }

  #compress(target: string): void {
    const { compress } = this.#options;
    if (compress === undefined) return;
    const bytes = readFileSync(target);
    const packed = compress === 'gzip' ? gzipSync(bytes) : zstdCompressSync(bytes);
    const name = `${target}${compress === 'gzip' ? '.gz' : '.zst'}`;
    writeFileSync(name, packed);
    unlinkSync(target);
  }

  async #awaitReader(): Promise<void> {
    const { ackPath } = this.#options;
    if (ackPath === undefined) throw new Error('This style needs a reader that acknowledges');
    while (Number(readOrEmpty(ackPath)) < this.#sequence) await pause(ACK_POLL_MS);
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '0';
  }
}

/** The same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.main) {
  const options = JSON.parse(process.argv[2] ?? '{}') as WriterOptions;
  const writer = new TortureWriter(options);
  process.once('SIGTERM', () => writer.stop());
  const lineCount = await writer.run();
  process.stdout.write(`${lineCount}\n`);
}
