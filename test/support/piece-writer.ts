/** A log whose lines are written in pieces, and that is rotated as programs do that keep lines whole. */
import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { TempFolder } from './temp-folder.ts';

/** Whole lines of one `write`, at most. */
const LINES_MAX = 4;

export class PieceWriter {
  /** All that were begun. */
  readonly lines: string[] = [];
  readonly #name: string;
  readonly #folder: TempFolder;
  readonly #random: () => number;
  /** Of the last of them: it may be cut in the middle of a character. */
  #unwritten = Buffer.alloc(0);
  /** Of rotations that copy and empty the log; the others rename it. */
  readonly #copiedShare: number;
  /** Whether the newest is `.1`; else numbers grow. */
  readonly #shifts: boolean;
  #rotatedCount = 0;

  constructor(name: string, folder: TempFolder, random: () => number) {
    this.#name = name;
    this.#folder = folder;
    this.#random = random;
    this.#copiedShare = Math.floor(random() * 3) / 2;
    this.#shifts = random() < 0.5;
    this.#begin();
  }

  /** Some whole lines, perhaps, and a piece of the next. */
  write(): void {
    const wholeCount = this.#random() < 0.6 ? 0 : Math.floor(this.#random() * LINES_MAX);
    for (let line = 0; line < wholeCount; line += 1) {
      this.#append(this.#unwritten.length);
      this.#begin();
    }
    this.#append(Math.ceil(this.#random() ** 2 * this.#unwritten.length));
    if (this.#unwritten.length === 0) this.#begin();
  }

  /** The line that was begun, to its end; another is begun with the next `write`. */
  finish(): void {
    this.#append(this.#unwritten.length);
  }

  /** In the way that keeps lines whole: what was begun goes on in the file in which it began. */
  rotate(): void {
    this.#rotatedCount += 1;
    const path = this.#path;
    const rotated = `${path}.${this.#shifts ? 1 : this.#rotatedCount}`;
    this.finish();
    if (this.#shifts) this.#shift();
    if (this.#random() < this.#copiedShare) {
      copyFileSync(path, rotated);
      truncateSync(path);
    } else {
      renameSync(path, rotated);
    }
    this.#begin();
    this.#append(this.#unwritten.length);
    this.#begin();
  }

  /** One that was rotated, as gzip does: with its times, and both are there for a moment. */
  pack(): void {
    const rotated = this.#rotatedOnes().filter((path) => !path.endsWith('.gz'));
    const path = rotated[Math.floor(this.#random() * rotated.length)];
    if (path === undefined) return;
    const { atime, mtime } = statSync(path);
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    utimesSync(`${path}.gz`, atime, mtime);
    rmSync(path);
  }

  #shift(): void {
    for (const path of this.#rotatedOnes()) {
      renameSync(
        path,
        path.replace(/\d+(?=(\.gz)?$)/, (number) => `${Number(number) + 1}`),
      );
    }
  }

  /** Those with the highest numbers first. */
  #rotatedOnes(): string[] {
    const numbers = Array.from(
      { length: this.#rotatedCount },
      (_, index) => index + 1,
    ).toReversed();
    return numbers
      .flatMap((number) => ['', '.gz'].map((ending) => `${this.#path}.${number}${ending}`))
      .filter((path) => existsSync(path));
  }

  get #path(): string {
    return this.#folder.join(`logs/${this.#name}.log`);
  }

  #begin(): void {
    const number = this.lines.length;
    const rest = 'ä€😀 '.repeat(Math.floor(this.#random() * 20));
    const line = `2026-11-20 12:00:00 INFO line ${this.#name}${number} ${rest}\n`;
    this.lines.push(line);
    this.#unwritten = Buffer.from(line);
  }

  #append(length: number): void {
    this.#folder.append(`logs/${this.#name}.log`, this.#unwritten.subarray(0, length));
    this.#unwritten = this.#unwritten.subarray(length);
  }
}
