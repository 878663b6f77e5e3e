/**
 * Texts met lately in one chunk, so that the same one is not looked at twice.
 *
 * Half of all field values (user agents, components, hosts) and every sixth message are what stood there a few rows
 * before. Comparing costs a quarter of a nanosecond a byte, finding words one to two. Only the last text of each key and
 * length is remembered: a miss costs a few loads.
 */

const SLOTS = 1024;

export class RecentTexts {
  readonly #starts = new Int32Array(SLOTS);
  readonly #lengths = new Int32Array(SLOTS);
  readonly #keys = new Int32Array(SLOTS);
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** Forget all; the next texts lie in these bytes. */
  start(bytes: Uint8Array): void {
    this.#lengths.fill(0);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether the last text with this key and length was the same; if not, this one is remembered. */
  has(key: number, start: number, length: number): boolean {
    const slot = (Math.imul(key, 61) + length) & (SLOTS - 1);
    const there = this.#starts[slot]!;
    if (
      this.#lengths[slot] === length &&
      this.#keys[slot] === key &&
      areEqual(this.#view, there, start, length)
    ) {
      return true;
    }
    this.#starts[slot] = start;
    this.#lengths[slot] = length;
    this.#keys[slot] = key;
    return false;
  }
}

/** Whether the same bytes stand at both places. The ends first: texts of one kind differ there. */
function areEqual(view: DataView, a: number, b: number, length: number): boolean {
  if (length < 4) {
    for (let at = 0; at < length; at += 1) {
      if (view.getUint8(a + at) !== view.getUint8(b + at)) return false;
    }
    return true;
  }
  const last = length - 4;
  if (view.getInt32(a + last, true) !== view.getInt32(b + last, true)) return false;
  for (let at = 0; at < last; at += 4) {
    if (view.getInt32(a + at, true) !== view.getInt32(b + at, true)) return false;
  }
  return true;
}
