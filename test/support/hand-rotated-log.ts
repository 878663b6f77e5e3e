/**
 * A log that is written and rotated a step at a time, so that a test decides what happens between two steps. It is rotated
 * after every so many lines: generations of two such logs hold the same lines.
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { lines } from './watch-scene.ts';

export type HandRotatedLogOptions = Readonly<{
  /** What its lines begin with. */
  prefix: string;
  /** What each generation begins with, with its newline. */
  banner: string;
  /** Whether the next rotation copies and empties the log; else it is renamed and made again. */
  copies: () => boolean;
  /** Compressed with gzip, which takes two steps: the compressed file is there before the other one goes. */
  packs: boolean;
  /** The newest is `.1`; else numbers grow. */
  shifts: boolean;
  /** Into this folder, as the `olddir` of logrotate says; else beside the log. */
  folder: string;
}>;

const LINES_PER_ROTATION = 40;

export class HandRotatedLog {
  readonly path: string;
  readonly options: HandRotatedLogOptions;
  written = 0;
  #rotations = 0;
  /** What is left of the last rotation: the step that the writer waits for, then those that it does not. */
  #steps: (() => void)[] = [];
  #isOpen = true;

  constructor(path: string, options: HandRotatedLogOptions) {
    this.path = path;
    this.options = options;
  }

  /** Write up to `count` lines, no more than fill the file, which is rotated then. */
  write(count: number): void {
    if (!this.#isOpen) this.step();
    const left = LINES_PER_ROTATION - (this.written % LINES_PER_ROTATION);
    const to = this.written + Math.min(count, left);
    const beginning = left === LINES_PER_ROTATION ? this.options.banner : '';
    appendFileSync(this.path, beginning + lines(this.written + 1, to, this.options.prefix));
    this.written = to;
    if (to % LINES_PER_ROTATION === 0) this.#rotate();
  }

  /** The next step of a rotation that was begun, if there is one. */
  step(): void {
    this.#steps.shift()?.();
  }

  finish(): void {
    while (this.#steps.length > 0) this.step();
  }

  #rotate(): void {
    this.finish();
    this.#rotations += 1;
    const target = this.#nextTarget();
    this.#isOpen = false;
    const copies = this.options.copies();
    if (copies) copyFileSync(this.path, target);
    else renameSync(this.path, target);
    this.#steps.push(() => {
      if (copies) truncateSync(this.path);
      else writeFileSync(this.path, '');
      this.#isOpen = true;
    });
    if (this.options.packs)
      this.#steps.push(
        () => pack(target),
        () => rmSync(target, { force: true }),
      );
  }

  #nextTarget(): string {
    const { shifts, folder } = this.options;
    const beginning = `${basename(this.path)}.`;
    if (!shifts) return join(folder, `${beginning}${this.#rotations}`);
    const names = readdirSync(folder).filter((name) => name.startsWith(beginning));
    const numberOf = (name: string): number => Number(/\.log\.(\d+)/.exec(name)?.[1]);
    for (const name of names.toSorted((a, b) => numberOf(b) - numberOf(a))) {
      const shifted = name.replace(/\.log\.\d+/, `.log.${numberOf(name) + 1}`);
      renameSync(join(folder, name), join(folder, shifted));
    }
    return join(folder, `${beginning}1`);
  }
}

/** As gzip does: beside the file, with its times. It may have been archived meanwhile. */
function pack(target: string): void {
  if (!existsSync(target)) return;
  const { atime, mtime } = statSync(target);
  writeFileSync(`${target}.gz`, gzipSync(readFileSync(target)));
  utimesSync(`${target}.gz`, atime, mtime);
}
