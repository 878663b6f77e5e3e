import { expect, test } from 'vitest';
import type { SegmentBytes } from '../../../src/engine/seal.ts';
import { Shelf } from '../../../src/engine/shelf.ts';

/** Nothing of a row is looked at. */
const ROW = {} as SegmentBytes['row'];

test('Shelf keeps each of what was put, wherever there was room for it, and offers its memory again', () => {
  let room: SharedArrayBuffer | null = null;
  for (const lengths of [
    [100, 20, 30],
    [10, 10, 10],
    [500, 1, 0, 124],
    [30, 600],
  ]) {
    const shelf: Shelf = new Shelf(room);
    const put = lengths.map((length, index) => new Uint8Array(length).fill(index + 1));
    const kept = put.map((bytes) => shelf.put({ row: ROW, bytes }).bytes);
    expect(kept).toEqual(put);
    for (const { buffer } of kept) expect(buffer).toBeInstanceOf(SharedArrayBuffer);
    if (room !== null && lengths.every((length) => length <= 10)) expect(shelf.room).toBe(room);
    room = shelf.room;
  }
});
