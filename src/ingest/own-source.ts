/** The generation that has no file: entries of an embedding program, counted in bytes as a file would be. */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { Intake, IntakeFrame } from './intake.ts';
import {
  appendOwnEntry,
  OWN_GENERATION,
  type OwnEntry,
  ownEntriesText,
  parseOwnEntries,
} from './own-entries.ts';

export class OwnSource {
  /** Bytes of entries that were given, and of those that are committed. */
  #offset: number;
  #committed: number;

  constructor(committedOffset: number) {
    this.#offset = committedOffset;
    this.#committed = committedOffset;
  }

  get offset(): number {
    return this.#offset;
  }

  get committedOffset(): number {
    return this.#committed;
  }

  /** Into the intake, then into the head: when this returns they survive the process. */
  append(entries: readonly OwnEntry[], head: EntryColumns, intake: Intake | null): void {
    const bytes = ownEntriesText(entries);
    const frame = { generation: OWN_GENERATION, offset: this.#offset, bytes };
    const whole = { coveredBytes: bytes.length, endsInsideLine: false, continues: false };
    intake?.append({ ...frame, ...whole });
    this.#take(entries, bytes.length, head);
  }

  /** Take a frame a former process left, if it was not committed. Returns whether it was taken. */
  replay(frame: IntakeFrame, head: EntryColumns): boolean {
    if (frame.offset < this.#offset) return false;
    this.#take(parseOwnEntries(frame.bytes), frame.bytes.length, head);
    return true;
  }

  committed(offset: number): void {
    this.#committed = offset;
  }

  #take(entries: readonly OwnEntry[], byteCount: number, head: EntryColumns): void {
    for (const entry of entries) appendOwnEntry(head, entry, this.#offset);
    this.#offset += byteCount;
  }
}
