/**
 * Where the message and the fields of each row lie in the text of a chunk, for both sides.
 *
 * The text of a row: its original bytes, its made texts (unescaped, transcoded) one after another, its trail (a newline).
 * Rows of one format have the same fields in the same order with the same bytes between them, so they are put in
 * *classes*: the list of items (fields in order, the message last), and the order in which starts and ends of those inside
 * the original bytes follow each other (a boundary: `2 × item`, or `2 × item + 1` for an end). A row is a list of gaps:
 *
 *     gap before each boundary · gap to the end of the original bytes · length of each made item · trail
 *
 *     spans   = row lengths · classCount varint · class ids varint · [class of each row, planes] · columns of each class
 *     lengths = width u8 · min varint · planes          what each row's text takes
 *     column  = 0 · value varint                        the same in every row
 *             | width (1 to 4) · min varint · planes    value - min
 *             | 5 · byte                                up to the first such byte
 *             | 6                                       what the other gaps leave of the row's length
 *
 * Rows can be placed one by one. Price: gaps of irregular rows cost bytes; regular ones nothing.
 */

export const GAP = { CONSTANT: 0, WIDTH_MAX: 4, TERMINATED: 5, REST: 6 } as const;

export type SpanClass = Readonly<{
  /** Key id of each field, in order. */
  keys: Int32Array;
  /** Kind of each field (`FIELD`). */
  kinds: Uint8Array;
  /** 1 for an item that is a made text; fields in order, the message last. */
  made: Uint8Array;
  /** Boundaries of the other items, in the order of their place. */
  order: Int32Array;
}>;

/** Numbers stored for each row of a class. */
export function gapCountOf(spanClass: SpanClass): number {
  let madeCount = 0;
  for (const made of spanClass.made) madeCount += made;
  return spanClass.order.length + 1 + madeCount + 1;
}
