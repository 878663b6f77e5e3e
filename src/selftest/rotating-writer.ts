/**
 * Writes numbered lines into one log and rotates it in the worst ways there are.
 *
 * What is in the file may end anywhere, so half lines are visible to the reader. Where a rotation destroys what nobody
 * may have read (a plain truncation, a deletion), it waits until all lines before it were read.
 */
import { copyFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { HeldLog } from './held-log.ts';
import { provingLine } from './proving-line.ts';
import { randomOf } from './random.ts';
import {
  type Compression,
  compressRotated,
  type NamingStyle,
  shiftNames,
} from './rotated-names.ts';

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
  /** Wait for the reader, overwrite with other bytes of the very same size. */
  | 'rewrite-same-size'
  /** Wait for the reader, delete, create. */
  | 'delete'
  /** Never. */
  | 'none';

/** What still goes to the old handle after a rename. */
export type LateWrites =
  /** So many lines, before the new file is there. */
  | Readonly<{ kind: 'burst'; lines: number }>
  /** Everything, for a time, before the new file is there. */
  | Readonly<{ kind: 'alone'; forMs: number }>
  /** Every other line, for a time. */
  | Readonly<{ kind: 'both'; forMs: number }>
  /** So many lines, a time after the rename. */
  | Readonly<{ kind: 'after'; afterMs: number; lines: number }>;

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
  compress?: Compression;
  late?: LateWrites;
  /** Every generation begins with these bytes and a newline. */
  banner?: string;
  /** Leave the newline of each generation's last line away. */
  noFinalNewline?: boolean;
  /** Every so many lines one is long. */
  longEvery?: number;
  longBytes?: number;
  /** Pause up to so long where it is worst: in the middle of a line, between a copy and the truncation, before a new file is made. */
  hesitateMsMax?: number;
  /** How long the log is missing after it was deleted. */
  absentMs?: number;
}>;

export type WriterParts = Readonly<{
  clock: Clock;
  /** Resolves when all `lineCount` lines written so far, and the `sizeBytes` of the file, were read. */
  awaitReader: (written: Readonly<{ lineCount: number; sizeBytes: number }>) => Promise<void>;
}>;

const TICK_MS = 2;
/** How often a pause is made where one may be. */
const HESITATION_SHARE = 0.3;
const MIDLINE_HESITATION_SHARE = 0.002;
/** No line is longer, unless it is made so; what is left for the last one is at least a line. */
const LINE_BYTES_TYPICAL_MAX = 1_000;

export class RotatingWriter {
  readonly #options: WriterOptions;
  readonly #parts: WriterParts;
  readonly #random: () => number;
  #log: HeldLog;
  /** The file before this one, while it still gets lines. */
  #old: Readonly<{ log: HeldLog; late: LateWrites; sinceMs: number }> | null = null;
  #sequence = 0;
  #rotationCount = 0;
  #linesInFile = 0;
  /** Bytes in the file at the path, where they are not what the handle wrote. */
  #sizeBytes = 0;
  #isStopped = false;
  /** On the monotonic clock; null: it is not held. */
  #heldSinceMs: number | null = null;
  /** In all, until the last `release`. */
  #heldMs = 0;

  constructor(options: WriterOptions, parts: WriterParts) {
    this.#options = options;
    this.#parts = parts;
    this.#random = randomOf(options.seed);
    this.#log = this.#open();
    this.#writeBanner();
  }

  get lineCount(): number {
    return this.#sequence;
  }

  get rotationCount(): number {
    return this.#rotationCount;
  }

  /** Bytes in the file that is written now. */
  get sizeBytes(): number {
    return this.#sizeBytes + this.#log.writtenBytes;
  }

  /** Come to an end: the lines begun are finished. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Write nothing until `release`; what was begun is in the file. */
  hold(): void {
    this.#log.flush();
    this.#heldSinceMs ??= this.#parts.clock.monotonicMs();
  }

