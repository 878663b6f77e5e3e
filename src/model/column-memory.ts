/**
 * Memory of columns, of one thread or shared by several.
 *
 * Whoever shares columns sees to it that one thread at a time uses them. They are shared rather than handed over because V8 counts
 * what a thread is handed as new, and collects the garbage of both threads for each head: a sixth of the CPU of a load.
 */
type Column = Float64Array | Int32Array | Uint16Array | Uint8Array;

/** A longer column with the same numbers at its beginning. */
export function grown<T extends Column>(column: T, length: number, isShared: boolean): T {
  const Numbers = column.constructor as new (from: ArrayBufferLike) => T;
  const bytes = length * column.BYTES_PER_ELEMENT;
  const larger = new Numbers(isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  larger.set(column);
  return larger;
}

/** Uninitialized, but for shared memory. */
export function bytesOfLength(length: number, isShared: boolean): Buffer {
  return isShared ? Buffer.from(new SharedArrayBuffer(length)) : Buffer.allocUnsafeSlow(length);
}

/** Give the memory back at once, rather than when V8 comes to it; every view of it is empty from here on. Not of shared memory. */
export function release({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
