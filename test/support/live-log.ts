/**
 * Logs as whoever follows meets them: bursts, entries out of order, files with old times that come late, records of several lines,
 * last lines that grow, rotations. Each entry has a number in its text that no other one has.
 */
import { renameSync } from 'node:fs';
import type { TempFolder } from './temp-folder.ts';

/** Of the other entries no message has it. */
export const NEEDLE = 'needle';
const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'];
/** Entries of a burst, at most. */
const BURST_MAX = 40;
/** How far back entries of a live log go. */
const SPREAD_MS = 600_000;
const HOUR_MS = 3_600_000;

export class LiveLog {
  readonly #folder: TempFolder;
  readonly #random: () => number;
  #number = 0;
  #lateCount = 0;
  #rotatedCount = 0;
  /** By log: the rest of a last line that is written later. */
  readonly #rests = new Map<string, string>();

  constructor(folder: TempFolder, random: () => number) {
    this.#folder = folder;
    this.#random = random;
  }

  /** Something that a program does to its logs. */
  write(nowMs: number): void {
    const name = this.#random() < 0.6 ? 'a' : 'b';
    const choice = this.#random();
    if (choice < 0.1) this.#late(nowMs);
    else if (choice < 0.2) this.#rotate(name, nowMs);
    else if (choice < 0.5) this.#piece(name, nowMs);
    else this.#append(name, this.#burst(nowMs, choice < 0.6 ? BURST_MAX : 3));
  }

  /** The lines that were begun, to their ends. */
  finish(): void {
    for (const name of this.#rests.keys()) this.#append(name, '');
  }

  #burst(nowMs: number, countMax: number): string {
    const count = 1 + Math.floor(this.#random() * countMax);
    return Array.from({ length: count }, () => this.#entry(nowMs)).join('');
  }

  /** A file that was written hours ago somewhere else. */
  #late(nowMs: number): void {
    this.#lateCount += 1;
    const agoMs = (1 + this.#random() * 100) * HOUR_MS;
    this.#folder.append(`logs/late${this.#lateCount}.log`, this.#burst(nowMs - agoMs, BURST_MAX));
  }

  /** What was begun goes on in the file in which it began. */
  #rotate(name: string, nowMs: number): void {
    this.#append(name, this.#entry(nowMs));
    this.#rotatedCount += 1;
    const path = this.#folder.join(`logs/${name}.log`);
    renameSync(path, `${path}.${this.#rotatedCount}`);
  }

  /** A last line without its end. */
  #piece(name: string, nowMs: number): void {
    const entry = `${this.#random() < 0.5 ? this.#entry(nowMs) : ''}${this.#line(nowMs)}`;
    const length = Math.ceil(this.#random() * (entry.length - 1));
    const rest = this.#rests.get(name) ?? '';
    this.#folder.append(`logs/${name}.log`, rest + entry.slice(0, length));
    this.#rests.set(name, entry.slice(length));
  }

  #append(name: string, text: string): void {
    this.#folder.append(`logs/${name}.log`, (this.#rests.get(name) ?? '') + text);
    this.#rests.delete(name);
  }

  #entry(nowMs: number): string {
    const more = this.#random() < 0.15 ? '    at one (a.js:1)\n    at other (b.js:2)\n' : '';
    return this.#line(nowMs) + more;
  }

  #line(nowMs: number): string {
    this.#number += 1;
    const atMs = nowMs - Math.floor(this.#random() ** 3 * SPREAD_MS);
    const stamp = new Date(atMs).toISOString().replace('T', ' ').slice(0, 23);
    const level = LEVELS[Math.floor(this.#random() * LEVELS.length)]!;
    const word = this.#random() < 0.2 ? ` ${NEEDLE}` : '';
    return `${stamp} ${level} entry${this.#number}${word} took ${Math.floor(this.#random() * 1e6)} ms\n`;
  }
}