  /** Go on at the pace it had; what was not written meanwhile is not made up for. */
  release(): void {
    if (this.#heldSinceMs === null) return;
    this.#heldMs += this.#parts.clock.monotonicMs() - this.#heldSinceMs;
    this.#heldSinceMs = null;
  }

  get isHeld(): boolean {
    return this.#heldSinceMs !== null;
  }

  /** Go on in the file that is at the path now: somebody else rotated. */
  reopen(): void {
    this.#log.flush();
    this.#log[Symbol.dispose]();
    this.#log = this.#open();
  }

  async run(): Promise<number> {
    const { linesMax, linesPerSecond, linesPerRotation, style } = this.#options;
    const { clock } = this.#parts;
    const startMs = clock.monotonicMs();
    while (this.#sequence < linesMax && !this.#isStopped) {
      const writingMs = clock.monotonicMs() - startMs - this.#heldMs;
      const due = Math.min(linesMax, (writingMs / 1_000) * linesPerSecond);
      while (this.#sequence < due && !this.#isStopped && !this.isHeld) {
        this.#writeLine(this.#target());
        if (style === 'none' || this.#linesInFile < linesPerRotation) continue;
        await this.#rotate();
        // Where rotating takes longer than the lines between, one who made up for it at once would let nobody else have a turn.
        break;
      }
      await clock.sleep(TICK_MS);
      this.#finishOld();
      await this.#hesitate(MIDLINE_HESITATION_SHARE);
    }
    this.#closeOld();
    this.#log.flush();
    this.#log[Symbol.dispose]();
    return this.#sequence;
  }

  #writeLine(log: HeldLog): void {
    const { longEvery = 0, longBytes = 0 } = this.#options;
    const isLong = longEvery > 0 && this.#sequence % longEvery === longEvery - 1;
    log.put(provingLine(this.#sequence, isLong ? longBytes : 0));
    this.#sequence += 1;
    this.#linesInFile += 1;
  }

  #writeLines(log: HeldLog, lines: number): void {
    for (let left = lines; left > 0 && this.#sequence < this.#options.linesMax; left -= 1) {
      this.#writeLine(log);
    }
  }

  /** Which file gets the next line. */
  #target(): HeldLog {
    const old = this.#old;
    if (old === null || old.late.kind !== 'both') return this.#log;
    return this.#sequence % 2 === 0 ? old.log : this.#log;
  }

  /** The time of late writes is over. */
  #finishOld(): void {
    if (this.#old === null) return;
    const { log, late, sinceMs } = this.#old;
    const ageMs = this.#parts.clock.monotonicMs() - sinceMs;
    if (late.kind === 'both' && ageMs < late.forMs) return;
    if (late.kind === 'after') {
      if (ageMs < late.afterMs) return;
      this.#writeLines(log, late.lines);
    }
    this.#closeOld();
  }

  #closeOld(): void {
    this.#old?.log.flush();
    this.#old?.log[Symbol.dispose]();
    this.#old = null;
  }

  #open(): HeldLog {
    const { path, style } = this.#options;
    this.#sizeBytes = 0;
    return HeldLog.open(path, { random: this.#random, holdsPosition: style === 'truncate-hole' });
  }

  #writeBanner(): void {
    const { banner } = this.#options;
    if (banner === undefined) return;
    this.#log.put(`${banner}\n`);
    this.#log.flush();
  }

  async #rotate(): Promise<void> {
    const { style, noFinalNewline = false } = this.#options;
    this.#rotationCount += 1;
    if (noFinalNewline) this.#log.dropFinalNewline();
    if (style.startsWith('rename')) await this.#rotateByRename();
    else await this.#rotateInPlace();
    this.#linesInFile = 0;
    this.#writeBanner();
  }

  async #rotateByRename(): Promise<void> {
    const { path, late, compress } = this.#options;
    const { clock } = this.#parts;
    this.#closeOld();
    const old = this.#log;
    const target = this.#shift();
    if (late === undefined) old.flush();
    await this.#hesitate();
    renameSync(path, target);
    await this.#hesitate();
    // A program goes on with the file it has open until it is told to open its log again.
    if (late?.kind === 'burst') this.#writeLines(old, late.lines);
    if (late?.kind === 'alone') await this.#writeAlone(old, late.forMs);
    this.#log = this.#open();
    if (late?.kind === 'both' || late?.kind === 'after') {
      if (late.kind === 'after') old.flush();
      this.#old = { log: old, late, sinceMs: clock.monotonicMs() };
      return;
    }
    old.flush();
    old[Symbol.dispose]();
    if (compress !== undefined) await compressRotated(target, compress, () => this.#hesitate());
  }

  async #writeAlone(old: HeldLog, forMs: number): Promise<void> {
    const { clock } = this.#parts;
    const startMs = clock.monotonicMs();
    const firstSequence = this.#sequence;
    for (let ageMs = 0; ageMs < forMs; ageMs = clock.monotonicMs() - startMs) {
      const due = firstSequence + (ageMs / 1_000) * this.#options.linesPerSecond;
      this.#writeLines(old, Math.ceil(due - this.#sequence));
      await clock.sleep(TICK_MS);
    }
  }

  async #rotateInPlace(): Promise<void> {
    const { path, style, compress } = this.#options;
    this.#log.flush();
    if (style === 'copytruncate') {
      const target = this.#shift();
      copyFileSync(path, target);
      await this.#hesitate();
      truncateSync(path);
      if (compress !== undefined) await compressRotated(target, compress, () => this.#hesitate());
      return;
    }
    const { sizeBytes } = this;
    await this.#parts.awaitReader({ lineCount: this.#sequence, sizeBytes });
    switch (style) {
      case 'truncate-hole':
        // A writer that kept its position goes on behind a hole.
        truncateSync(path);
        return;
      case 'truncate':
        this.#truncate();
        return;
      case 'rewrite':
        if (this.#isTimeToShrink) this.#truncate();
        else this.#rewrite(sizeBytes + 1);
        return;
      case 'rewrite-same-size':
        if (this.#isTimeToShrink) {
          this.#truncate();
          return;
        }
        this.#rewriteToSize(sizeBytes);
        // Nothing but its content says that it changed, until somebody noticed.
        await this.#parts.awaitReader({ lineCount: this.#sequence, sizeBytes: this.sizeBytes });
        return;
      default:
        this.#log[Symbol.dispose]();
        unlinkSync(path);
        await this.#parts.clock.sleep(this.#options.absentMs ?? 0);
        this.#log = this.#open();
    }
  }

  /** Every other time an overwritten file becomes small again: else it would double with each rotation. */
  get #isTimeToShrink(): boolean {
    return this.#rotationCount % 2 === 0;
  }

  #truncate(): void {
    truncateSync(this.#options.path);
    this.#sizeBytes = -this.#log.writtenBytes;
  }

  /** Overwrite the file with other lines, at least `bytesMin` of them. */
  #rewrite(bytesMin: number): void {
    const bytes = Buffer.concat(this.#otherLines(bytesMin));
    writeFileSync(this.#options.path, bytes);
    this.#sizeBytes = bytes.length - this.#log.writtenBytes;
  }

  /** The same, to the byte: the last line is made as long as it takes. */
  #rewriteToSize(sizeBytes: number): void {
    const lines = this.#otherLines(sizeBytes - LINE_BYTES_TYPICAL_MAX);
    const leftBytes = sizeBytes - bytesOf(lines);
    const last = leftBytes > 0 ? lineOfBytes(this.#sequence, leftBytes) : undefined;
    if (last !== undefined) {
      lines.push(last);
      this.#sequence += 1;
    }
    const bytes = Buffer.concat(lines);
    writeFileSync(this.#options.path, bytes);
    this.#sizeBytes = bytes.length - this.#log.writtenBytes;
  }

  #otherLines(bytesMin: number): Buffer[] {
    const lines: Buffer[] = [];
    for (let bytes = 0; bytes < bytesMin; bytes += lines.at(-1)?.length ?? 0) {
      lines.push(Buffer.from(provingLine(this.#sequence)));
      this.#sequence += 1;
    }
    return lines;
  }

  /** Make room for the file that is rotated now; returns its name. */
  #shift(): string {
    const { path, style, keepCount } = this.#options;
    const naming: NamingStyle =
      style === 'rename-dated' || style === 'rename-increasing' ? style : 'shift';
    return shiftNames(path, { naming, number: this.#rotationCount, keepCount });
  }

  async #hesitate(share = HESITATION_SHARE): Promise<void> {
    const { hesitateMsMax = 0 } = this.#options;
    if (hesitateMsMax === 0 || this.#random() >= share) return;
    await this.#parts.clock.sleep(this.#random() * hesitateMsMax);
  }
}

function bytesOf(lines: readonly Buffer[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}

/** A line of exactly so many bytes, if one can be made. */
function lineOfBytes(sequence: number, bytes: number): Buffer | undefined {
  for (let bytesMin = 1; bytesMin <= bytes; bytesMin += 1) {
    const line = Buffer.from(provingLine(sequence, bytesMin));
    if (line.length === bytes) return line;
  }
  return undefined;
}
